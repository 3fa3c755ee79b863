"""Which windows leave a fixed window possible: one that starts with its first request.

The sorted admissions are cut into windows. A window that starts with admission k ends before the admission that starts
the next one; it holds at most `limit`, exactly as many if it ever refused. All ways of cutting are followed together,
each with the range that is left for the window's length.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from loadtests.limiter.algorithms.algorithm import Algorithm, Holds, Usage, after_idle, units_left
from loadtests.limiter.algorithms.evidence import Evidence, feasible, whole
from loadtests.limiter.stream import SLACK, Refusal, Stream
from loadtests.measure.observation import Observation

Ranges = list[tuple[float, float]]  # low < window <= high, disjoint, ascending

MOST_STEPS = 5_000  # beyond which a limit is left standing rather than judged


class FixedWindow(Algorithm):
    name = "fixed-window"
    effort = 2

    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        cuts = [Cuts(stream) for stream in evidence.streams]
        for limit, low, high in feasible(evidence.filled, evidence.lower, lambda limit: _longest(evidence, limit)):
            for start, end in fixed_windows(cuts, limit, max(low, 1 - 2 * SLACK), high):
                yield from ((limit, window) for window in whole(start, end))

    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        windows = list(_sure_windows(stream, window, refused))

        def held(seen: Observation, least: int, most: int) -> Usage | None:
            index = bisect_right(windows, (least - 1, math.inf)) - 1
            if index < 0 or not windows[index][0] < least <= most <= windows[index][1]:
                return None
            begin, _ = windows[index]
            early, late = stream.earliest[begin] + window, stream.latest[begin] + window
            if seen.refused and seen.sent > early:
                return None
            return Usage(
                (units_left(limit, most - begin), units_left(limit, least - begin)),
                (early, late),
                (early - seen.received, late - seen.sent),
            )

        return held


ALGORITHM = FixedWindow()


def _longest(evidence: Evidence, limit: int) -> float:
    """Two full ones may meet, so 2 × `limit` + 1 admissions take one whole window, at least."""
    return min(evidence.upper(2 * limit), evidence.between_refusals(limit))


def _sure_windows(stream: Stream, window: int, refused: Iterable[Observation]) -> Iterator[tuple[int, int]]:
    """First admission of a window and of the next, wherever there is no doubt: refusals show where they start."""
    earliest, latest, count = stream.earliest, stream.latest, len(stream.earliest)
    starts = {at.least for at in map(stream.place, refused) if at.least == at.most}
    starts.update(after_idle(stream, window))
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


def fixed_windows(streams: Sequence["Cuts"], limit: int, low: float, high: float) -> Ranges:
    """Of windows in (low, high], those under which every stream can have happened."""
    left: Ranges = [(low, high)]
    for cuts in streams:
        left = [kept for start, end in left for kept in cuts.windows(limit, start, end)]
        if not left:
            break
    return _joined(left)


class Cuts:
    """The ways to cut one stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._count = len(stream.earliest)
        # A refusal strictly inside of a window, with admissions after it, cannot be: by what comes before it, the
        # furthest that a window may reach.
        reach = [self._count] * (self._count + 1)
        self._refused: dict[int, list[Refusal]] = {}
        for at in stream.refusals:
            if at.least:
                reach[at.least - 1] = min(reach[at.least - 1], at.most)
            self._refused.setdefault(at.most, []).append(at)
        # Element k: of the refusals that come after admission k.
        self._reach = list(accumulate(reversed(reach), min))[::-1]
        self._first = min((at.most for at in stream.refusals), default=self._count)
        self._reaches = np.array(self._reach)

    def windows(self, limit: int, low: float, high: float) -> Ranges:
        waiting: dict[int, Ranges] = {0: [(low, high)]}
        begins = [0]  # a heap of the keys of `waiting`

        def wait(end: int, start: float, until: float) -> None:
            if end not in waiting:
                waiting[end] = []
                heappush(begins, end)
            waiting[end].append((start, until))

        for cut in self._unknown_window(limit, low, high):
            wait(*cut)
        steps = 0
        while begins and (begin := heappop(begins)) < self._count:
            for kept in _joined(waiting.pop(begin)):
                for cut in self._window(limit, begin, *kept):
                    steps += 1
                    wait(*cut)
            if steps > MOST_STEPS:
                return [(low, high)]
        return _joined(waiting.get(self._count, []))

    def _unknown_window(self, limit: int, low: float, high: float) -> Iterator[tuple[int, float, float]]:
        """What was under way at the start: begun by strangers, with part of the limit used."""
        begun = self._stream.since(-1)
        for end in self._viable(np.arange(1, min(self._first, limit, self._count) + 1), limit, low, high):
            # It holds the admissions before `end`, and must have ended when that one came.
            start = max(low, self._stream.earliest[end - 1] - begun, self._last_refusal(0, end) - begun)
            if start >= high + SLACK:
                return
            yield end, start, high

    def _viable(self, begins: NDArray[np.int64], limit: int, low: float, high: float) -> Iterator[int]:
        """Those from which a window can start and end: a quick look at all of them at once."""
        earliest, latest = self._stream.arrays.earliest, self._stream.arrays.latest
        inner = begins[begins < self._count]
        first = np.maximum(inner + 1, latest.searchsorted(earliest[inner] + low - SLACK))
        last = np.minimum(inner + limit, earliest.searchsorted(latest[inner] + high, "right"))
        yield from map(int, inner[first <= np.minimum(last, self._reaches[inner])])
        yield from map(int, begins[begins >= self._count])

    def _window(self, limit: int, begin: int, low: float, high: float) -> Iterator[tuple[int, float, float]]:
        """The ends, and the windows they allow, of the window that admission `begin` starts."""
        earliest, latest = self._stream.earliest, self._stream.latest
        first = max(begin + 1, bisect_left(latest, earliest[begin] + low - SLACK))
        last = min(begin + limit, self._reach[begin], bisect_right(earliest, latest[begin] + high))
        for end in range(first, last + 1):
            full = end == begin + limit
            start = max(low, earliest[end - 1] - latest[begin])
            until = high if end == self._count else min(high, latest[end] - earliest[begin])
            refused = self._last_refusal(begin, end)
            if refused > -math.inf and not full:
                continue
            start = max(start, refused - latest[begin])
            if math.floor(start - SLACK) < math.floor(until + SLACK):  # a whole second is left
                yield end, start, until

    def _last_refusal(self, begin: int, end: int) -> float:
        """Of the refusals that no other window can have made than the one from `begin` to `end`."""
        if end not in self._refused:  # as most are
            return -math.inf
        return max((at.moment for at in self._refused[end] if at.least > begin), default=-math.inf)


def _joined(ranges: Ranges) -> Ranges:
    joined: Ranges = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return joined
