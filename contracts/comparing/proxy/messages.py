"""Where HTTP/1 messages begin and end in a stream of bytes (RFC 9112, 6), which stays as it is.

h11 reads along: what it has read is told beside the very bytes that it was read from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import h11

LONGEST_HEAD = 1 << 20  # bytes
Event = h11.Request | h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a stream, and what they say; nothing that could be told yet, where that is None."""

    raw: bytes
    event: Event | None = None


class Unreadable(Exception):  # noqa: N818  # it is what came that is wrong
    """What comes is no HTTP/1 any more; `rest` are the bytes that were not told of."""

    def __init__(self, reason: str, rest: bytes) -> None:
        super().__init__(reason)
        self.rest = rest


class Messages:
    """One direction of a connection; `feed` what comes, b"" at its end."""

    def __init__(self) -> None:
        self._parser: h11.Connection | None = None
        self._rest = b""

    def parser(self) -> h11.Connection | None:
        """For the next message; None where none can begin now."""
        raise NotImplementedError

    @property
    def rest(self) -> bytes:
        """What came and begins a message that nobody has asked for."""
        return self._rest

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Raises Unreadable."""
        self._rest += data
        at_end = not data
        while self._rest or at_end:
            if self._parser is None:
                if not self._rest or (parser := self.parser()) is None:
                    return
                self._parser = parser
            yield from self._pieces(self._parser, at_end)
            if self._parser is not None:
                return  # in the midst of a message

    def _pieces(self, parser: h11.Connection, at_end: bool) -> Iterator[Piece]:
        left, self._rest = self._rest, b""
        before, _ = parser.trailing_data
        unread = before + left
        try:
            if left:
                parser.receive_data(left)
            if at_end:
                parser.receive_data(b"")
            while True:
                event = parser.next_event()
                after = len(parser.trailing_data[0])
                raw, unread = unread[: len(unread) - after], unread[len(unread) - after :]
                if isinstance(event, Event):
                    if isinstance(event, h11.EndOfMessage):
                        self._parser, self._rest = None, unread
                    yield Piece(raw, event)
                    if isinstance(event, h11.EndOfMessage):
                        return
                else:  # more is needed, or the connection is closed, or is no HTTP any more
                    if raw:
                        yield Piece(raw)
                    if event is h11.PAUSED:
                        raise Unreadable("it goes over to another protocol", unread)
                    return
        except h11.RemoteProtocolError as error:
            raise Unreadable(str(error), unread) from error


class Requests(Messages):
    def parser(self) -> h11.Connection:
        return h11.Connection(h11.SERVER, LONGEST_HEAD)


class Answers(Messages):
    """To the requests that are `expected`, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: list[h11.Request] = []

    def unasked(self) -> bytes:
        """Takes out what came although nothing was expected."""
        taken, self._rest = self._rest, b""
        return taken

    def parser(self) -> h11.Connection | None:
        if not self.expected:
            return None
        made = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        asked = self.expected.pop(0)
        upgrade = [(name, value) for name, value in asked.headers if name in (b"upgrade", b"connection")]
        made.send(h11.Request(method=asked.method, target=b"/", headers=[(b"host", b"-"), *upgrade]))
        made.send(h11.EndOfMessage())
        return made
