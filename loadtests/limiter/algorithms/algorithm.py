"""What the verdict has to know of an algorithm.

One more algorithm is one more file beside this one, which calls it ALGORITHM.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from loadtests.limiter.algorithms.evidence import Evidence
from loadtests.limiter.stream import SLACK, Refusal, Span, Stream
from loadtests.measure.observation import Observation


@dataclass(frozen=True, slots=True)
class Usage:
    """Units left; seconds on the timeline when nothing is used any more; seconds until a refused one is admitted."""

    remaining: tuple[int, int]
    full: Span
    wait: Span = (0.0, 0.0)


# Of a request, with the admissions that had gone before it, at least and at most; its own is among them. None where
# it cannot be told.
Holds = Callable[[Observation, int, int], Usage | None]


class Algorithm(ABC):
    """Its policies admit `limit` units in `window` seconds, whatever that means to it."""

    name: str
    """As the contract calls it."""

    by_clock = False
    """Windows begin at multiples of their length since 1970, whoever asks.

    With one unit to give nobody can tell those that do from each other, nor those that do not.
    """

    refills = False
    """Units come back all the time, and not as they were taken."""

    effort = 0
    """Of searching, by order: what takes less is searched first, which often is enough."""

    @abstractmethod
    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        """Limits and windows under which every stream can have happened."""

    def explains(self, limit: int, window: int, stream: Stream, at: Refusal) -> bool:
        """Whether such a policy may have had nothing left. False is sure; true may be a guess.

        A log, and any window, needs `limit` admissions in the window before.
        """
        return window + SLACK > at.moment - stream.since(at.most - limit)

    @abstractmethod
    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        """What one counter held at each of its requests. `refused` are its refusals."""


def units_left(limit: int, used: float) -> int:
    return min(limit, max(0, math.floor(limit - used + SLACK)))


def after_idle(stream: Stream, window: float) -> Iterator[int]:
    """Admissions before which there surely was none for a whole window: nothing was in use."""
    for index, (moment, before) in enumerate(zip(stream.earliest[1:], stream.latest, strict=False), 1):
        if moment - before >= window:
            yield index
