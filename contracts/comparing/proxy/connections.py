"""The connections that a proxy relays: when it ends, none is left open."""

import asyncio
from functools import partial

from contracts.comparing.proxy.relay import Listener, Relay
from contracts.comparing.proxy.upstream import Destination

_STEPS = 4  # that asyncio's loop takes for either


class Connections:
    def __init__(self, to: Destination, listener: Listener) -> None:
        self._to = to
        self._listener = listener
        self._open: set[asyncio.Task[None]] = set()
        self._ending = False

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """For asyncio's start_server. Were this a coroutine, one that is cancelled before it began would close
        nothing."""
        if self._ending:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(Relay(self._to, self._listener).serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(partial(self._over, writer))

    async def end(self, server: asyncio.Server) -> None:
        """`server` accepts no more, then what is open is closed: asyncio's servers lose what they have just accepted
        when they are closed."""
        self._ending = True
        for listening in server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        await _settled()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await _settled()

    def _over(self, writer: asyncio.StreamWriter, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        writer.transport.abort()


async def _settled() -> None:
    """What has been accepted has come to `accept`, what has been aborted to its end."""
    for _ in range(_STEPS):
        await asyncio.sleep(0)
