"""Requests of the askers of a target, each no earlier than the policies allow that are not asked for."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.probe.target import Asker, Other, Target

GAP = 0.3  # seconds before and after the moment at which a window may end
STEP = 0.001  # seconds between the requests of a burst
STRAGGLER = 0.1  # seconds after a burst: surely behind it
LEADERS = 3  # requests that come one by one


@dataclass(frozen=True, slots=True)
class Planned:
    """`offset` seconds after the round began."""

    offset: float
    key: str
    operation: str
    subject: str


class Asking:
    """One asker's requests go before those of the next.

    One after the other shows what is shared: when the first has been refused, the second still has all of its own.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._turns: dict[Asker, int] = {}
        self._pace = Pace(target.paces)

    def together(
        self,
        start: float,
        count: int,
        askers: Sequence[Asker] | None = None,
        *,
        companions: bool = False,
        lead: float = 0.0,
    ) -> list[Planned]:
        """`lead`: seconds between the first few: where none overtakes another, headers must be exact."""
        made: list[Planned] = []
        first = start
        for asker in askers or self._target.askers:
            offset = first
            for number in range(count):
                few = self._target.companions if companions and count > len(self._target.companions) else ()
                operation = few[number] if number < len(few) else self._target.operation
                made.append(self._one(asker, first + number * STEP + min(number, LEADERS) * lead, operation))
                offset = made[-1].offset
            # Long schedules are interleaved: each burst of one beside the same burst of the other.
            first = (start if self._target.paces else offset) + STRAGGLER
        return made

    def burst(self, asker: Asker, start: float, count: int) -> list[Planned]:
        """As fast as the paces allow."""
        return [self._one(asker, start + number * STEP, self._target.operation) for number in range(count)]

    def length(self, asker: Asker, count: int) -> float:
        """Seconds that such a burst takes, if nothing went before."""
        pace = Pace(self._target.paces)
        return max(pace.next(number * STEP, *_turn(asker, number)) for number in range(count))

    def until_refused(self, start: float, count: int) -> list[Planned]:
        made = self.together(start, count)
        return [*made, *self._stragglers(made[-1].offset)]

    def _stragglers(self, end: float) -> list[Planned]:
        return [
            self._one(asker, end + STRAGGLER * (1 + index), self._target.operation)
            for index, asker in enumerate(self._target.askers)
        ]

    def _one(self, asker: Asker, offset: float, operation: str) -> Planned:
        turn = self._turns[asker] = self._turns.get(asker, -1) + 1
        key, subject = _turn(asker, turn)
        return Planned(self._pace.next(offset, key, subject), key, operation, subject)


def _turn(asker: Asker, number: int) -> tuple[str, str]:
    """Key and subject."""
    return asker.keys[number % len(asker.keys)], asker.subjects[number % len(asker.subjects)]


class Pace:
    """The moments so far: never more of them than the shorter policies admit, whichever way these count."""

    def __init__(self, paces: Sequence[Other]) -> None:
        self._paces = paces
        self._last: dict[tuple[Other, str], deque[float]] = {}

    def next(self, moment: float, key: str, subject: str) -> float:
        """The first moment from this one on at which nothing but the policy in question refuses."""
        counters = [
            (pace, self._last.setdefault((pace, pace.label(key, subject)), deque(maxlen=pace.limit)))
            for pace in self._paces
        ]
        for pace, last in counters:
            if len(last) == pace.limit:
                moment = max(moment, last[0] + pace.window + 2 * GAP)
        for _, last in counters:
            last.append(moment)
        return moment
