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


_Seen = tuple[str, int]
"""A request's id, and when it arrived."""


class Repeats:
    """`mistakes` by operation, and what is too often there. A question counts while its answer stays the same."""

    def __init__(self, mistakes: Mapping[str, tuple[str, Often]]) -> None:
        self.operations: Collection[str] = frozenset(mistakes)
        self._mistakes = mistakes
        self._asked: Recent[tuple[str, str, str], tuple[int, int, tuple[_Seen, ...]]] = Recent()

    def look(self, entry: Entry) -> Sequence[Sign]:
        if entry.fault is not None or not succeeded(entry):
            return ()
        operation, arrived, answer = entry.operation or "", entry.arrived, hash(entry.answer)
        mistake, often = self._mistakes[operation]
        question = caller(entry), entry.path, entry.query
        seen: tuple[_Seen, ...] = ((entry.request_id, arrived),)
        before = self._asked.get(question)
        if before is not None:
            answered, last, earlier = before
            if answered == answer and arrived - last <= often.seconds * SECOND:
                seen = earlier + seen
        if len(seen) < often.times:
            self._asked.set(question, (answer, arrived, seen))
            return ()
        self._asked.pop(question)
        seconds = (arrived - seen[0][1]) / SECOND
        traces = tuple(Trace(request_id, moment, operation, entry.key_id) for request_id, moment in seen)
        return (Sign(mistake, f"{operation} was asked the same {often.times} times in {seconds:.3g} s", traces),)
