"""The server as a process: its port, its end, and what is private to granian."""

import errno
import inspect
import json
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mockserver.serving.sockets import bind
from tests.mockserver.serving.server_program import GRACE, STALLED, ask, connect, receive, running, stop
from tests.turns import PATIENCE, assert_below


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_refused(host: str) -> None:
    try:
        first = bind(host, 0)
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            pytest.skip(f"{host} is not an address of this machine")
        raise
    with first:
        port = first.getsockname()[1]
        assert port > 0
        assert not first.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
        with pytest.raises(OSError, match="in use") as refused:
            bind(host, port)
    assert refused.value.errno == errno.EADDRINUSE


def test_localhost_is_ipv4() -> None:
    with bind("localhost", 0) as sock:
        assert sock.family == socket.AF_INET


def test_the_port_of_a_running_server_is_refused_and_free_after_it() -> None:
    with running() as (process, port):
        assert ask(port, "GET /")[0] == 200
        with pytest.raises(OSError, match="in use") as refused:
            bind("127.0.0.1", port)
        assert refused.value.errno == errno.EADDRINUSE
        connection = connect(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # left in TIME_WAIT
        with connection:
            connection.recv(1000)
            stop(process, signal.SIGTERM)
        bind("127.0.0.1", port).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_whatever_clients_do(number: signal.Signals) -> None:
    def seconds_to_end() -> float:
        with running() as (process, port), ExitStack() as clients:
            for _ in range(8):
                idle = clients.enter_context(connect(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
                assert idle.recv(1000).startswith(b"HTTP/1.1 200")
                clients.enter_context(connect(port, STALLED))
                clients.enter_context(connect(port, b"GET / HT"))
            clients.enter_context(connect(port, b"GET /late?1.05 HTTP/1.1\r\nHost: x\r\n\r\n"))
            assert ask(port, "GET /")[0] == 200  # after all of the above, which came first
            seconds, err = stop(process, number)
        assert err == ""
        return seconds

    assert_below(GRACE, seconds_to_end)


def test_a_signal_that_reaches_another_thread_ends_it() -> None:
    with running() as (process, port):
        assert ask(port, "GET /signal")[0] == 200
        assert process.wait(timeout=PATIENCE) == 0


def test_a_request_under_way_is_answered_before_the_end() -> None:
    with running() as (process, port):
        slow = connect(port, b"GET /sleep?0.5 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        stop(process, signal.SIGTERM)
        assert receive(slow)[0] == 200


def test_sighup_changes_nothing() -> None:
    with running() as (process, port):
        assert ask(port, "GET /chunks")[2] == b"onetwo"
        process.send_signal(signal.SIGHUP)
        assert json.loads(ask(port, "GET /closed")[2]) == ["/chunks"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts processes in /proc")
def test_it_is_one_process() -> None:
    with running() as (process, port):
        assert ask(port, "GET /")[0] == 200
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        assert "".join((task / "children").read_text() for task in tasks) == ""


def test_an_exception_in_on_ready_ends_the_server() -> None:
    with running("unready") as (process, port):
        _, err = process.communicate(timeout=PATIENCE)
    assert port == 0
    assert process.returncode == 1
    assert err.rstrip().endswith("LookupError: not ready")


def test_granian_still_has_what_the_server_uses() -> None:
    granian: Any = pytest.importorskip("granian._granian")
    hint = "granian has changed what is private to it: adapt mockserver/serving/server.py, then the pin"
    for name, used in {
        "ASGIWorker": ("worker_id sock ipc threads py_threads backpressure http_mode"),
        "CallbackScheduler": "event_loop cb aio_task aio_tenter aio_texit",
        "WorkerSignal": "",
        "SocketHolder": "fd uds backlog" if sys.platform == "linux" else "fd uds",
    }.items():
        assert hasattr(granian, name), f"{name}: {hint}"
        parameters = inspect.signature(getattr(granian, name)).parameters
        assert set(used.split()) <= set(parameters), f"{name}{tuple(parameters)}: {hint}"
    for name in ("ASGIWorker.serve_mtr", "WorkerSignal.set", "WorkerSignal.add_cb"):
        owner, _, method = name.partition(".")
        assert hasattr(getattr(granian, owner), method), f"{name}: {hint}"
