"""What several algorithms search in: the streams of one policy's counters, and the bounds that an exact log sets.

For a given limit a log needs a window above some bound, so that every refusal is explained, and not above another, so
that every admission is. Both bounds never fall as the limit grows.
"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from loadtests.limiter.stream import SLACK, Refusal, Stream

STRANGE = 2  # times of being refused that strangers may be the reason for

Bound = Callable[[int], float]  # in seconds, by limit


class Evidence:
    """Windows of at most `longest` seconds are looked at. At least one stream has a refusal."""

    def __init__(self, streams: Sequence[Stream], longest: int) -> None:
        self.streams = streams
        self.longest = longest
        self.limits = range(1, max(at.most for stream in streams for at in stream.refusals) + 1)
        self._together = Together(streams)

    @cached_property
    def most_of_strangers(self) -> int:
        """The greatest limit that is believed.

        What strangers had used explains that little was left at first, and once more when a part of it came back.
        Beyond that they would have had to ask just so that it looks like another policy.
        """
        return min((at.most for stream in self.streams for at in _later(stream, STRANGE)), default=sys.maxsize)

    @cached_property
    def filled(self) -> range:
        """Limits of windows: one that refuses, after another one did, has admitted its whole limit in between."""
        between = [
            late.most - early.least
            for stream in self.streams
            for early, late in pairwise(stream.refusals)
            if late.least > early.most
        ]
        return range(1, min(self.limits.stop, min(between, default=sys.maxsize) + 1))

    def lower(self, limit: int) -> float:
        """Of a log: a refusal needs `limit` admissions in the window before it. That holds for other windows too."""
        if limit > self.most_of_strangers:
            return math.inf
        return self._together.shortest_refusing(limit)

    def upper(self, limit: int) -> float:
        """Of a log: an admission has fewer than `limit` before it in its window, so that any `limit` + 1 of them take
        the whole window."""
        return min(self.longest, self._together.shortest_admitting(limit))

    def between_refusals(self, limit: int) -> float:
        """Of windows: one that refuses has admitted its limit, and so its start is known; it has ended when the next
        request is admitted."""
        return min(self.longest, self._together.shortest_relenting(limit))


class Together:
    """The streams end to end: there may be hundreds of a few admissions each. All times are in seconds."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        counts = [len(stream.latest) for stream in streams]
        refusals = [len(stream.refusals) for stream in streams]
        self._earliest = np.concatenate([stream.arrays.earliest for stream in streams])
        self._latest = np.concatenate([stream.arrays.latest for stream in streams])
        # Which stream each admission is of; of each refusal, where its stream begins and ends, and when it was begun.
        self._stream = np.repeat(np.arange(len(streams)), counts)
        ends = np.cumsum(counts)
        self._first, self._end = np.repeat(ends - counts, refusals), np.repeat(ends, refusals)
        self._begun = np.repeat([stream.begun for stream in streams], refusals)
        self._refused = np.array([at.moment for stream in streams for at in stream.refusals])
        self._least = np.array([at.least for stream in streams for at in stream.refusals], np.int64) + self._first
        self._most = np.array([at.most for stream in streams for at in stream.refusals], np.int64) + self._first

    def shortest_refusing(self, limit: int) -> float:
        """Window in which every refusal has `limit` admissions before it, if need be those of strangers."""
        since = self._begun.copy()
        ours = self._most - limit >= self._first
        since[ours] = self._latest[self._most[ours] - limit]
        return float((self._refused - since).max(initial=0.0))

    def shortest_admitting(self, limit: int) -> float:
        """That any `limit` + 1 admissions of a stream took."""
        took = self._latest[limit:] - self._earliest[:-limit]
        return float(took[self._stream[limit:] == self._stream[:-limit]].min(initial=math.inf))

    def shortest_relenting(self, limit: int) -> float:
        """That `limit` admissions, a refusal and an admission took, where strangers had nothing to do with them."""
        sure = (self._least - limit > self._first) & (self._most < self._end)
        took = self._latest[self._most[sure]] - self._earliest[self._least[sure] - limit]
        return float(took.min(initial=math.inf))


def feasible(limits: range, lower: Bound, upper: Bound) -> Iterator[tuple[int, float, float]]:
    """Limits whose bounds leave room, with the bounds. Skips ahead, as neither bound ever falls."""
    limit = limits.start
    while limit < limits.stop:
        low, high = lower(limit), upper(limit)
        if low < high + SLACK:
            yield limit, low, high
            limit += 1
            continue
        # The next limit that this lower bound allows.
        below, above = limit, limits.stop
        while above - below > 1:
            middle = (below + above) // 2
            if upper(middle) + SLACK > low:
                above = middle
            else:
                below = middle
        limit = above


def whole(low: float, high: float) -> range:
    """Whole seconds in (low, high], at least 1."""
    return range(max(1, math.floor(low - SLACK) + 1), math.floor(high + SLACK) + 1)


def _later(stream: Stream, levels: int) -> Iterator[Refusal]:
    """The refusals after so many times of being refused and admitted again."""
    level, most = 0, -1
    for at in stream.refusals:
        if at.least > most:
            level, most = level + 1, at.most
        if level > levels:
            yield at
