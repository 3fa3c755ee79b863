"""The server over real sockets: each test starts this file as a program of its own."""

import errno
import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver.serving import server

ROOT = Path(__file__).parents[2]
STALLED = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n0123456789"
GRACE = 2.0  # seconds from the signal to the end of the process
PATIENCE = 30.0  # seconds until a test gives up
closed: list[str] = []  # in the server process: paths whose response was closed


class Chunks:
    """A response that is not a list, as Flask's are not."""

    def __init__(self, path: str, chunks: Iterable[bytes]) -> None:
        self.path, self.chunks = path, chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        closed.append(self.path)


def half() -> Iterator[bytes]:
    yield b"half"
    raise ValueError("half-way")


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if path == "/boom":
        raise ValueError("boom in the app")
    if path == "/signal":
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    if path == "/sleep":
        print("asleep", flush=True)
    if path in ("/sleep", "/late"):
        time.sleep(float(query))
    headers = [("Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("Server", "mock")]
    body = b"ok"
    if path == "/echo":
        body = environ["wsgi.input"].readline() + environ["wsgi.input"].read(-1)
    elif path == "/environ":
        body = json.dumps({name: str(value) for name, value in environ.items()}).encode()
    elif path == "/closed":
        body = json.dumps(closed).encode()
    elif path == "/head":
        headers.append(("Content-Length", "1000"))
        body = b""
    start_response(query if path == "/status" else "200 OK", headers)
    if path in ("/chunks", "/half"):
        return Chunks(path, half() if path == "/half" else [b"one", b"two"])
    return [body]


def main(mode: str) -> None:
    sock = server.bind("127.0.0.1", 0)

    def on_ready() -> None:
        if mode == "unready":
            raise LookupError("not ready")
        print(sock.getsockname()[1], flush=True)

    server.serve(app, sock, on_ready=on_ready)
    print("returned")
    server.leave(0)


@contextmanager
def running(mode: str = "ready", **environ: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The program, killed in the end, and the port it printed (0: none)."""
    process = subprocess.Popen(
        [sys.executable, __file__, mode],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(3 * PATIENCE, process.kill)
    watchdog.start()
    with process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline() or 0)
        finally:
            watchdog.cancel()
            process.kill()


def connect(port: int, data: bytes = b"") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sock.sendall(data)
    return sock


def ask(port: int, line: str, headers: str = "", body: bytes = b"") -> tuple[int, str, bytes]:
    """Status, header block and body of the answer to a request on a connection of its own."""
    head = f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
    return receive(connect(port, head.encode() + body))


def receive(sock: socket.socket) -> tuple[int, str, bytes]:
    with sock, sock.makefile("rb") as answer:
        head, _, body = answer.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def stop(process: subprocess.Popen[str], number: signal.Signals) -> tuple[float, str]:
    """Seconds until the process ended with exit code 0, and what it wrote to stderr."""
    before = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert out == "returned\n"
    return time.monotonic() - before, err


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_refused(host: str) -> None:
    try:
        first = server.bind(host, 0)
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            pytest.skip(f"{host} is not an address of this machine")
        raise
    with first:
        port = first.getsockname()[1]
        assert port > 0
        assert not first.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
        with pytest.raises(OSError, match="in use") as refused:
            server.bind(host, port)
    assert refused.value.errno == errno.EADDRINUSE


def test_localhost_is_ipv4() -> None:
    with server.bind("localhost", 0) as sock:
        assert sock.family == socket.AF_INET


def test_the_port_of_a_running_server_is_refused_and_free_after_it() -> None:
    with running() as (process, port):
        assert ask(port, "GET /")[0] == 200
        with pytest.raises(OSError, match="in use") as refused:
            server.bind("127.0.0.1", port)
        assert refused.value.errno == errno.EADDRINUSE
        connection = connect(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # left in TIME_WAIT
        with connection:
            connection.recv(1000)
            stop(process, signal.SIGTERM)
        server.bind("127.0.0.1", port).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_whatever_clients_do(number: signal.Signals) -> None:
    with running() as (process, port), ExitStack() as clients:
        for _ in range(8):
            idle = clients.enter_context(connect(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
            assert idle.recv(1000).startswith(b"HTTP/1.1 200")
            clients.enter_context(connect(port, STALLED))
            clients.enter_context(connect(port, b"GET / HT"))
        clients.enter_context(connect(port, b"GET /late?1.05 HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert ask(port, "GET /")[0] == 200  # after all of the above, which came first
        seconds, err = stop(process, number)
    assert seconds < GRACE
    assert err == ""


def test_a_signal_that_reaches_another_thread_ends_it() -> None:
    with running() as (process, port):
        assert ask(port, "GET /signal")[0] == 200
        assert process.wait(timeout=GRACE) == 0


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


def test_stalled_uploads_do_not_keep_others_waiting() -> None:
    with running() as (_, port), ExitStack() as clients:
        for _ in range(32):
            clients.enter_context(connect(port, STALLED))
        for _ in range(3):
            before = time.monotonic()
            assert ask(port, "GET /health")[0] == 200
            assert time.monotonic() - before < 1


def test_an_upload_broken_off_does_not_reach_the_application() -> None:
    with running() as (_, port):
        client = connect(port, STALLED)
        client.shutdown(socket.SHUT_WR)
        assert receive(client)[0] == 400


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 7\r\n", b"one\ntwo"),
        ("Transfer-Encoding: chunked\r\n", b"3\r\none\r\n4\r\n\ntwo\r\n0\r\n\r\n"),
    ],
)
def test_a_body_can_be_read_in_any_way(headers: str, body: bytes) -> None:
    with running() as (_, port):
        assert ask(port, "POST /echo", headers, body)[2] == b"one\ntwo"


def test_a_body_declared_to_be_huge_is_not_waited_for() -> None:
    with running() as (_, port):
        status, _, body = ask(port, "POST /echo", f"Content-Length: {server.MAX_BODY + 1}\r\n", b"one")
        assert (status, body) == (200, b"")


def test_environment_variables_do_not_look_like_headers() -> None:
    with running(HTTP_PROXY="http://proxy") as (_, port):
        environ = json.loads(ask(port, "GET /environ?a=%20", "X-Sent: yes\r\n")[2])
    assert environ["HTTP_X_SENT"] == "yes"
    assert environ["QUERY_STRING"] == "a=%20"
    assert "HTTP_PROXY" not in environ
    assert "PATH" not in environ


def test_an_exception_is_a_logged_500_and_the_server_lives_on() -> None:
    with running() as (process, port):
        assert ask(port, "GET /boom")[0] == 500
        assert ask(port, "GET /half")[0] == 500
        assert ask(port, "GET /closed")[2] == b'["/half"]'
        _, err = stop(process, signal.SIGTERM)
    assert "GET /boom failed" in err
    assert "ValueError: boom in the app" in err
    assert "ValueError: half-way" in err


@pytest.mark.parametrize("status", ["99", "1000", "-1", "70000", "OK"])
def test_an_impossible_status_does_not_end_the_process(status: str) -> None:
    with running() as (_, port):
        assert ask(port, f"GET /status?{status}")[0] == 500
        assert ask(port, "GET /")[0] == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + 2_000_000 * b"x" + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + 200 * b"X: x\r\n" + b"\r\n",
        b"GET /" + 100_000 * b"x" + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_a_malformed_request_does_no_harm(data: bytes) -> None:
    with running() as (_, port):
        try:
            assert receive(connect(port, data))[0] in (400, 414, 431)
        except ConnectionError:
            assert len(data) > 1_000_000  # it hung up while we were still sending, which is its right
        assert ask(port, "GET /")[0] == 200


def test_the_headers_of_the_application_are_sent_as_they_are() -> None:
    with running() as (_, port):
        for line, length in [
            ("GET /", "2"),
            ("HEAD /head", "1000"),
            ("GET /status?204", None),
            ("GET /status?304", None),
        ]:
            _, head, body = ask(port, line)
            names = [field.partition(": ")[0] for field in head.split("\r\n")[1:]]
            assert sorted(set(names)) == sorted(names)
            assert "date: Thu, 01 Jan 2026 00:00:00 GMT" in head
            assert "server: mock" in head
            assert body == (b"ok" if line == "GET /" else b"")
            assert (f"content-length: {length}" in head) is (length is not None)


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
        "WSGIWorker": ("worker_id sock ipc threads py_threads backpressure http_mode"),
        "CallbackScheduler": "event_loop cb aio_task aio_tenter aio_texit",
        "WorkerSignal": "",
        "SocketHolder": "fd uds backlog" if sys.platform == "linux" else "fd uds",
    }.items():
        assert hasattr(granian, name), f"{name}: {hint}"
        parameters = inspect.signature(getattr(granian, name)).parameters
        assert set(used.split()) <= set(parameters), f"{name}{tuple(parameters)}: {hint}"
    for name in ("WSGIWorker.serve_mtr", "WorkerSignal.set", "WorkerSignal.add_cb"):
        owner, _, method = name.partition(".")
        assert hasattr(getattr(granian, owner), method), f"{name}: {hint}"


if __name__ == "__main__":
    main(sys.argv[1])
