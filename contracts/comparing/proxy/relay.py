"""One connection of a client and its own to the server: what comes on one goes out on the other, byte for byte.

The only byte that is not the server's is one header, which names what its answer breaks. It can name what the head
shows, and of a short body that came at once with it what the body shows; nothing else waits for a verdict.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import h11

from contracts.comparing.proxy.exchanges import Exchange, Message, lines_of
from contracts.comparing.proxy.messages import Answers, Piece, Requests, Unreadable
from contracts.comparing.proxy.upstream import BLOCK, Destination, Plain, Secure, connected
from contracts.target.clock import monotonic, unix_seconds

HEADER = "X-Kordkit-Violations"
AT_ONCE = 64 << 10  # bytes of a body that the head may wait for
PATIENCE = 0.005  # seconds that it waits


class Listener(Protocol):
    """Who is told of exchanges."""

    def of_head(self, exchange: Exchange) -> Sequence[str]: ...

    def of_whole(self, exchange: Exchange) -> Sequence[str]:
        """Told once of each, when its answer has come to an end."""

    def failed(self, exchange: Exchange, trouble: str) -> None:
        """It got no whole answer that could be read."""

    def unasked(self, after: Exchange, length: int) -> None:
        """So many bytes came behind its answer that nobody had asked for."""

    def unreachable(self, why: str) -> None: ...


async def _closed(writer: asyncio.StreamWriter) -> None:
    """When all that was said has gone out, or nobody can wait for that: a loop that ends closes no connection."""
    writer.close()
    try:
        await writer.wait_closed()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
    except OSError:
        pass  # the client has gone before


class Relay:
    """Of one connection; `serve` returns when either end is gone."""

    def __init__(self, to: Destination, listener: Listener) -> None:
        self._to = to
        self._listener = listener
        self._requests, self._answers = Requests(), Answers()
        self._open: deque[Exchange] = deque()  # asked, and not answered to the end
        self._asking: Exchange | None = None
        self._held: list[bytes] = []  # the head of a short answer, and what came with it
        self._blind = False  # what comes cannot be told into messages any more
        self._client_done = False
        self._latest: Exchange | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = self._to
        try:
            server = await connected(to)
        except OSError as error:
            # There is no answer, and none is made up: what the client sees is a closed connection.
            self._listener.unreachable(f"{to.origin} cannot be reached: {error.strerror or error}")
            writer.transport.abort()
            return
        up = asyncio.create_task(self._up(reader, server))
        down = asyncio.create_task(self._down(server, writer))
        try:
            await down  # the client may have said all, and still be listening
        except asyncio.CancelledError:
            writer.transport.abort()  # the proxy ends
            raise
        finally:
            for task in (up, down):
                task.cancel()
            try:
                await asyncio.gather(up, down, return_exceptions=True)
            finally:
                server.close()
            for exchange in self._open:
                self._listener.failed(exchange, "the connection ended before its answer")
            await _closed(writer)

    # From the client

    async def _up(self, reader: asyncio.StreamReader, server: Plain | Secure) -> None:
        try:
            while data := await reader.read(BLOCK):
                self._read(data)
                try:
                    await server.write(data)
                except OSError:
                    return  # it wants no more; what it has to say is read yet
        except OSError:
            server.hang_up()  # as the client has
            return
        self._client_done = True
        if self._open or self._blind:
            server.finish()
        else:
            server.hang_up()

    def _read(self, data: bytes) -> None:
        if self._blind:
            return
        try:
            for piece in self._requests.feed(data):
                self._asked(piece)
        except Unreadable:
            self._blind = True  # the server will say what it thinks of it

    def _asked(self, piece: Piece) -> None:
        match piece.event:
            case h11.Request() as event:
                self._asking = Exchange(
                    event.method.decode("latin-1"),
                    event.target.decode("latin-1"),
                    Message(lines_of(event)),
                    unix_seconds(),
                    monotonic(),
                    event.http_version.decode("latin-1"),
                )
                self._open.append(self._asking)
                self._answers.expected.append(event)
            case h11.Data() as event if self._asking is not None:
                self._asking.request.add(bytes(event.data))
            case h11.EndOfMessage() if self._asking is not None:
                self._asking.request.ended = True

    # From the server

    async def _down(self, server: Plain | Secure, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await self._next(server, writer):
                writer.write(self._passed(data))
                await writer.drain()
                if self._client_done and not self._open and not self._blind:
                    return
            writer.write(self._passed(b""))
            await writer.drain()
        except OSError:
            writer.transport.abort()

    async def _next(self, server: Plain | Secure, writer: asyncio.StreamWriter) -> bytes:
        """b"" at its end, which may be an abrupt one: after what came before."""
        try:
            if self._held:
                try:
                    async with asyncio.timeout(PATIENCE):
                        return await server.read()
                except TimeoutError:
                    writer.write(self._released(self._listener.of_head(self._open[0])))
            return await server.read()
        except ConnectionError:
            return b""

    def _passed(self, data: bytes) -> bytes:
        """What goes on to the client of what has come; b"" is the end of the connection."""
        if self._blind:
            return self._released(()) + data
        out = []
        try:
            for piece in self._answers.feed(data):
                out.append(self._answered(piece))
        except Unreadable as error:
            out += [self._released(()), error.rest]
            self._blind = True
            if self._open:
                self._listener.failed(self._open.popleft(), str(error))
            self._open.clear()
        if not self._open and self._answers.rest:
            out.append(unasked := self._answers.unasked())
            if self._latest is not None:
                self._listener.unasked(self._latest, len(unasked))
        if not data:
            out.append(self._released(()))
        return b"".join(out)

    def _answered(self, piece: Piece) -> bytes:
        exchange = self._open[0]
        match piece.event:
            case h11.Response() as event:
                exchange.status, exchange.reason = event.status_code, event.reason.decode("latin-1")
                exchange.answer = Message(lines_of(event))
                self._held = [piece.raw]
                if _comes_at_once(event):
                    return b""
                return self._released(self._listener.of_head(exchange))
            case h11.Data() as event if exchange.answer is not None:
                exchange.answer.add(bytes(event.data))
            case h11.EndOfMessage() if exchange.answer is not None:
                return self._ended(exchange, piece.raw)
        if self._held:
            self._held.append(piece.raw)
            return b""
        return piece.raw

    def _ended(self, exchange: Exchange, raw: bytes) -> bytes:
        assert exchange.answer is not None
        exchange.answer.ended = True
        exchange.seconds = monotonic() - exchange.started
        self._latest = self._open.popleft()
        if self._held:
            return self._released(self._listener.of_whole(exchange)) + raw
        asyncio.get_running_loop().call_soon(self._listener.of_whole, exchange)  # when the last byte is on its way
        return raw

    def _released(self, statements: Sequence[str]) -> bytes:
        """What was held, the header in its head."""
        if not self._held:
            return b""
        head, *rest = self._held
        self._held = []
        if statements:
            blank = b"\r\n" if head.endswith(b"\r\n\r\n") else b"\n"
            head = head[: -len(blank)] + f"{HEADER}: {', '.join(statements)}".encode() + blank + blank
        return head + b"".join(rest)


def _comes_at_once(event: h11.Response) -> bool:
    """Whether its head says that it has a short body, or none."""
    lengths = [value for name, value in event.headers if name == b"content-length"]
    if event.status_code in (204, 304):
        return True
    chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
    return not chunked and len(lengths) == 1 and int(lengths[0]) <= AT_ONCE
