"""What webhooks cost those who book: `python benchmarks/webhooks.py`, in milliseconds from request to answer.

A mock in a process of its own, in memory, takes bookings over one connection: without a webhook; with one whose
receiver answers; with one where nobody listens; with one whose receiver takes connections and never answers. All four
are asked in turns, so they share what the machine does meanwhile.
"""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.hot_path import API
from benchmarks.mocks import RunningMock, running_mock

TURNS = 10
EACH = 200  # bookings of a turn
NOW = "2025-12-01T08:00:00Z"
SLOTS = {"from": "2025-12-01T00:00:00Z", "to": "2025-12-31T00:00:00Z"}


class Quick(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """To nobody."""


class Mock:
    """Takes bookings, one after the other; `url` is where its only webhook leads."""

    def __init__(self, mock: RunningMock, url: str | None) -> None:
        self._connection = HTTPConnection(mock.server.url.removeprefix("http://"))
        self._key = mock.key
        if url is not None:
            events = ["booking.created", "booking.updated", "booking.cancelled"]
            self.ask("POST", "/_mock/webhooks", {"organization": "acme-salon", "url": url, "events": events})
        query = "&".join(f"{name}={value}" for name, value in SLOTS.items())
        path = f"{API}/availability?org_slug=acme-salon&service_slug=haircut&{query}"
        # Those between would overlap.
        self._slots = self.ask("GET", path)["slots"][::2][:EACH]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Kordless-Key": self._key, "Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return json.loads(content) if content else None

    def book(self) -> Iterator[float]:
        """Milliseconds of each booking; then there is none again."""
        before = self.ask("GET", "/_mock/state")
        for slot in self._slots:
            contact = {"name": "Ada Lovelace", "email": "ada@example.com"}
            times = {"starts_at": slot["startsAt"], "ends_at": slot["endsAt"], "timezone": "America/New_York"}
            wish = {"org_slug": "acme-salon", "service_slug": "haircut", **times, "contact": contact}
            begun = time.perf_counter()
            self.ask("POST", f"{API}/bookings", wish)
            yield (time.perf_counter() - begun) * 1000
        self.ask("PUT", "/_mock/state", before)


@contextmanager
def receivers() -> Iterator[dict[str, str | None]]:
    """Their URLs by what they do."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Quick) as quick, socket.socket() as bound:
        threading.Thread(target=quick.serve_forever, daemon=True).start()
        bound.bind(("127.0.0.1", 0))
        with socket.create_server(("127.0.0.1", 0), backlog=100) as hanging:
            ports = {"answers": quick.server_port, "nobody": bound.getsockname()[1], "hangs": hanging.getsockname()[1]}
            yield {"no webhook": None, **{name: f"http://127.0.0.1:{port}/hook" for name, port in ports.items()}}
        quick.shutdown()


def main() -> None:
    with receivers() as urls, ExitStack() as stack:
        mocks = {
            name: Mock(stack.enter_context(running_mock("--limits", "off", "--now", NOW)), url)
            for name, url in urls.items()
        }
        took: dict[str, list[float]] = {name: [] for name in mocks}
        for _ in range(TURNS):
            for name, one in mocks.items():
                took[name] += one.book()
        print("| receiver | median | p99 |\n|---|---:|---:|")
        for name, found in took.items():
            found.sort()
            print(f"| {name} | {found[len(found) // 2]:.2f} | {found[len(found) * 99 // 100]:.2f} |")


if __name__ == "__main__":
    main()
