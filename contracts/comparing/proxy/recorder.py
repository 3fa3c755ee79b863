"""Told of every exchange: has it judged, and keeps it where a recording is wanted."""

from collections import deque
from collections.abc import Callable, Sequence

from contracts.comparing.proxy.exchanges import Exchange
from contracts.comparing.proxy.judging import Judge

MOST_EXCHANGES = 10_000  # that are kept, the latest
MOST_KEPT = 16 << 20  # bytes of their bodies in all


class Recorder:
    """`tell` is told, a sentence each, of what becomes of nothing else. `exchanges` are the latest, oldest first."""

    def __init__(self, judge: Judge, tell: Callable[[str], None], *, keep: bool) -> None:
        self.judge = judge
        self.failures = 0
        self.exchanges: deque[Exchange] = deque()
        self._tell = tell
        self._keep = keep
        self._kept = 0

    def of_head(self, exchange: Exchange) -> Sequence[str]:
        return self._judged(lambda: self.judge.of_head(exchange))

    def of_whole(self, exchange: Exchange) -> Sequence[str]:
        self._add(exchange)
        return self._judged(lambda: self.judge.of_whole(exchange))

    def failed(self, exchange: Exchange, trouble: str) -> None:
        exchange.trouble = trouble
        self.failures += 1
        self._add(exchange)
        if exchange.answer is not None:
            self._judged(lambda: self.judge.unframed(exchange, trouble))
        self._tell(self.judge.masked(f"{exchange.method} {exchange.target}: {trouble}"))

    def unasked(self, after: Exchange, length: int) -> None:
        self._judged(lambda: self.judge.unframed(after, f"{length} bytes follow that nobody asked for"))

    def unreachable(self, why: str) -> None:
        """A connection of a client was closed, for there is none to the server."""
        self.failures += 1
        self._tell(why)

    def _add(self, exchange: Exchange) -> None:
        if not self._keep:
            return
        self.exchanges.append(exchange)
        self._kept += _size(exchange)
        while len(self.exchanges) > MOST_EXCHANGES or (self._kept > MOST_KEPT and len(self.exchanges) > 1):
            self._kept -= _size(self.exchanges.popleft())

    def _judged(self, judge: Callable[[], Sequence[str] | None]) -> Sequence[str]:
        try:
            return judge() or ()
        except Exception as error:  # a fault of ours: it must not cost the client its answer
            self._tell(f"kordkit itself failed, please report it: {error!r}")
            return ()


def _size(exchange: Exchange) -> int:
    return len(exchange.request.body) + len(exchange.answer.body if exchange.answer else b"")
