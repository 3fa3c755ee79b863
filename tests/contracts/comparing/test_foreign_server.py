"""A foreign server, Prism, answers through the proxy as it does without it, byte for byte.

Prism comes from npm: where it is not on the PATH, this is skipped, but for CI, which fetches it (.ci/run).
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from contracts.comparing.proxy.relay import HEADER
from contracts.spec.document import SHIPPED
from tests.contracts.comparing.proxies import proxied, received

API, KEY, JSON = "/api/calendar/v1", "x-kordless-key: k", "Content-Type: application/json"
REQUESTS = {
    "a success": (f"GET {API}/public/org/acme-salon", (KEY,), ""),
    "no key": (f"GET {API}/public/org/acme-salon", (), ""),
    "a path that is none": (f"GET {API}/nowhere", (KEY,), ""),
    "a query that is none": (f"GET {API}/public/availability?from=soon", (KEY,), ""),
    "a method that is none": (f"DELETE {API}/public/org/acme-salon", (KEY,), ""),
    "HEAD": (f"HEAD {API}/public/org/acme-salon", (KEY,), ""),
    "a body that is none": (f"POST {API}/public/bookings", (KEY, JSON), '{"org_slug": 5}'),
    "an answer of its choice": (f"GET {API}/public/org/acme-salon", (KEY, "Prefer: code=404"), ""),
}


@pytest.fixture(scope="module")
def prism() -> Iterator[int]:
    """Its port."""
    prism = shutil.which("prism")
    if prism is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has to have prism")
        pytest.skip("prism is not on the PATH: npm install --global @stoplight/prism-cli")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [prism, "mock", "--port", str(port), str(SHIPPED)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, f"Prism ended with {process.returncode}"
            assert time.monotonic() < deadline, "Prism does not start"
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def asked(port: int, line: str, headers: tuple[str, ...], body: str) -> bytes:
    """All that comes until the connection is closed, but for the moment."""
    head = [f"{line} HTTP/1.1", "Host: api.example.com", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall("\r\n".join([*head, "", body]).encode())
        return re.sub(rb"\r\nDate: [^\r]+", b"", received(client))


def test_a_foreign_server_answers_as_without_the_proxy_but_for_its_header(prism: int) -> None:
    with proxied(f"http://127.0.0.1:{prism}") as proxy:
        marked = set()
        for name, request in REQUESTS.items():
            direct, through = asked(prism, *request), asked(proxy.port, *request)
            assert direct.startswith(b"HTTP/1.1 "), name
            lines = [line for line in through.split(b"\r\n") if line.startswith(HEADER.encode())]
            assert len(lines) <= 1
            assert through.replace(b"".join(line + b"\r\n" for line in lines), b"") == direct, name
            marked |= {name} if lines else set()
    assert "a path that is none" in marked, "its errors have another form"
    assert "a success" not in marked
