"""What windows of the server's clock hold, whether or not the window before counts, too."""

import math
from bisect import bisect_left

from loadtests.limiter.algorithms.algorithm import Holds, Usage, units_left
from loadtests.limiter.stream import SLACK, Span, Stream
from loadtests.measure.observation import Observation


def holds_by_clock(limit: int, window: int, stream: Stream, *, weighted: bool) -> Holds:
    """`weighted`: the window before counts, too, with what is left of it."""
    return _ByClock(limit, float(window), stream, stream.clock, 1 if weighted else 0) if stream.clock else _unknown


def _unknown(_: Observation, least: int, most: int) -> Usage | None:
    """A server that does not tell its clock."""


class _ByClock:
    """`older`: 1 if the window before counts, else 0."""

    def __init__(self, limit: int, window: float, stream: Stream, clock: Span, older: int) -> None:
        self._limit = limit
        self._window = window
        self._stream = stream
        self._clock = clock
        self._older = older

    def __call__(self, seen: Observation, least: int, most: int) -> Usage | None:
        """None where a window begins just then, as it is not sure."""
        clock, older = self._clock, self._older
        early, late = seen.sent + clock[0], seen.received + clock[1]
        begins = early // self._window * self._window
        if late >= begins + self._window or begins - older * self._window < self._stream.begun + clock[1]:
            return None
        (former, before), (low, high) = self._until(begins - self._window), self._until(begins)
        if former != before or low != high:
            return None
        previous = older * (low - former)
        current = max(least - low, 0), most - low
        share = [1 - (at - begins) / self._window for at in (early, late)]
        used = (
            current[0] + math.floor(previous * share[1] - SLACK),
            current[1] + math.floor(previous * share[0] + SLACK),
        )
        full = [self._unused(begins, count, previous) for count in current]
        free = [self._frees(begins, count, previous) for count in current]
        shift = clock[1], clock[0]
        return Usage(
            (units_left(self._limit, used[1]), units_left(self._limit, used[0])),
            (max(full[0] - shift[0], seen.sent), max(full[1] - shift[1], seen.received)),
            (free[0] - late, free[1] - early),
        )

    def _until(self, begins: float) -> tuple[int, int]:
        """Admissions before that Unix time, at least and at most."""
        stream, clock = self._stream, self._clock
        return bisect_left(stream.latest, begins - clock[1]), bisect_left(stream.earliest, begins - clock[0])

    def _below(self, begins: float, previous: int, units: int) -> float:
        """Unix time in the window that begins then, at which the one before weighs less than so many units."""
        return begins + self._window * (1 - min(1.0, units / previous)) + 2 * SLACK if previous else begins

    def _unused(self, begins: float, current: int, previous: int) -> float:
        following = begins + self._window
        if not self._older:
            return following
        return self._below(following, current, 1) if current else self._below(begins, previous, 1)

    def _frees(self, begins: float, current: int, previous: int) -> float:
        following = begins + self._window
        if current < self._limit:
            return self._below(begins, previous, self._limit - current)
        return self._below(following, current * self._older, self._limit)
