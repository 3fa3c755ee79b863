"""Serve a WSGI application over HTTP/1.1 from one process, until SIGINT or SIGTERM.

The only module that knows granian. Its public `Server` forks workers and binds with SO_REUSEPORT:
two mocks could share a port, or one mock's state be split. So its WSGI worker runs in this very
process, on a socket of ours. The names used are private to granian, hence the narrow version pin.
"""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from io import BytesIO
from types import SimpleNamespace
from typing import Any, NoReturn
from wsgiref.types import WSGIApplication

# A stalled upload holds a thread, so there may be many: one starts when the others are busy. 200
# stalled uploads cost 12 MB.
THREADS = 256
# Seconds a thread may go on while others wait for the interpreter. At Python's own 0.005 as many
# threads as wrk -c32 wakes mostly wake each other: one core, GET of 1.6 kB with all that the mock
# does, medians of three runs in turns: 6,600/s, with 0.05 7,700/s, with only 4 threads 8,700/s.
SWITCH_INTERVAL = 0.05
CONNECTIONS = 900  # below the usual limit of 1024 open files: at that limit granian spins
BACKLOG = 1024  # connections the kernel keeps waiting while CONNECTIONS are open
MAX_BODY = 64 * 2**20  # bytes
DRAIN_SECONDS = 1.0

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` (a name, IPv4 or IPv6 address) and `port` (0: any).

    Clients may connect from now on; they are answered once serve() runs.

    Raises OSError: errno EADDRINUSE if the port is taken, EACCES if it is not for this user,
    EADDRNOTAVAIL if the address is not this machine's; socket.gaierror if the host is unknown.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # localhost may have addresses of both families, and not every client tries IPv6.
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    # With SO_REUSEADDR but not SO_REUSEPORT: a restart may follow at once, a second server not.
    sock = socket.create_server(address, family=family, backlog=BACKLOG)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    return sock


def serve(app: WSGIApplication, sock: socket.socket, *, threads: int = THREADS, on_ready: Callable[[], None]) -> None:
    """Answer requests on `sock` with `app`, in this process, until SIGINT or SIGTERM.

    Main thread only. SIGHUP is ignored, and so are further stop signals. `on_ready` is called in
    another thread as soon as requests are answered. On the signal no more connections are accepted,
    requests under way are given DRAIN_SECONDS, and `sock` is closed. End the process with leave().

    Raises what `on_ready` raised, after stopping; ImportError if there is nothing to serve with.
    """
    failure: list[BaseException] = []
    # Not a lock: the kernel may hand the signal to a thread of granian's, which wakes no lock that
    # the main thread waits for. The wakeup descriptor is written to in either case.
    wakeup, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_INTERVAL)

    def announce() -> None:
        try:
            on_ready()
        except BaseException as error:
            failure.append(error)
            waker.send(bytes([signal.SIGTERM]))

    drain = _start(app, sock, threads)
    threading.Thread(target=announce, name="on-ready", daemon=True).start()
    while wakeup.recv(1)[0] not in STOP_SIGNALS:
        pass
    signal.set_wakeup_fd(-1)
    drain()
    sock.close()
    if failure:
        raise failure[0]


def leave(status: int) -> NoReturn:
    """End the process with exit code `status`, at once.

    Requests that outlasted the drain still have their threads. One that comes back while the
    interpreter is being taken down makes granian abort the process.
    """
    with suppress(OSError):  # a pipe may have lost its reader
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _start(app: WSGIApplication, sock: socket.socket, threads: int) -> Callable[[], object]:
    """Serve in the background; return what stops it, in DRAIN_SECONDS at the most."""
    try:
        granian: Any = import_module("granian._granian")  # its type stub lags behind the code
    except ImportError:
        return _start_waitress(app, sock, threads)
    logging.getLogger("_granian").setLevel(logging.WARNING)
    # The worker closes the descriptor it is given, so it gets one of its own.
    backlog = (BACKLOG,) if sys.platform == "linux" else ()
    holder = granian.SocketHolder(sock.dup().detach(), False, *backlog)
    worker = granian.WSGIWorker(
        worker_id=1,
        sock=(None, holder),
        ipc=None,
        threads=1,
        py_threads=threads,
        backpressure=max(CONNECTIONS, threads),
        http_mode="1",
    )
    loop = SimpleNamespace(call_soon=None)  # looked up, though only used for asynchronous protocols
    scheduler = granian.CallbackScheduler(loop, _handler(app), None, None, None)
    stop = granian.WorkerSignal()
    drained = threading.Event()
    stop.add_cb(drained.set)
    worker.serve_mtr(scheduler, loop, stop)

    def drain() -> None:
        stop.set()
        drained.wait(DRAIN_SECONDS)

    return drain


def _start_waitress(app: WSGIApplication, sock: socket.socket, threads: int) -> Callable[[], object]:
    try:
        waitress: Any = import_module("waitress")
    except ImportError:
        raise ImportError("granian cannot be loaded; `pip install waitress` instead") from None
    server = waitress.create_server(app, sockets=[sock], threads=threads)
    threading.Thread(target=server.run, name="waitress", daemon=True).start()
    return partial(server.task_dispatcher.shutdown, timeout=DRAIN_SECONDS)


def _handler(app: WSGIApplication) -> Callable[[Any, dict[str, Any]], None]:
    """Return what granian calls for each request, in one of its threads."""
    # granian's own wrapper adds os.environ, where HTTP_PROXY looks like a header.
    base = {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "granian",
        "wsgi.version": (1, 0),
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

    def handle(proto: Any, scope: dict[str, Any]) -> None:
        try:
            proto.response_bytes(*_answer(app, base | scope))
        except Exception:
            log.exception("%s %s failed", scope["REQUEST_METHOD"], scope["PATH_INFO"])
            proto.response_bytes(500, [("Content-Type", "text/plain")], b"Internal Server Error")

    return handle


def _answer(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Run the application; raises what it raises, and ValueError for an impossible status."""
    # granian's stream drops data when read in parts or by lines, refuses read(-1) and takes a lost
    # connection for the end of the body. One read() and a count avoid all of that.
    # What is declared to be huge is not read at all: the application refuses it by its length.
    expected = environ.get("CONTENT_LENGTH")
    huge = expected is not None and int(expected) > MAX_BODY
    has_body = expected is not None or "HTTP_TRANSFER_ENCODING" in environ
    content = environ["wsgi.input"].read() if has_body and not huge else b""
    if expected is not None and not huge and len(content) < int(expected):
        return 400, [], b""
    environ["wsgi.input"] = BytesIO(content)

    status = 0
    headers: list[tuple[str, str]] = []
    written: list[bytes] = []

    def start_response(line: str, fields: list[tuple[str, str]], *_: object) -> Any:
        nonlocal status, headers
        status, headers = int(line.partition(" ")[0]), fields
        return written.append

    chunks = app(environ, start_response)
    try:
        body = b"".join([*written, *chunks])  # in one piece: an error half-way is still a 500
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    if not 100 <= status <= 999:  # granian would abort the process
        raise ValueError(f"the application answered with status {status}")
    return status, headers, body
