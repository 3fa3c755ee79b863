"""Which windows leave a fixed window possible: one that starts with its first request.

The sorted admissions are cut into windows. A window that starts with admission k ends before the admission that starts
the next one; it holds at most `limit`, exactly as many if it ever refused. All ways of cutting are followed together,
each with the range that is left for the window's length.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from loadtests.limiter.stream import SLACK, Refusal, Stream

Ranges = list[tuple[float, float]]  # low < window <= high, disjoint, ascending

MOST_STEPS = 5_000  # beyond which a limit is left standing rather than judged


def fixed_windows(streams: Sequence[Stream], limit: int, low: float, high: float) -> Ranges:
    """Of windows in (low, high], those under which every stream can have happened."""
    left: Ranges = [(low, high)]
    for stream in streams:
        left = [kept for start, end in left for kept in _Cuts(stream, limit).windows(start, end)]
        if not left:
            break
    return _joined(left)


class _Cuts:
    """The ways to cut one stream for one limit."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream, self._limit = stream, limit
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

    def windows(self, low: float, high: float) -> Ranges:
        if not self._count:
            return [(low, high)]
        waiting: dict[int, Ranges] = {0: [(low, high)]}
        for end, start, until in self._unknown_window(low, high):
            waiting.setdefault(end, []).append((start, until))
        steps = 0
        for begin in range(self._count):
            for kept in _joined(waiting.pop(begin, [])):
                for end, start, until in self._window(begin, *kept):
                    steps += 1
                    waiting.setdefault(end, []).append((start, until))
            if steps > MOST_STEPS:
                return [(low, high)]
        return _joined(waiting.get(self._count, []))

    def _unknown_window(self, low: float, high: float) -> Iterator[tuple[int, float, float]]:
        """What was under way at the start: begun by strangers, with part of the limit used."""
        begun = self._stream.since(-1)
        for end in range(1, min(self._first, self._limit, self._count) + 1):
            # It holds the admissions before `end`, and must have ended when that one came.
            start = max(low, self._stream.earliest[end - 1] - begun, self._last_refusal(0, end) - begun)
            if start >= high + SLACK:
                return
            yield end, start, high

    def _window(self, begin: int, low: float, high: float) -> Iterator[tuple[int, float, float]]:
        """The ends, and the windows they allow, of the window that admission `begin` starts."""
        earliest, latest = self._stream.earliest, self._stream.latest
        first = max(begin + 1, bisect_left(latest, earliest[begin] + low - SLACK))
        last = min(begin + self._limit, self._reach[begin], bisect_right(earliest, latest[begin] + high))
        for end in range(first, last + 1):
            full = end == begin + self._limit
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
        return max((at.moment for at in self._refused.get(end, ()) if at.least > begin), default=-math.inf)


def _joined(ranges: Ranges) -> Ranges:
    joined: Ranges = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return joined
