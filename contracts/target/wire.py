"""An answer as the bytes that come, before any library has read them."""

import socket
import time
from contextlib import suppress
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from contracts.target.transport import LONGEST, MOST_BYTES, NoAnswerError, why

IDLE = 2.0  # seconds without a byte, where a server does not close the connection although it was asked to
_BLOCK = 64 << 10


def read(over: requests.Session, request: requests.PreparedRequest) -> bytes:
    """What comes on a connection of its own until that is closed. Raises NoAnswerError, also where a proxy stands
    between: the bytes would be its own."""
    url = str(request.url)
    if over.proxies:
        raise NoAnswerError("a proxy stands between, whose bytes they would be")
    adapter: Any = over.get_adapter(url)
    try:
        pool = adapter.get_connection_with_tls_context(request, over.verify)
        adapter.cert_verify(pool, url, over.verify, None)
        connection = pool._new_conn()  # none of those that other requests share
        connection.timeout = IDLE
        try:
            headers = {**request.headers, "Connection": "close"}
            connection.request(request.method, request.path_url, body=request.body, headers=headers)
            return _until_closed(connection.sock)
        finally:
            connection.close()
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise NoAnswerError(why(error, url, over, IDLE)) from error


def _until_closed(sock: socket.socket) -> bytes:
    came, deadline = bytearray(), time.monotonic() + LONGEST
    with suppress(TimeoutError):
        while len(came) <= MOST_BYTES and time.monotonic() < deadline and (block := sock.recv(_BLOCK)):
            came += block
    return bytes(came)
