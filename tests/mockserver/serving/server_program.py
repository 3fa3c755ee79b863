"""A program that serves a small application, as other processes meet it, and how tests talk to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.serving import requests, server
from mockserver.serving.sockets import bind
from mockserver.serving.uploads import Patience
from mockserver.web.api.exchange import WIRE, Wire
from tests.turns import PATIENCE

ROOT = Path(__file__).parents[3]
STALLED = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n0123456789"
GRACE = 6.0  # seconds from the signal to the end of the process: two, on a machine that is three times slower
SMALL = 100  # bytes that are read of a body for /small
PATIENCES = {
    "hasty": Patience(seconds=1.0, grace=1.0),
    "strict": Patience(seconds=1000.0, grace=0.3, rate=1000.0),
    "endless": Patience(seconds=1000.0, grace=1000.0),  # who waits for a body waits for longer than any test
}
closed: list[str] = []  # in the server process: paths whose response was closed
released = threading.Event()  # there, too: what holds on goes on


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
    if path in ("/hold", "/quick/hold"):
        print("held\n", end="", flush=True)  # in one piece: others print, too
        if not released.wait(PATIENCE):
            raise TimeoutError("nobody has released it")
    if path == "/release":
        released.set()
    if path in ("/sleep", "/late"):
        time.sleep(float(query))
    headers = [("Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("Server", "mock")]
    body = b"ok"
    if path in ("/echo", "/small", "/unwanted"):
        body = environ["wsgi.input"].readline() + environ["wsgi.input"].read(-1)
    elif path == "/environ":
        body = json.dumps({name: str(value) for name, value in environ.items()}).encode()
    elif path == "/closed":
        body = json.dumps(closed).encode()
    elif path == "/head":
        headers.append(("Content-Length", "1000"))
        body = b""
    elif path == "/wire":  # delay, cut, reset or close, spread
        delay, cut, end, spread = [*query.split(","), "0"][:4]
        environ[WIRE] = Wire(
            delay=float(delay),
            cut=int(cut) if cut else None,
            reset=end == "reset",
            close=end == "close",
            spread=float(spread),
        )
        headers.append(("Content-Length", "10"))
        body = b"0123456789"
    start_response(query if path == "/status" else "200 OK", headers)
    if path in ("/chunks", "/half"):
        return Chunks(path, half() if path == "/half" else [b"one", b"two"])
    return [body]


def body_limit(environ: dict[str, Any]) -> int:
    return {"/small": SMALL, "/unwanted": 0}.get(environ["PATH_INFO"], server.MAX_BODY)


def main(mode: str) -> None:
    if mode == "endless":
        requests.UNWANTED_PATIENCE = PATIENCES[mode]
    sock = bind("127.0.0.1", 0)

    def on_ready() -> None:
        if mode == "unready":
            raise LookupError("not ready")
        print(sock.getsockname()[1], flush=True)

    server.serve(
        app,
        sock,
        on_ready=on_ready,
        body_limit=body_limit,
        patience=PATIENCES.get(mode, Patience()),
        quick=lambda path: path.startswith("/quick"),
    )
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


if __name__ == "__main__":
    main(sys.argv[1])
