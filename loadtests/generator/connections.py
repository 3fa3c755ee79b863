"""The connections of a whole process, and requests over it that say exactly when they went out.

Below Locust's FastHttpSession, on the same library: that session does not tell when a request was handed to the socket
or when the first byte of the answer came, and it sends a GET again, unasked, when a kept connection turns out closed:
the server would count two where we count one.
"""

import resource
from collections.abc import Callable
from select import POLLIN
from urllib.parse import urlsplit

from gevent import monkey
from gevent.socket import socket
from geventhttpclient._parser import HTTPParseError
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool
from geventhttpclient.response import HTTPSocketPoolResponse

from loadtests.api.endpoint import Surface
from loadtests.api.steps import Answer, Step

TIMEOUT = 30.0  # seconds without a byte, after which no answer is expected any more
_BLOCK = 65_536
_poll = monkey.get_original("select", "poll")


def _is_quiet(sock: socket) -> bool:
    """Nothing to read on an idle connection: the server has not closed it.

    With select, as the library does it, no connection with a number beyond 1,023 would ever be used again.
    """
    poll = _poll()
    poll.register(sock.fileno(), POLLIN)
    return not poll.poll(0)


class _Pool(ConnectionPool):
    source = ""  # address of this machine to leave from; "": as the system chooses

    def _create_tcp_socket(self, family: int, socktype: int, protocol: int) -> socket:
        sock = super()._create_tcp_socket(family, socktype, protocol)
        if self.source:
            sock.bind((self.source, 0))
        return sock

    def _is_socket_alive(self, sock: socket | None) -> bool:
        return sock is not None and sock.fileno() >= 0 and _is_quiet(sock)


class _SecurePool(SSLConnectionPool, _Pool):
    pass


class Connections:
    """`size` requests at once at most; who drives it sees to it that there are never more, or they would queue.

    Labels with a source of their own have a pool of their own. `clock` gives seconds on the run's timeline.
    """

    def __init__(self, surface: Surface, size: int, clock: Callable[[], float]) -> None:
        parts = urlsplit(surface.origin)
        self._pool = _pool(surface, size)
        self._pools = {label: _pool(surface, size, source) for label, source in surface.sources.items()}
        self._prefix = parts.path.rstrip("/")
        self._observed = surface.observed
        self._replayed = surface.replayed_header
        self.clock = clock
        common = f"Host: {parts.netloc.rpartition('@')[2]}\r\nUser-Agent: kordkit-load\r\nAccept: application/json\r\n"
        self._heads = {
            access.label: f"{common}{_credentials(surface, access.value, access.identifier)}"
            for access in surface.access
        }
        self._common = common

    def exchange(self, step: Step, on_sent: Callable[[float], None]) -> Answer:
        """Calls `on_sent` with the moment at which the request was handed to the socket, or no connection was had."""
        pool = self._pools.get(step.key, self._pool)
        try:
            sock = pool.get_socket()
        except OSError:
            now = self.clock()
            on_sent(now)
            return Answer(0, {}, b"", now, now)
        sent = self.clock()
        on_sent(sent)
        try:
            sock.sendall(self._written(step))
        except OSError:
            pool.release_socket(sock)
            return Answer(0, {}, b"", self.clock(), sent)
        except BaseException:  # the greenlet is killed
            pool.release_socket(sock)
            raise
        try:
            response = HTTPSocketPoolResponse(sock, pool, block_size=_BLOCK, method=step.method)
            received = self.clock()
            body = response.read()
        except (OSError, HTTPParseError):
            return Answer(0, {}, b"", self.clock(), sent)
        headers = {name: str(value) for name in (*self._observed, self._replayed) if (value := response.get(name))}
        return Answer(response.status_code, headers, body, received, sent)

    def _written(self, step: Step) -> bytes:
        head = f"{step.method} {self._prefix}{step.path} HTTP/1.1\r\n{self._heads.get(step.key, self._common)}"
        for name, value in step.headers.items():
            head += f"{name}: {value}\r\n"
        if step.body or step.method == "POST":
            head += f"Content-Length: {len(step.body)}\r\n"
        return f"{head}\r\n".encode("latin-1") + step.body


def _pool(surface: Surface, size: int, source: str = "") -> _Pool:
    host, port = surface.address
    make = _SecurePool if urlsplit(surface.origin).scheme == "https" else _Pool
    pool = make(
        host,
        port,
        host,
        port,
        size=size,
        disable_ipv6=bool(source),
        network_timeout=TIMEOUT,
        connection_timeout=TIMEOUT,
    )
    pool.source = source
    return pool


def _credentials(surface: Surface, value: str, identifier: str) -> str:
    organization = f"{surface.organization_header}: {identifier}\r\n" if identifier else ""
    return f"{surface.key_header}: {value}\r\n{organization}"


def allow_many() -> None:
    """Each is an open file, of which a process may often have no more than a thousand at first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
