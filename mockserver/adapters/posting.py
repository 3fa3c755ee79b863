"""The only place that sends HTTP on the mock's own account.

Straight to the receiver: the environment's proxies are not asked, redirects are not followed.
"""

import io
import socket
import ssl
import time
from contextlib import closing, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from mockserver.ports import Answer, Post

MOST_READ = 64 * 2**10  # bytes of an answer, of which nothing but the status is wanted


def posted(post: Post, seconds: float) -> Answer:
    began = time.monotonic()
    status, error = None, None
    try:
        status = _status(post, began + seconds)
    except TimeoutError:
        error = f"no answer within {seconds:g} seconds"
    except (OSError, HTTPException, ValueError) as failure:
        error = str(getattr(failure, "strerror", None) or failure) or type(failure).__name__
    return Answer(round((time.monotonic() - began) * 1e9), status, error)


def _status(post: Post, deadline: float) -> int:
    parts = urlsplit(post.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(_connection(parts.scheme, parts.hostname or "", parts.port, _left(deadline))) as connection:
        connection.connect()
        with closing(connection.sock) as sock:
            connection.sock = _Bounded(sock, deadline)
            connection.request(post.method, target, post.body, {**post.headers, "Connection": "close"})
            response = connection.getresponse()
            with suppress(OSError, HTTPException):
                response.read(MOST_READ)
            return response.status


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=seconds, context=_trusting())
    return HTTPConnection(host, port, timeout=seconds)


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    """Raises TimeoutError."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Bounded:
    """A socket on which everything together ends by a deadline: a socket's own timeout begins anew with each byte."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline = deadline

    def close(self) -> None:
        """The connection has done with it before its answer has been read."""

    def sendall(self, data: Any) -> None:
        self._socket.settimeout(_left(self._deadline))
        self._socket.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._socket, self._deadline))


class _Received(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_left(self._deadline))
        return self._socket.recv_into(buffer)
