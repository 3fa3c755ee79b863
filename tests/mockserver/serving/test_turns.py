"""Who waits for whom: what lasts keeps nobody waiting, and the quick ones are answered one after the other."""

import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from mockserver.mutants import MUTANTS
from mockserver.parts import STANDARD
from mockserver.serving.turns import THREADS
from mockserver.settings import Settings
from mockserver.testing.mocks import Mock, moment
from mockserver.wiring import build
from tests.mockserver.serving.server_program import ask, connect, receive, running
from tests.turns import PATIENCE

API = "/api/calendar/v1"
HOLD = b"GET /hold HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
QUICK_HOLD = HOLD.replace(b"/hold", b"/quick/hold")


def held(process: subprocess.Popen[str], count: int) -> None:
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(count)] == ["held\n"] * count


def test_neither_what_lasts_nor_who_waits_for_it_keeps_anybody_waiting() -> None:
    """A quick request waits for what lasts where it wants a table that an export is reading."""
    with running() as (process, port), ExitStack() as clients:
        holding = [clients.enter_context(connect(port, HOLD)) for _ in range(THREADS - 4)]
        held(process, THREADS - 4)
        assert ask(port, "GET /quick")[0] == 200
        assert ask(port, "POST /quick", "Content-Length: 4\r\n", b"body")[0] == 200
        holding += [clients.enter_context(connect(port, QUICK_HOLD)) for _ in range(2)]
        held(process, 2)
        assert ask(port, "GET /quick")[0] == 200
        assert ask(port, "GET /release")[0] == 200
        assert [receive(one)[0] for one in holding] == [200] * len(holding)


def test_a_clock_that_is_moved_while_a_receiver_is_silent_holds_up_no_request(
    booking_body: Callable[..., dict[str, Any]],
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with Mock(Settings(now=moment("2025-12-01T08:00:00Z"), frozen=True)) as mock, ThreadPoolExecutor(1) as threads:
        with silent:
            mock.webhooks.register(f"http://127.0.0.1:{silent.getsockname()[1]}", "booking.created")
            headers = {"x-kordless-key": mock.key}
            assert requests.post(f"{mock.url}{API}/public/bookings", json=booking_body(), headers=headers).ok
            moved = threads.submit(requests.post, f"{mock.control_url}/clock/advance", json={"seconds": 0})
            connection, _ = silent.accept()
            for _ in range(2):
                assert requests.get(f"{mock.url}{API}/public/org/acme-salon", headers=headers, timeout=PATIENCE).ok
                assert requests.get(f"{mock.control_url}/health", timeout=PATIENCE).ok
            assert not moved.done()
            connection.close()
        assert moved.result(PATIENCE).ok


@pytest.mark.sources
def test_the_api_alone_is_quick_in_every_world_unless_threads_matter() -> None:
    paths = ["/api/calendar/v1", "/w/a/api/calendar/v1", "/_mock/health", "/w/a/_mock/state", "/w/api/x", "/apis", "/"]
    assert [*filter(build(Settings()).gate.quick, paths)] == ["/api/calendar/v1", "/w/a/api/calendar/v1"]
    races = MUTANTS["canceled-by-each-thread"].apply(STANDARD)
    assert not [*filter(build(Settings(), parts=races).gate.quick, paths)]
