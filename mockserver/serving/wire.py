"""What happens to an answer between server and client: it waits, trickles, is cut short, or does not come at all."""

import heapq
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from mockserver.web.api.exchange import Wire

_PIECES = 20  # that a body is sent in which takes its time
_NO_LINGER = struct.pack("ii", 1, 0)  # on, for no seconds: closing resets the connection
_OVER_SECONDS = 0.2  # until granian has seen that the connection is over, and does not answer any more


class Later:
    """Calls what is due, in one thread for all: an answer that waits holds none."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._started = False

    def call(self, seconds: float, what: Callable[[], None]) -> None:
        """`what` must not raise."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), what))
            self._changed.notify()
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="later", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            return heapq.heappop(self._due)[2]


class Wires:
    """Sends answers as their Wire wants it. Where granian cannot be loaded, waitress sends them as if they had none."""

    def __init__(self) -> None:
        self._later = Later()

    def send(self, wire: Wire, request: Any, status: int, fields: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        def now() -> None:
            with suppress(Exception):  # the client may be gone by now
                if wire.reset or wire.close:
                    self._end(request, reset=wire.reset)
                    return
                request.proto.send({"type": "http.response.start", "status": status, "headers": list(fields)})
                cut = len(body) if wire.cut is None else wire.cut
                # The length that was announced does not come: so granian closes the connection.
                self._pieces(request, body[:cut], wire.spread, unfinished=cut < len(body))

        self._later.call(wire.delay, now)

    def _pieces(self, request: Any, body: bytes, seconds: float, *, unfinished: bool) -> None:
        """The body within so many seconds, the first piece at once and the last at their end."""
        last = max(min(_PIECES, len(body)) - 1, 0) if seconds else 0
        edges = [len(body) * number // (last + 1) for number in range(last + 2)]

        def send(number: int) -> None:
            piece = {
                "type": "http.response.body",
                "body": body[edges[number] : edges[number + 1]],
                "more_body": unfinished or number < last,
            }
            with suppress(Exception):  # the client may be gone by now
                request.proto.send(piece)
            if number == last:
                request.done()
            else:
                self._later.call(seconds / last, partial(send, number + 1))

        send(0)

    def _end(self, request: Any, *, reset: bool) -> None:
        """Of what the client sends nothing more is read; so granian closes the connection, which resets it or not."""
        connection = _connection(request.scope["client"])
        try:
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            connection.shutdown(socket.SHUT_RD)
        finally:
            connection.close()
        self._later.call(_OVER_SECONDS, request.done)


def _connection(client: tuple[str, str]) -> socket.socket:
    """Another descriptor of the connection with that client: granian does not hand its own out.

    Raises ConnectionError where there is none any more.
    """
    for file in Path("/dev/fd").iterdir():
        with suppress(OSError):  # it has been closed
            if not stat.S_ISSOCK(os.fstat(int(file.name)).st_mode):
                continue  # of what is no socket, fromfd would leave a descriptor behind
            found = socket.fromfd(int(file.name), socket.AF_INET, socket.SOCK_STREAM)  # whichever it is of
            if _is_of(found, client):
                return found
            found.close()
    raise ConnectionError("the connection is closed")


def _is_of(found: socket.socket, client: tuple[str, str]) -> bool:
    try:
        peer = found.getpeername()
    except OSError:
        return False
    return isinstance(peer, tuple) and (peer[0], str(peer[1])) == (client[0], str(client[1]))
