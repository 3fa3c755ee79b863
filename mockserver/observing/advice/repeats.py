"""The same question again and again: webhooks tell of bookings, and what does not change can be kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent, caller, succeeded
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND


class Often(NamedTuple):
    """So many times, each at most so many seconds after the one before."""

    times: int
    seconds: float


class Repeats:
    """`mistakes` by operation, and what is too often there. A question counts while its answer stays the same."""

    def __init__(self, mistakes: Mapping[str, tuple[str, Often]]) -> None:
        self.operations: Collection[str] = frozenset(mistakes)
        self._mistakes = mistakes
        self._asked: Recent[tuple[str, str, str], tuple[int, tuple[Trace, ...]]] = Recent()

    def look(self, entry: Entry) -> Sequence[Sign]:
        operation = entry.operation
        if operation is None or entry.fault is not None or not succeeded(entry):
            return ()
        mistake, often = self._mistakes[operation]
        traces: tuple[Trace, ...] = (Trace.of(entry),)
        question, answer = (caller(entry), entry.path, entry.query), hash(entry.answer)
        before = self._asked.get(question)
        if before is not None:
            answered, earlier = before
            if answered == answer and entry.arrived - earlier[-1].arrived <= often.seconds * SECOND:
                traces = (*earlier, *traces)
        if len(traces) < often.times:
            self._asked.set(question, (answer, traces))
            return ()
        self._asked.pop(question)
        seconds = (entry.arrived - traces[0].arrived) / SECOND
        return (Sign(mistake, f"{operation} was asked the same {often.times} times in {seconds:.3g} s", traces),)
