"""What a certain policy's counter held when a request came: bounds, as that moment is not known exactly."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import SLACK, Stream
from loadtests.measure.observation import Observation

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Usage:
    """Units left; seconds on the timeline when nothing is used any more; seconds until a refused one is admitted."""

    remaining: tuple[int, int]
    full: Span
    wait: Span = (0.0, 0.0)


class Usages:
    """One counter under one hypothesis. `refused` are its refusals; they show where fixed windows start."""

    def __init__(self, hypothesis: Hypothesis, stream: Stream, refused: Iterable[Observation]) -> None:
        self._limit, self._window = hypothesis.limit, float(hypothesis.window)
        self._stream = stream
        match hypothesis.algorithm:
            case "fixed-window":
                self._windows = list(_sure_windows(stream, hypothesis, refused))
                self._of = self._fixed
            case "sliding-window":
                self._of = self._sliding
            case "token-bucket":
                rate = self._limit / self._window
                self._filled = next(_after_idle(stream, hypothesis.window), len(stream.earliest))
                self._latest = list(accumulate((rate * at - k for k, at in enumerate(stream.latest)), max))
                self._earliest = list(accumulate((rate * at - k for k, at in enumerate(stream.earliest)), max))
                self._of = self._bucket
            case _:
                self._of = self._unknown

    def of(self, seen: Observation) -> Usage | None:
        """None where it cannot be told: what strangers used, or a window whose start is not sure."""
        least = bisect_left(self._stream.latest, seen.sent) + (not seen.refused)
        most = bisect_right(self._stream.earliest, seen.received)
        return self._of(seen, least, most)

    def _unknown(self, seen: Observation, least: int, most: int) -> Usage | None:
        return None

    def _fixed(self, seen: Observation, least: int, most: int) -> Usage | None:
        index = bisect_right(self._windows, (least - 1, math.inf)) - 1
        if index < 0 or not self._windows[index][0] < least <= most <= self._windows[index][1]:
            return None
        begin, _ = self._windows[index]
        early, late = self._stream.earliest[begin] + self._window, self._stream.latest[begin] + self._window
        if seen.refused and seen.sent > early:
            return None
        return Usage(
            (self._left(most - begin), self._left(least - begin)),
            (early, late),
            (early - seen.received, late - seen.sent),
        )

    def _sliding(self, seen: Observation, least: int, most: int) -> Usage | None:
        earliest, latest, window = self._stream.earliest, self._stream.latest, self._window
        if seen.sent - window < self._stream.begun:
            return None
        used = (
            max(least - bisect_right(earliest, seen.received - window), 0),
            most - bisect_right(latest, seen.sent - window),
        )
        remaining = self._left(used[1]), self._left(used[0])
        if not seen.refused:
            return Usage(remaining, (seen.sent + window, seen.received + window))
        if least < self._limit:
            return None
        frees = earliest[least - self._limit] + window, latest[most - self._limit] + window
        full = earliest[least - 1] + window, latest[most - 1] + window
        return Usage(remaining, full, (frees[0] - seen.received, frees[1] - seen.sent))

    def _bucket(self, seen: Observation, least: int, most: int) -> Usage | None:
        rate = self._limit / self._window
        if least <= self._filled:
            return None
        missing = (
            max(0.0, least + self._earliest[least - 1] - rate * seen.received),
            min(float(self._limit), max(0.0, most + self._latest[most - 1] - rate * seen.sent)),
        )
        lacking = (missing[0] - self._limit + 1) / rate, (missing[1] - self._limit + 1) / rate
        return Usage(
            (self._left(missing[1]), self._left(missing[0])),
            (seen.sent + missing[0] / rate, seen.received + missing[1] / rate),
            lacking,
        )

    def _left(self, used: float) -> int:
        return min(self._limit, max(0, math.floor(self._limit - used + SLACK)))


def _sure_windows(stream: Stream, hypothesis: Hypothesis, refused: Iterable[Observation]) -> Iterator[tuple[int, int]]:
    """First admission of a fixed window and of the next, wherever there is no doubt."""
    earliest, latest, count = stream.earliest, stream.latest, len(stream.earliest)
    window = hypothesis.window
    starts = {at.least for at in map(stream.place, refused) if at.least == at.most}
    starts.update(_after_idle(stream, window))
    end = 0
    for start in sorted(starts):
        begin = start
        while end <= begin < count:
            first = bisect_left(latest, earliest[begin] + window)
            if bisect_left(earliest, latest[begin] + window) != first:
                break
            end = first
            yield begin, end
            begin = end


def _after_idle(stream: Stream, window: int) -> Iterator[int]:
    """Admissions before which there surely was none for a whole window: nothing was in use."""
    for index, (moment, before) in enumerate(zip(stream.earliest[1:], stream.latest, strict=False), 1):
        if moment - before >= window:
            yield index
