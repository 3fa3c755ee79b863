"""What a request costs in process: `python benchmarks/hot_path.py [CHECKOUT…]`, in microseconds of CPU time.

Each request goes from its WSGI environment to its answer through the direct door, its body first through the gate that
says how much of it is read. The mock does all that it does by default: limits (so high that nobody is refused), a full
journal, hints and a request log. A request is timed by itself, by its thread's CPU time; the collector runs as it does
in the mock. A bare Flask view that answers a small object is asked in the same rounds: the unit to compare machines by.

Several checkouts are measured in turns, each by a process of its own: they share what the machine does meanwhile.
"""

import gc
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

TURNS = 5
ROUNDS = 25  # of a turn; each has so many requests of every case:
EACH = 20
JOURNAL = 10_000
NOW = 1_764_576_000 * 10**9  # 2025-12-01T08:00:00Z, a Monday
API = "/api/calendar/v1/public"
WEEK = "org_slug=acme-salon&service_slug=haircut&from=2025-12-01T00:00:00Z&to=2025-12-08T00:00:00Z"
UNLIMITED = {
    "overlay": "1.0.0",
    "info": {"title": "Nobody is refused", "version": "1.0.0"},
    "actions": [{"target": "$['x-rate-limits'].policies.*", "update": {"limit": 10**9}}],
}
BARE = "bare Flask view"
HERE = Path(__file__).parents[1]

Environ = dict[str, Any]
Clock = Callable[[], int]
"""In nanoseconds."""
Case = tuple[str, Iterable[Environ], str]
"""A name, requests, and the status that all of them are answered with."""


class Mock:
    """Of the checkout that is first on the path, which may be an older one."""

    def __init__(self, *, journal: int = JOURNAL) -> None:
        from mockserver.settings import Settings
        from mockserver.wiring import build

        with tempfile.TemporaryDirectory() as folder:
            unlimited = Path(folder) / "unlimited.yaml"
            unlimited.write_text(json.dumps(UNLIMITED))
            settings = Settings(now=NOW, overlays=[unlimited], journal=journal)
            log = _request_log()
            nudged = {"nudge": log.nudge} if hasattr(log, "nudge") else {}  # since requests are put aside
            self.built: Any = build(settings, log=log.write, **nudged)
        log.start(self.built.advice.judge) if nudged else log.start()
        self.answer = answering(self.built)
        self._key = next(key.value for key in self.built.dataset.keys if key.record.kind == "public")
        self._numbers = count(1)  # the week itself is asked before
        _, offered = _answer(self.built.app, self.get("/availability", WEEK))
        self._slots = json.loads(offered)["slots"][::2]  # those between would overlap
        for _ in range(journal):
            self.answer(self.get("/org/acme-salon"))

    def get(self, path: str, query: str = "") -> Environ:
        return environ_of("GET", API + path, QUERY_STRING=query, HTTP_X_KORDLESS_KEY=self._key)

    def post(self, slot: dict[str, str], **headers: str) -> Environ:
        body = {
            "org_slug": "acme-salon",
            "service_slug": "haircut",
            "starts_at": slot["startsAt"],
            "ends_at": slot["endsAt"],
            "timezone": "America/New_York",
            "contact": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+15551234567"},
        }
        return environ_of(
            "POST", f"{API}/bookings", json.dumps(body).encode(), HTTP_X_KORDLESS_KEY=self._key, **headers
        )

    def cases(self) -> Iterator[Case]:
        """One round, which begins and ends without a booking."""
        yield "GET organization", [self.get("/org/acme-salon") for _ in range(EACH)], "200"
        yield "GET availability, a week", [self.get("/availability", WEEK) for _ in range(EACH)], "200"
        # From another second of the night each time: of none is known what was found.
        seconds = (divmod(next(self._numbers), 60) for _ in range(EACH))
        weeks = [WEEK.replace("00:00Z", f"{minute % 60:02}:{second:02}Z", 1) for minute, second in seconds]
        yield "GET availability, not asked before", [self.get("/availability", week) for week in weeks], "200"
        slots = self._slots[:EACH]
        yield "POST create", [self.post(slot) for slot in slots], "201"
        self.built.mock.reset()
        keys = [f"key-{next(self._numbers)}" for _ in slots]
        keyed = [self.post(slot, HTTP_IDEMPOTENCY_KEY=key) for slot, key in zip(slots, keys, strict=True)]
        yield "POST create, with a key", keyed, "201"
        again = [self.post(slot, HTTP_IDEMPOTENCY_KEY=key) for slot, key in zip(slots, keys, strict=True)]
        yield "POST replay", again, "201"
        self.built.mock.reset()


def answering(built: Any) -> Callable[[Environ], tuple[str, bytes]]:
    """As the server asks a mock."""
    gate = getattr(built, "gate", None)
    body_limit: Callable[[Environ], int] | None = getattr(gate, "body_limit", None)

    def answer(environ: Environ) -> tuple[str, bytes]:
        if body_limit is not None and environ["CONTENT_LENGTH"]:
            body_limit(environ)
        return _answer(built.app, environ)

    return answer


def bare_view() -> Callable[[Environ], tuple[str, bytes]]:
    from flask import Flask

    app = Flask("bare")

    @app.get("/")
    def index() -> dict[str, bool]:
        return {"ok": True}

    return lambda environ: _answer(app, environ)


def timed(
    answer: Callable[[Environ], tuple[str, bytes]],
    requests: Iterable[Environ],
    status: str,
    clock: Clock = time.thread_time_ns,
) -> list[float]:
    """Microseconds of each."""
    spent = []
    for environ in requests:
        begun = clock()
        answered, _ = answer(environ)
        spent.append((clock() - begun) / 1000)
        if not answered.startswith(status):
            raise SystemExit(f"{environ['PATH_INFO']} was answered with {answered}")
    return spent


def turn(mock: Mock, clock: Clock) -> dict[str, list[float]]:
    """Microseconds of each request of every case."""
    bare = bare_view()
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        spent[BARE] += timed(bare, [environ_of("GET", "/") for _ in range(EACH)], "200", clock)
        for name, requests, status in mock.cases():
            spent[name] += timed(mock.answer, requests, status, clock)
    return spent


def _request_log() -> Any:
    try:
        from mockserver.observing.request_log import RequestLog
    except ImportError:  # before the house was rebuilt
        from mockserver.request_log import RequestLog  # type: ignore[import-not-found,no-redef]
    return RequestLog("text", Path(os.devnull).open("w"))


def environ_of(method: str, path: str, body: bytes = b"", **more: str) -> Environ:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "4020",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "CONTENT_TYPE": "application/json" if body else "",
        "HTTP_HOST": "127.0.0.1:4020",
        "HTTP_USER_AGENT": "python-requests/2.32.5",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "HTTP_CONNECTION": "keep-alive",
        **more,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }


def _answer(app: Callable[..., Iterable[bytes]], environ: Environ) -> tuple[str, bytes]:
    answered: list[str] = []
    chunks = app(environ, lambda status, _: answered.append(status))
    return answered[0], b"".join(chunks)


def turn_of(checkout: Path, clock: str = "thread_time_ns") -> dict[str, list[float]]:
    """By a process of its own, with nothing else in its memory; `clock` is one of the module `time`."""
    command = [sys.executable, __file__, "--turn", str(checkout), clock]
    figures: dict[str, list[float]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return figures


def measured(checkouts: list[Path], turns: int) -> dict[Path, dict[str, list[float]]]:
    spent: dict[Path, dict[str, list[float]]] = {checkout: defaultdict(list) for checkout in checkouts}
    for _ in range(turns):
        for checkout in checkouts:
            for name, figures in turn_of(checkout).items():
                spent[checkout][name] += figures
    return spent


def report(effort: Any) -> Any:
    """A section of docs/benchmarks.md, on the checkout that this file stands in."""
    from benchmarks.report import Section, table

    (spent,) = measured([HERE], effort.rounds).values()
    bare = min(spent[BARE])
    rows = (
        (name, f"{min(found):.1f}", f"{median(found):.1f}", f"{min(found) / bare:.2f}") for name, found in spent.items()
    )
    return Section(table(("request", "least", "median", "of a bare view"), rows))


def main(checkouts: list[Path]) -> None:
    spent = measured(checkouts, TURNS)
    print("| request |" + "".join(f" {checkout.resolve().name}, least | median |" for checkout in checkouts))
    print("|---|" + "---:|---:|" * len(checkouts))
    for name in spent[checkouts[0]]:
        pairs = (f" {min(of[name]):.1f} | {median(of[name]):.1f} |" for of in spent.values())
        print(f"| {name} |" + "".join(pairs))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--turn", checkout, clock]:
            sys.path.insert(0, checkout)
            mock = Mock()
            gc.collect()
            gc.freeze()  # as the mock does once it is started
            print(json.dumps(turn(mock, getattr(time, clock))))
        case checkouts:
            main([Path(checkout) for checkout in checkouts] or [HERE])
