"""A proxy in the test's own process, and sockets at both of its ends."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from contracts.comparing.proxy.connections import Connections
from contracts.comparing.proxy.judging import Judge
from contracts.comparing.proxy.recorder import Recorder
from contracts.comparing.proxy.upstream import Destination
from contracts.spec.contract import Contract

CONTRACT = Contract.load()
PATIENCE = 30.0  # seconds
ELSEWHERE = b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n"


class Proxied(NamedTuple):
    """`told` are the sentences that its user would read."""

    port: int
    recorder: Recorder
    told: list[str]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)


@contextmanager
def proxied(url: str, tls: ssl.SSLContext | None = None) -> Iterator[Proxied]:
    """Before the server at the URL; `tls` is how it is spoken to with https."""
    told: list[str] = []
    recorder = Recorder(Judge(CONTRACT), told.append, keep=True)
    parts = urlsplit(url)
    to = Destination(url, str(parts.hostname), parts.port or 80, tls)
    loop = asyncio.new_event_loop()

    connections = Connections(to, recorder)
    server = loop.run_until_complete(asyncio.start_server(connections.accept, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Proxied(server.sockets[0].getsockname()[1], recorder, told)
    finally:
        asyncio.run_coroutine_threadsafe(connections.end(server), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


def received(connection: socket.socket, until: bytes | int | None = None) -> bytes:
    """What comes: as many bytes, up to these bytes, or until it is closed."""
    came = b""
    while not _is_enough(came, until):
        piece = connection.recv(65_536)
        if not piece:
            break
        came += piece
    return came


def _is_enough(came: bytes, until: bytes | int | None) -> bool:
    return len(came) >= until if isinstance(until, int) else until is not None and until in came


class Server:
    """A raw one, for one connection: `heard` is all that came, `say` goes out as it is."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._connection: socket.socket | None = None

    @property
    def connection(self) -> socket.socket:
        if self._connection is None:
            self._connection, _ = self._listening.accept()
            self._connection.settimeout(PATIENCE)
        return self._connection

    def hear(self, until: bytes | int) -> bytes:
        return received(self.connection, until)

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._listening.close()


def violations(proxy: Proxied) -> set[tuple[str, str]]:
    return {(each.party, each.statement) for each in proxy.recorder.judge.violations}
