"""The connections of a whole process, and requests over it that say exactly when they went out.

Below Locust's FastHttpSession, on the same library: that session does not tell when a request was handed to the socket
or when the first byte of the answer came, and it sends a GET again, unasked, when a kept connection turns out closed:
the server would count two where we count one.
"""

import resource
from collections.abc import Callable, Iterable
from pathlib import Path
from select import POLLIN
from typing import Any
from urllib.parse import urlsplit

from gevent import Timeout, monkey
from gevent.socket import socket
from geventhttpclient._parser import HTTPParseError
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool
from geventhttpclient.response import HTTPSocketPoolResponse

from contracts.target import transport
from loadtests.api.endpoint import Endpoint
from loadtests.api.steps import Answer, Step

TIMEOUT = 30.0  # seconds without a byte, after which no answer is expected any more
LONGEST = 60.0  # seconds that an answer may take in all
MOST_BYTES = 16 << 20  # of an answer, headers and interim answers included
_INTERIM, _FINAL = 100, 200  # the first status of each
_BLOCK = 65_536
_poll = monkey.get_original("select", "poll")


def _is_quiet(sock: socket) -> bool:
    """Nothing to read on an idle connection: the server has not closed it.

    With select, as the library does it, no connection with a number beyond 1,023 would ever be used again.
    """
    poll = _poll()
    poll.register(sock.fileno(), POLLIN)
    return not poll.poll(0)


class _TooMuchError(OSError):
    """An answer without end."""


class _Response(HTTPSocketPoolResponse):
    """The final answer, after any number of interim ones (RFC 9110, 15.2), which leave the connection in use."""

    _fed = 0

    def feed(self, data: str | bytes) -> None:
        self._fed += len(data)
        if self._fed > MOST_BYTES:
            raise _TooMuchError(f"more than {MOST_BYTES} bytes")
        super().feed(data)

    def _on_message_complete(self) -> None:
        if self.get_code() < _FINAL:
            self.message_complete = True
        else:
            super()._on_message_complete()

    def _on_headers_complete(self) -> int | bool | None:
        if self.get_code() < _INTERIM:
            raise HTTPParseError(f"{self.get_code()} is no status")
        return super()._on_headers_complete()


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

    def __init__(self, endpoint: Endpoint, size: int, clock: Callable[[], float]) -> None:
        parts = urlsplit(endpoint.origin)
        self._pool = _pool(endpoint, size)
        self._pools = {label: _pool(endpoint, size, source) for label, source in endpoint.sources.items()}
        self._prefix = parts.path.rstrip("/")
        forwarded = endpoint.proxy if parts.scheme == "http" else None
        if forwarded is not None:  # a proxy wants the whole URL (RFC 9112, 3.2.2); to https it makes a tunnel
            self._prefix = f"http://{parts.netloc}{self._prefix}"
        self._observed = endpoint.observed
        self._replayed = endpoint.replayed_header
        self.clock = clock
        common = f"Host: {parts.netloc.rpartition('@')[2]}\r\nUser-Agent: kordkit-load\r\nAccept: application/json\r\n"
        if forwarded is not None and forwarded.authorization:
            common += f"Proxy-Authorization: {forwarded.authorization}\r\n"
        self._heads = {
            each.label: f"{common}{_credentials(endpoint, each.value, each.identifier)}"
            for each in endpoint.credentials
        }
        self._common = common

    def exchange(self, step: Step, on_sent: Callable[[float], None]) -> Answer:
        """Calls `on_sent` with the moment at which the request was handed to the socket, or no connection was had."""
        pool = self._pools.get(step.key, self._pool)
        try:
            sock = pool.get_socket()
        except (OSError, RuntimeError):  # the latter from a proxy that makes no tunnel
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
            with Timeout(LONGEST, _TooMuchError(f"more than {LONGEST} s")):
                response = _Response(sock, pool, block_size=_BLOCK, method=step.method)
                received = self.clock()
                body = response.read()
        except Exception:  # whatever a server sends, and however the parser takes it: it is no answer
            return Answer(0, {}, b"", self.clock(), sent)
        headers = _given(response, (*self._observed, self._replayed))
        return Answer(response.status_code, headers, body, received, sent)

    def _written(self, step: Step) -> bytes:
        head = f"{step.method} {self._prefix}{step.path} HTTP/1.1\r\n{self._heads.get(step.key, self._common)}"
        for name, value in step.headers.items():
            head += f"{name}: {value}\r\n"
        if step.body or step.method == "POST":
            head += f"Content-Length: {len(step.body)}\r\n"
        return f"{head}\r\n".encode("latin-1") + step.body


def _given(response: HTTPSocketPoolResponse, names: Iterable[str]) -> dict[str, str]:
    """Those of these headers that are there; values of one that is given more than once have a line each."""
    found = ((name, response.get(name)) for name in names)
    return {name: "\n".join(value) if isinstance(value, list) else value for name, value in found if value is not None}


def _pool(endpoint: Endpoint, size: int, source: str = "") -> _Pool:
    host, port = endpoint.address
    near, more, proxy = (host, port), dict[str, Any](), endpoint.proxy
    if proxy is not None:
        near = proxy.host, proxy.port
        more = {"use_proxy": True, "proxy_user": proxy.user, "proxy_password": proxy.password}
    make: type[_Pool] = _Pool
    if urlsplit(endpoint.origin).scheme == "https":
        make = _SecurePool
        authority = transport.session(endpoint.authority).verify  # the one that all other clients trust
        if isinstance(authority, str) and not Path(authority).is_dir():
            more["ssl_options"] = {"ca_certs": authority}
    pool = make(
        *near,
        host,
        port,
        size=size,
        **more,
        disable_ipv6=bool(source),
        network_timeout=TIMEOUT,
        connection_timeout=TIMEOUT,
    )
    pool.source = source
    return pool


def _credentials(endpoint: Endpoint, value: str, identifier: str) -> str:
    organization = f"{endpoint.organization_header}: {identifier}\r\n" if identifier else ""
    return f"{endpoint.key_header}: {value}\r\n{organization}"


def allow_many() -> None:
    """Each is an open file, of which a process may often have no more than a thousand at first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
