"""Serve a WSGI application over HTTP/1.1 from one process, until SIGINT or SIGTERM.

The only module that knows granian. Its public `Server` forks workers and binds with SO_REUSEPORT:
two mocks could share a port, or one mock's state be split. So one of its workers runs in this very
process, on a socket of ours. The names used are private to granian, hence the narrow version pin.

It is the worker for ASGI, whose scheduler is replaced: a request is answered by the thread that
granian calls, without an event loop. The worker for WSGI waits for a body in the thread of its
request, for as long as the client likes, and tells neither the path as it was sent nor which header
had underscores. Here a body on its way holds no thread (see uploads.py). What it costs: the time that
the process spends on a request under `wrk -c32`, with all that the mock does, is the same within what
can be measured on a busy machine (medians of six: GET 170 µs, before 176; POST 314, before 319).
"""

import logging
import os
import resource
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

from mockserver.serving.environ import wsgi_environ
from mockserver.serving.uploads import Patience, Upload, Uploads

# Only requests that are being answered hold a thread; one starts when the others are busy.
THREADS = 32
# Seconds a thread may go on while others wait for the interpreter. At Python's own 0.005 as many
# threads as wrk -c32 wakes mostly wake each other.
SWITCH_INTERVAL = 0.05
CONNECTIONS = 900  # at the most; at the limit of open files granian spins, so there are fewer where that is low
OTHER_FILES = 64  # what is open beside connections
BACKLOG = 1024  # connections the kernel keeps waiting while CONNECTIONS are open
MAX_BODY = 16 * 2**20  # bytes, where the application sets no limit of its own
# What nobody wants to read is let pass if it is small and there at once, for then the connection can
# go on. A client that sends head and body one after the other would else find it closed between them.
UNWANTED_BODY = 65536  # bytes
UNWANTED_PATIENCE = Patience(seconds=0.5)
DRAIN_SECONDS = 1.0

BodyLimit = Callable[[dict[str, Any]], int]  # bytes of a request's body that are read; 0: it is not looked at
CLOSE = ("Connection", "close")
# granian's own environment for WSGI adds os.environ, where HTTP_PROXY looks like a header.
BASE: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
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


def serve(
    app: WSGIApplication,
    sock: socket.socket,
    *,
    on_ready: Callable[[], None],
    body_limit: BodyLimit = lambda _: MAX_BODY,
    late: WSGIApplication | None = None,
    patience: Patience = Patience(),  # noqa: B008 - it cannot be changed
    threads: int = THREADS,
) -> None:
    """Answer requests on `sock` with `app`, in this process, until SIGINT or SIGTERM.

    Main thread only. SIGHUP is ignored, and so are further stop signals. `on_ready` is called in
    another thread as soon as requests are answered. On the signal no more connections are accepted,
    requests under way are given DRAIN_SECONDS, and `sock` is closed. End the process with leave().

    Of a body that is longer than its `body_limit` one byte more is read, or none if it was declared to
    be so; `late` answers for a request whose body did not come within `patience`. In both cases the
    connection is closed.

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

    uploads = Uploads()
    drain = _start(Requests(app, body_limit, late or _late, patience, uploads), uploads, sock, threads)
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
    # A pipe may have lost its reader, and there may be no stdout at all. What goes to stderr is flushed as it is
    # written; to wait here for someone who does not read it would be to wait for ever.
    with suppress(AttributeError, OSError, ValueError):
        sys.stdout.flush()
    os._exit(status)


def _start(requests: "Requests", uploads: Uploads, sock: socket.socket, threads: int) -> Callable[[], object]:
    """Serve in the background; return what stops it, in DRAIN_SECONDS at the most."""
    try:
        granian: Any = import_module("granian._granian")  # its type stub lags behind the code
    except ImportError:
        return _start_waitress(requests.app, sock, threads)
    logging.getLogger("_granian").setLevel(logging.WARNING)
    # The worker closes the descriptor it is given, so it gets one of its own.
    backlog = (BACKLOG,) if sys.platform == "linux" else ()
    holder = granian.SocketHolder(sock.dup().detach(), False, *backlog)
    worker = granian.ASGIWorker(
        worker_id=1,
        sock=(None, holder),
        ipc=None,
        threads=1,
        py_threads=threads,
        backpressure=_connections(),
        http_mode="1",
    )
    uploads.watch()
    loop = SimpleNamespace(call_soon=_call, call_soon_threadsafe=_call)
    scheduler = granian.CallbackScheduler(loop, None, None, None, None)
    scheduler._schedule_fn = requests.handle
    stop = granian.WorkerSignal()
    drained = threading.Event()
    stop.add_cb(drained.set)
    worker.serve_mtr(scheduler, loop, stop)

    def drain() -> None:
        stop.set()
        drained.wait(DRAIN_SECONDS)

    return drain


def _connections() -> int:
    """How many may be open at a time. Raises the limit of open files where that is allowed."""
    wanted = CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, soft - OTHER_FILES))


def _call(callback: Callable[[Any], object], future: Any, **_: Any) -> None:
    """Stands for an event loop, of which granian wants nothing else: what a future calls is called at once."""
    callback(future)


def _start_waitress(app: WSGIApplication, sock: socket.socket, threads: int) -> Callable[[], object]:
    try:
        waitress: Any = import_module("waitress")
    except ImportError:
        raise ImportError("granian cannot be loaded; `pip install waitress` instead") from None
    server = waitress.create_server(app, sockets=[sock], threads=threads, max_request_body_size=MAX_BODY)
    threading.Thread(target=server.run, name="waitress", daemon=True).start()
    return partial(server.task_dispatcher.shutdown, timeout=DRAIN_SECONDS)


class Requests:
    """What granian hands over, one request after the other, in its threads."""

    def __init__(
        self, app: WSGIApplication, body_limit: BodyLimit, late: WSGIApplication, patience: Patience, uploads: Uploads
    ) -> None:
        self.app = app
        self._body_limit = body_limit
        self._late = late
        self._patience = patience
        self._uploads = uploads

    def handle(self, request: Any) -> None:
        """Must not raise: granian does not look at exceptions."""
        try:
            environ = BASE | wsgi_environ(request.scope)
            declared = environ.get("CONTENT_LENGTH")
            if declared is None and "HTTP_TRANSFER_ENCODING" not in environ:
                self._answer(self.app, request, environ)
                return
            size = None if declared is None else int(declared)
            limit = self._body_limit(environ)
            if (size or 0) > max(limit, UNWANTED_BODY):
                self._answer(self.app, request, environ, close=True)
            elif limit:
                finished = partial(self._uploaded, request, environ, limit)
                self._uploads.collect(Upload(request.proto, limit, size, finished, self._patience))
            else:
                finished = partial(self._passed, request, environ)
                self._uploads.collect(Upload(request.proto, UNWANTED_BODY, size, finished, UNWANTED_PATIENCE))
        except Exception:
            log.exception("a request failed")
            _send(request, 500, [], b"")

    def _uploaded(self, request: Any, environ: dict[str, Any], limit: int, outcome: bytes | OSError) -> None:
        if isinstance(outcome, ConnectionError):
            _send(request, 400, [CLOSE], b"")
        elif isinstance(outcome, OSError):
            self._answer(self._late, request, environ, close=True)
        else:
            self._answer(self.app, request, environ, outcome, close=len(outcome) > limit)

    def _passed(self, request: Any, environ: dict[str, Any], outcome: bytes | OSError) -> None:
        if isinstance(outcome, ConnectionError):
            _send(request, 400, [CLOSE], b"")
        else:
            self._answer(self.app, request, environ, close=isinstance(outcome, OSError) or len(outcome) > UNWANTED_BODY)

    def _answer(
        self, app: WSGIApplication, request: Any, environ: dict[str, Any], body: bytes = b"", *, close: bool = False
    ) -> None:
        environ["wsgi.input"] = BytesIO(body)
        try:
            status, headers, content = _run(app, environ)
            _send(request, status, [*headers, CLOSE] if close else headers, content)
        except Exception:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            _send(request, 500, [("Content-Type", "text/plain")], b"Internal Server Error")


def _late(_: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("408 Request Timeout", [])
    return []


def _run(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Run the application; raises what it raises, and ValueError for an impossible status."""
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


def _send(request: Any, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    request.proto.send({"type": "http.response.start", "status": status, "headers": fields})
    request.proto.send({"type": "http.response.body", "body": body})
    request.done()  # what is left of its body is let go now, whoever still holds the request
