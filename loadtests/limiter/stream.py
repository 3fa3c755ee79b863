"""The requests to one counter, as far as their moments at the server are known.

A request reached the limiter somewhere in [sent, received]. Which of two overlapping ones came first is not known, but
it need not be: the k-th admission, whichever it was, lies between the k-th smallest `sent` and the k-th smallest
`received`. All that the algorithms are judged by holds for these order statistics.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loadtests.measure.observation import Observation
from loadtests.measure.statuses import DENIED, UNCLEAR

SLACK = 1e-6  # seconds; far below a millisecond, far above what adding floats loses
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not before `moment`, when `least` to `most` admissions had gone before."""

    moment: float
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Arrays:
    """A stream's numbers, for what looks at all of them at once."""

    earliest: NDArray[np.float64]
    latest: NDArray[np.float64]


@dataclass(frozen=True)
class Stream:
    """`earliest[k]` and `latest[k]` bound the moment of admission k; nobody knows what was used before `begun`.

    `clock` bounds the server's Unix time at 0 of the timeline; None: it does not tell.
    """

    earliest: Sequence[float]
    latest: Sequence[float]
    refusals: Sequence[Refusal]
    begun: float
    clock: Span | None = None

    def since(self, index: int) -> float:
        """Latest moment of an admission; what lies before the first was used by strangers, `begun` at the latest."""
        return self.latest[index] if index >= 0 else self.begun

    @cached_property
    def arrays(self) -> Arrays:
        return Arrays(np.array(self.earliest, np.float64), np.array(self.latest, np.float64))

    def refusing(self, refusals: Iterable[Refusal]) -> "Stream":
        """With those refusals, in their order, that this counter has to answer for."""
        # Of those between the same admissions, the last says the most.
        return replace(self, refusals=tuple({(at.least, at.most): at for at in refusals}.values()))

    def place(self, refused: Observation) -> Refusal:
        """Between which admissions it came."""
        least, most = bisect_left(self.latest, refused.sent), bisect_right(self.earliest, refused.received)
        return Refusal(refused.sent, least, most)


def unclear(observation: Observation) -> bool:
    """Whether nobody can tell if it was counted."""
    return observation.meaning in UNCLEAR


def stretch(observations: Iterable[Observation]) -> list[Observation]:
    """The longest run of one counter's requests without an unclear one: what such a one used is what strangers did."""
    longest: list[Observation] = []
    running: list[Observation] = []
    ended = -math.inf
    for observation in sorted(observations, key=lambda seen: seen.sent):
        if unclear(observation):
            clear = [seen for seen in running if seen.received < observation.sent]
            longest, running = max(longest, clear, key=len), []
            ended = max(ended, observation.received)
        elif observation.sent > ended:
            running.append(observation)
    return max(longest, running, key=len)


def stream(
    observations: Sequence[Observation], *, failures: bool, begun: float | None = None, clock: Span | None = None
) -> Stream:
    """Of a stretch, yet without refusals. `begun`: since when nobody but us asks, where that is longer than it."""
    counted = [seen for seen in observations if not seen.refused and (not failures or seen.meaning in DENIED)]
    return Stream(
        sorted(seen.sent for seen in counted),
        sorted(seen.received for seen in counted),
        (),
        min((seen.received for seen in observations), default=0.0) if begun is None else begun,
        clock,
    )
