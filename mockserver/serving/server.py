"""Serve a WSGI application over HTTP/1.1 from one process, until SIGINT or SIGTERM.

The only module that knows granian. Its public `Server` forks workers and binds with SO_REUSEPORT:
two mocks could share a port, or one mock's state be split. So one of its workers runs in this very
process, on a socket of ours. The names used are private to granian, hence the narrow version pin.

It is the worker for ASGI, whose scheduler is replaced: a request is answered without an event loop, in
the thread in which granian hands it over, or in another (see turns.py). The worker for WSGI waits for a
body in the thread of its request, for as long as the client likes, and tells neither the path as it was
sent nor which header had underscores. Here a body on its way holds no thread (see uploads.py).
"""

import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import SimpleNamespace
from typing import Any, NoReturn
from wsgiref.types import WSGIApplication

from mockserver.serving.requests import BodyLimit, Requests, unexplained
from mockserver.serving.sockets import BACKLOG
from mockserver.serving.tls import Tls
from mockserver.serving.turns import THREADS, Quick, Turns
from mockserver.serving.uploads import Patience, Uploads

CONNECTIONS = 900  # at the most; at the limit of open files granian spins, so there are fewer where that is low
OTHER_FILES = 64  # what is open beside connections
MAX_BODY = 16 * 2**20  # bytes, where the application sets no limit of its own
DRAIN_SECONDS = 1.0

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    app: WSGIApplication,
    sock: socket.socket,
    *,
    on_ready: Callable[[], None],
    body_limit: BodyLimit = lambda _: MAX_BODY,
    late: WSGIApplication = unexplained("408 Request Timeout"),  # noqa: B008
    broken: WSGIApplication = unexplained("400 Bad Request"),  # noqa: B008
    patience: Patience = Patience(),  # noqa: B008 - it cannot be changed
    several: bool = False,
    quick: Quick = lambda _: False,
    stop_signals: Sequence[signal.Signals] = STOP_SIGNALS,
    tls: Tls | None = None,
) -> None:
    """Answer requests on `sock` with `app`, in this process, until one of the signals.

    Main thread only. SIGHUP is ignored, and so are further stop signals. `on_ready` is called in
    another thread as soon as requests are answered. On the signal no more connections are accepted,
    requests under way are given DRAIN_SECONDS, and `sock` is closed. End the process with leave().

    Of a body that is longer than its `body_limit` one byte more is read, or none if it was declared to
    be so; `late` answers for a request whose body did not come within `patience`, `broken` for one whose
    body cannot be read. In all these cases the connection is closed.

    `several`: other processes serve beside this one. With `tls` the answers are those of https. What is not `quick`
    keeps nobody waiting.

    Raises what `on_ready` raised, after stopping; ImportError if there is nothing to serve with.
    """
    failure: list[BaseException] = []
    # Not a lock: the kernel may hand the signal to a thread of granian's, which wakes no lock that
    # the main thread waits for. The wakeup descriptor is written to in either case.
    wakeup, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for number in stop_signals:
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def announce() -> None:
        try:
            on_ready()
        except BaseException as error:
            failure.append(error)
            waker.send(bytes([signal.SIGTERM]))

    uploads = Uploads()
    drain = start(Requests(app, body_limit, late, broken, patience, uploads, Turns(quick), several), uploads, sock, tls)
    threading.Thread(target=announce, name="on-ready", daemon=True).start()
    while wakeup.recv(1)[0] not in stop_signals:
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


def start(requests: Requests, uploads: Uploads, sock: socket.socket, tls: Tls | None = None) -> Callable[[], object]:
    """Serve in the background; return what stops it, in DRAIN_SECONDS at the most.

    Raises ImportError if there is nothing to serve with.
    """
    try:
        granian = _granian()
    except ImportError:
        if tls is not None:
            raise ImportError("granian cannot be loaded, and nothing else serves https") from None
        return _start_waitress(requests.app, sock)
    logging.getLogger("_granian").setLevel(logging.WARNING)
    # The worker closes the descriptor it is given, so it gets one of its own.
    backlog = (BACKLOG,) if sys.platform == "linux" else ()
    holder = granian.SocketHolder(sock.dup().detach(), False, *backlog)
    worker = granian.ASGIWorker(
        worker_id=1,
        sock=(None, holder),
        ipc=None,
        threads=1,
        py_threads=1,
        backpressure=_connections(),
        http_mode="1",
        **({} if tls is None else _encrypted(tls)),
    )
    uploads.watch()
    loop = SimpleNamespace(call_soon=_call, call_soon_threadsafe=_call)
    scheduler = granian.CallbackScheduler(loop, None, None, None, None)
    scheduler._schedule_fn = requests.handle
    stop = granian.WorkerSignal()
    drained = threading.Event()
    stop.add_cb(drained.set)
    with _in_batches():
        worker.serve_mtr(scheduler, loop, stop)

    def drain() -> None:
        stop.set()
        drained.wait(DRAIN_SECONDS)
        uploads.end()

    return drain


@contextmanager
def _in_batches() -> Iterator[None]:
    """Threads that are started meanwhile, and those that these start, do not interrupt one another when they wake.

    Where they share a core, the one that reads and writes would else be woken for each answer as soon as it is given,
    instead of for all that were given meanwhile: 100 requests under `wrk -c32` took 80 context switches, and take 6.
    """
    try:
        before = os.sched_getscheduler(0)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except (AttributeError, OSError):  # it is no Linux, or this is not allowed here
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, before, os.sched_param(0))


def _granian() -> Any:
    """granian's extension, without the package around it, whose import takes 35 ms, a twelfth of a start.

    Raises ImportError.
    """
    name = "granian._granian"
    if name not in sys.modules:
        package = find_spec("granian")
        spec = None if package is None else PathFinder.find_spec(name, package.submodule_search_locations)
        if spec is None or spec.loader is None:
            raise ImportError("granian is not installed")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module  # it can be initialized once only
    return sys.modules[name]


def _encrypted(tls: Tls) -> dict[str, Any]:
    return {
        "ssl_enabled": True,
        "ssl_cert": str(tls.certificate),
        "ssl_key": str(tls.key),
        "ssl_protocol_min": "tls1.2",
    }


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


def _start_waitress(app: WSGIApplication, sock: socket.socket) -> Callable[[], object]:
    try:
        waitress: Any = import_module("waitress")
    except ImportError:
        raise ImportError("granian cannot be loaded; `pip install waitress` instead") from None
    server = waitress.create_server(app, sockets=[sock], threads=THREADS, max_request_body_size=MAX_BODY)
    threading.Thread(target=server.run, name="waitress", daemon=True).start()
    return partial(server.task_dispatcher.shutdown, timeout=DRAIN_SECONDS)
