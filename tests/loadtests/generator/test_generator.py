"""The generator against a server that does not keep up: whose fault is what, and does it all add up?"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, repeat
from pathlib import Path
from typing import Any

import pytest

from loadtests.api.fakes import Data
from loadtests.api.target import Organization, Target
from loadtests.measure.statistics import Statistics
from loadtests.run.plan import Plan
from tests.loadtests.running import run
from tests.turns import PATIENCE, TURNS

pytestmark = pytest.mark.usefixtures("forked_generators")

ROOT = Path(__file__).resolve().parents[3]
ANYTHING = {"services": [{"slug": "s"}], "calendarSettings": {"booking_window_days": 1}, "slots": []}
ANY_NUMBER_OF_200 = repeat(200)


class Stub(BaseHTTPRequestHandler):
    """Answers every question with the same, and under load stands still from `begin` to `end` after the first, or until
    it is `released`."""

    protocol_version = "HTTP/1.1"
    begin = end = 0.0
    first: float | None = None
    released: threading.Event | None = None
    statuses = ANY_NUMBER_OF_200

    def do_GET(self) -> None:
        body = json.dumps(ANYTHING).encode()
        status = 200
        if self.headers["User-Agent"] == "kordkit-load":
            stub = type(self)
            status = next(stub.statuses)
            now = time.monotonic()
            if stub.first is None:
                stub.first = now
            if stub.begin <= now - stub.first < stub.end:
                time.sleep(stub.first + stub.end - now)
            if stub.released is not None:
                stub.released.wait(PATIENCE)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1_000

    def handle_error(self, *_: object) -> None:
        """A client that leaves is nothing to speak of."""


@contextmanager
def served(
    begin: float = 0.0,
    end: float = 0.0,
    statuses: Iterable[int] = ANY_NUMBER_OF_200,
    released: threading.Event | None = None,
) -> Iterator[Callable[..., Plan]]:
    told = {"begin": begin, "end": end, "statuses": iter(statuses), "released": released}
    handler = type("Stub", (Stub,), told)
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()

    def plan(**changes: Any) -> Plan:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        return Plan("browse", Target(url, (Organization("o", keys=("kord_test_x",)),)), **changes)

    try:
        yield plan
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_stall_of_five_seconds_is_seen_by_everyone_who_came_meanwhile() -> None:
    def stalled() -> Statistics:
        with served(begin=1.0, end=6.0) as plan:
            return run(plan(rate="50/s", duration=7.0)).statistics

    statistics = stalled()
    for _ in range(TURNS - 1):
        if statistics.arrivals.late >= 100:  # it was the generator that was kept from its work
            statistics = stalled()
    arrivals = statistics.arrivals
    assert (arrivals.planned, arrivals.sent, arrivals.dropped) == (350, 350, 0)
    assert arrivals.late < 100, "they were sent on time, 250 would not be: it was the server that stood still"
    told = statistics.of()
    assert (told.count, told.errors) == (350, 0)
    p99, median = told.latency.percentile(99), told.latency.percentile(50)
    assert p99 is not None
    assert p99 > 4_500, "whoever came at the beginning of the stall waited for all of it"
    assert median is not None
    assert 1_000 < median < 3_500, "most of all requests met the stall, each a different part of it"
    lag = statistics.lag.percentile(95)
    assert lag is not None
    assert lag < 1_000, "the generator did not stand still"


def test_what_is_due_beyond_the_most_in_flight_is_dropped_and_said_to_be() -> None:
    released = threading.Event()

    def release(_: float, so_far: Statistics) -> None:
        if so_far.arrivals.dropped == 180:
            released.set()

    with served(released=released) as plan:
        statistics = run(plan(rate="100/s", duration=2.0, max_in_flight=20), release).statistics
    arrivals = statistics.arrivals
    assert (arrivals.planned, arrivals.sent, arrivals.dropped) == (200, 20, 180), "nobody is answered before the end"
    assert (statistics.of().count, statistics.of().errors) == (20, 0)
    assert [second.dropped for second in statistics.arrivals_by_second()] == [80, 100]


def test_a_status_that_nobody_expects_is_an_error_and_a_refusal_is_none() -> None:
    statuses = [200, 404, 409, 429, 500]
    with served(statuses=cycle(statuses)) as plan:
        told = run(plan(rate="100/s", duration=0.5)).statistics.of()
    assert told.statuses == dict.fromkeys(statuses, 10)
    assert told.errors == 20, "the 404 and the 500"


def test_only_the_generator_and_the_locustfile_know_locust() -> None:
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "loadtests").rglob("*.py")
        if "generator" not in path.parts and path.name != "locustfile.py"
    )
    assert "loadtests.run.processes" in names
    script = (
        "import importlib, sys\n"
        f"for name in {names}: importlib.import_module(name.removesuffix('.__init__'))\n"
        "print(sorted({'gevent', 'locust', 'geventhttpclient'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_clients_are_made_up_anew_for_each_number_and_alike_for_each_seed() -> None:
    one, same, other = Data(7, "run"), Data(7, "run"), Data(8, "run")
    numbers = range(200)
    assert [one.contact(number) for number in numbers] == [same.contact(number) for number in numbers]
    assert [one.contact(number).name for number in numbers] != [other.contact(number).name for number in numbers]
    assert len({one.contact(number).email for number in numbers}) == 200
    assert len({one.contact(number).phone for number in numbers}) == 200
    assert one.contact(12_345).phone == "+15550102345"
    assert one.unknown_number(1, 2) != one.unknown_number(1, 3)
