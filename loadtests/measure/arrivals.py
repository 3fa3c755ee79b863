"""When requests are due in an open model: a rate that stays or climbs, and which worker each arrival belongs to.

A rate is written `50/s`, `10..200/s:60s` (from 10 to 200 a second in the course of a minute), or several of these
with commas between them, one after the other: `50/s:10s,300/s:5s,50/s`. Only the last may go on without an end.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from loadtests.measure.recording import Recorder

_PER = {"s": 1, "min": 60, "h": 3600}
_STAGE = re.compile(
    r"(?P<first>\d+(?:\.\d+)?)(?:\.\.(?P<last>\d+(?:\.\d+)?))?/(?P<per>s|min|h)"
    r"(?::(?P<length>\d+(?:\.\d+)?)(?P<unit>s|min|m|h)?)?"
)
_UNITS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Stage:
    """From `first` to `last` arrivals a second within `length` seconds; `length` is inf for one without an end."""

    first: float
    last: float
    length: float = math.inf

    def __post_init__(self) -> None:
        if self.first <= 0 and self.last <= 0:
            raise ValueError("a rate must be more than nothing")
        if self.length <= 0:
            raise ValueError("a stage must last")
        if math.isinf(self.length) and self.first != self.last:
            raise ValueError("a rate that climbs or falls must say for how long, such as 10..200/s:60s")

    @property
    def arrivals(self) -> float:
        return (self.first + self.last) / 2 * self.length

    def moment(self, arrivals: float) -> float:
        """Seconds into the stage at which so many arrivals have been (first·t + (last − first)·t²/2·length)."""
        slope = 0.0 if self.first == self.last else (self.last - self.first) / self.length
        root = math.sqrt(max(self.first**2 + 2 * slope * arrivals, 0.0))
        return 2 * arrivals / (self.first + root) if arrivals else 0.0


def parse(text: str) -> tuple[Stage, ...]:
    """Raises ValueError with a sentence."""
    stages = []
    for part in text.replace(" ", "").split(","):
        found = _STAGE.fullmatch(part)
        if found is None:
            raise ValueError(f"{part or text!r} is no rate such as 50/s, 600/min or 10..200/s:60s")
        per = _PER[found["per"]]
        length = float(found["length"]) * _UNITS[found["unit"]] if found["length"] else math.inf
        try:
            stages.append(Stage(float(found["first"]) / per, float(found["last"] or found["first"]) / per, length))
        except ValueError as error:
            raise ValueError(f"{part}: {error}") from error
    if any(math.isinf(stage.length) for stage in stages[:-1]):
        raise ValueError("only the last part of a rate may go on without an end: 50/s:10s,100/s")
    return tuple(stages)


def due_times(stages: Iterable[Stage], until: float, limit: int, together: int = 1) -> Iterator[float]:
    """Seconds from the start at which each arrival is due: those before `until`, and at most `limit`.

    `together` arrivals come at once, when the first of them is due; the rate stays the same on the whole.
    """
    number, begun, before = 0, 0.0, 0.0  # arrivals given, start of the stage, arrivals in earlier stages
    for stage in stages:
        while number < limit and (of_stage := number - before) < stage.arrivals:
            due = begun + stage.moment(of_stage)
            if due >= until:
                return
            for _ in range(min(together, limit - number)):
                yield due
                number += 1
        before += stage.arrivals
        begun += stage.length


def share(arrivals: Iterable[_T], worker: int, workers: int) -> Iterator[tuple[int, _T]]:
    """The arrivals of one worker, each with its number: arrival i belongs to worker i mod `workers`."""
    return islice(enumerate(arrivals), worker, None, workers)


def portion(whole: int, number: int, of: int) -> int:
    """What number `number` gets when `whole` things are dealt out one by one to `of` of them."""
    return whole // of + (number < whole % of)


class Account:
    """What becomes of each arrival of one worker: planned = sent + dropped, whatever happens.

    At most `limit` are in flight at once: what is due beyond that is dropped. `due` in seconds since the start.
    """

    def __init__(self, recorder: Recorder, limit: int) -> None:
        self._recorder = recorder
        self._limit = limit
        self._unsent: dict[int, int] = {}  # admitted, but not handed to the socket yet, by second
        self.in_flight = 0

    def admit(self, due: float) -> bool:
        """An arrival is due; False: it is dropped."""
        second = int(due)
        if self.in_flight >= self._limit:
            self._recorder.statistics.dropped(second)
            return False
        self.in_flight += 1
        self._unsent[second] = self._unsent.get(second, 0) + 1
        return True

    def sent(self, due: float, delay: float, lag: float) -> None:
        """Handed to the socket `delay` seconds after it was due; the generator itself was late by `lag` of them."""
        second = int(due)
        self._unsent[second] -= 1
        self._recorder.statistics.sent(second, delay * 1000, lag * 1000)

    def finished(self) -> None:
        """Answered, or given up."""
        self.in_flight -= 1

    def close(self) -> None:
        """The run is over: what was not handed to the socket never will be."""
        for second, count in self._unsent.items():
            if count:
                self._recorder.statistics.dropped(second, count)
        self._unsent.clear()
