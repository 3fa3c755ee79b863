"""The connection to the server that a proxy stands before, plain or over TLS."""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

BLOCK = 64 << 10  # bytes that are read at once


@dataclass(frozen=True, slots=True)
class Destination:
    """`tls` is None for http."""

    origin: str
    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Plain:
    """A connection to a server, over its socket: what has been answered can still be read when nothing more can be
    sent, as where a body is refused before its end. asyncio's streams give up both."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        return await self._loop.sock_recv(self._sock, BLOCK)

    async def write(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._sock, data)

    def finish(self) -> None:
        """Nothing more will be sent."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def hang_up(self) -> None:
        """Whoever is reading comes to the end."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """When nobody reads any more: the next connection may have its number."""
        self._sock.close()


class Secure:
    """The same over TLS, which cannot say that nothing more will be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        return await self._reader.read(BLOCK)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def finish(self) -> None:
        pass

    def hang_up(self) -> None:
        self._writer.close()

    def close(self) -> None:
        """The server is told, and need not agree: one that never does would keep the connection for half a minute."""
        if not self._writer.is_closing():  # who closes twice cannot abort any more
            self._writer.close()
        self._writer.transport.abort()


async def connected(to: Destination) -> Plain | Secure:
    """Raises OSError."""
    if to.tls is not None:
        return Secure(*await asyncio.open_connection(to.host, to.port, ssl=to.tls))
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    for number, (family, kind, protocol, _, address) in enumerate(found, 1):
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except BaseException as error:
            sock.close()
            if number == len(found) or not isinstance(error, OSError):
                raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Plain(sock)
    raise OSError(f"{to.host} has no address")
