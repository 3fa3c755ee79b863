"""What a certain policy's counter held when a request came: bounds, as that moment is not known exactly."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import SLACK, Span, Stream
from loadtests.measure.observation import Observation


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
            case "aligned-fixed-window" if stream.clock:
                self._of = partial(self._by_clock, stream.clock, 0)
            case "sliding-window-counter" if stream.clock:
                self._of = partial(self._by_clock, stream.clock, 1)
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

    def _by_clock(self, clock: Span, older: int, seen: Observation, least: int, most: int) -> Usage | None:
        """`older`: whether the window before counts, too. None where a window begins just then, as it is not sure."""
        early, late = seen.sent + clock[0], seen.received + clock[1]
        begins = early // self._window * self._window
        if late >= begins + self._window or begins - older * self._window < self._stream.begun + clock[1]:
            return None
        (former, before), (low, high) = self._until(begins - self._window, clock), self._until(begins, clock)
        if former != before or low != high:
            return None
        previous = older * (low - former)
        current = max(least - low, 0), most - low
        share = [1 - (at - begins) / self._window for at in (early, late)]
        used = (
            current[0] + math.floor(previous * share[1] - SLACK),
            current[1] + math.floor(previous * share[0] + SLACK),
        )
        full = [self._unused(begins, count, previous, older) for count in current]
        free = [self._frees(begins, count, previous, older) for count in current]
        shift = clock[1], clock[0]
        return Usage(
            (self._left(used[1]), self._left(used[0])),
            (max(full[0] - shift[0], seen.sent), max(full[1] - shift[1], seen.received)),
            (free[0] - late, free[1] - early),
        )

    def _until(self, begins: float, clock: Span) -> tuple[int, int]:
        """Admissions before that Unix time, at least and at most."""
        stream = self._stream
        return bisect_left(stream.latest, begins - clock[1]), bisect_left(stream.earliest, begins - clock[0])

    def _below(self, begins: float, previous: int, units: int) -> float:
        """Unix time in the window that begins then, at which the one before weighs less than so many units."""
        return begins + self._window * (1 - min(1.0, units / previous)) + 2 * SLACK if previous else begins

    def _unused(self, begins: float, current: int, previous: int, older: int) -> float:
        following = begins + self._window
        if not older:
            return following
        return self._below(following, current, 1) if current else self._below(begins, previous, 1)

    def _frees(self, begins: float, current: int, previous: int, older: int) -> float:
        following = begins + self._window
        if current < self._limit:
            return self._below(begins, previous, self._limit - current)
        return self._below(following, current * older, self._limit)

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
