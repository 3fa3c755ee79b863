"""A worker whose clock runs fast, as that of another machine may: whatever it tells of was so at that time."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from contracts.spec.contract import Contract
from loadtests.api.endpoint import Endpoint
from loadtests.api.target import Organization, Target
from loadtests.measure.observation import Observation
from loadtests.messages import Work, encode
from loadtests.run.plan import Plan
from tests.loadtests.running import run

pytestmark = pytest.mark.usefixtures("forked_generators")

ROOT = Path(__file__).resolve().parents[3]
FAST = 1.02  # times a true second: what takes a quarter of an hour otherwise takes seconds
OVERLAY = """
overlay: 1.0.0
info: {title: Only who has no key is limited, version: "1"}
actions:
  - {target: "$.paths[*][*]['x-rate-limit']", remove: true}
  - target: $.paths['/api/calendar/v1/public/bookings/confirmation/{confirmation_number}'].get
    update: {x-rate-limit: [self-service]}
  - {target: $.x-rate-limits.policies.self-service, update: {limit: 5, window: 1}}
"""
WORKER = f"""
import locust, os, time
true = time.monotonic
time.monotonic = lambda: true() * {FAST}
from loadtests.generator.process import main
os._exit(main())
"""


class Server(ThreadingHTTPServer):
    """Knows no booking, refuses nobody, and notes when each was asked for, by the true clock."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: defaultdict[str, list[float]] = defaultdict(list)
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        number = self.path.partition("?")[0].rpartition("/")[2]
        self.server.asked[number].append(time.monotonic())
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.fixture
def plan(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr("loadtests.run.preparing.PATIENCE_REMOTE", 20.0)
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(OVERLAY)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{server.server_address[1]}"
    organizations = (Organization("o", "s", keys=("kord_test_x",)),)
    return Plan(
        "limiter", Target(url, organizations), duration=6.0, overlays=(overlay,), expect_workers=1, master_port=port
    )


@contextmanager
def fast_worker(plan: Plan) -> Iterator[None]:
    endpoint = Endpoint.of(plan.target, Contract.load(None, plan.overlays))
    told = Work(endpoint, "127.0.0.1", plan.master_port)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, env=environment, text=True) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(encode(told)) + "\n")
            process.stdin.flush()
            yield
        finally:
            process.kill()


def test_every_request_came_between_the_moments_that_are_told_of_it(server: Server, plan: Plan) -> None:
    with fast_worker(plan):
        seen = run(plan).observations
    assert len(seen) == sum(map(len, server.asked.values())) > 30
    assert seen[-1].sent - seen[0].sent > 3, "by then the clock had drifted by 60 ms"
    told: defaultdict[str, list[Observation]] = defaultdict(list)
    for each in seen:
        told[each.subject].append(each)
    pairs = [
        (each, came) for number, those in told.items() for each, came in zip(those, server.asked[number], strict=True)
    ]
    # Where the run's timeline begins by the server's clock is for every request between these.
    earliest = max(came - each.received for each, came in pairs)
    latest = min(came - each.sent for each, came in pairs)
    assert earliest <= latest
