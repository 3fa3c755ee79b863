"""Which windows two of the algorithms leave possible: an exact log, and a bucket.

For a given limit both need a window above some bound, so that every refusal is explained, and not above another, so
that every admission is. Both bounds never fall as the limit grows.
"""

import math
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from loadtests.limiter import weighted
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import SLACK, Refusal, Stream

STRANGE = 2  # times of being refused that strangers may be the reason for
NEXT = 8  # refusals up to which what a bucket gave out after one is counted

Bound = Callable[[int], float]


def log_bounds(streams: Sequence[Stream], longest: float) -> tuple[Bound, Bound]:
    """Lower and upper bound of a sliding window, in seconds, by limit.

    A refusal needs `limit` admissions in the window before it; that holds for a fixed window too. An admission has
    fewer than `limit` before it in its window: any `limit` + 1 of them take the whole window.
    """
    own = most_of_strangers(streams)
    known = [stream.arrays for stream in streams]

    def lower(limit: int) -> float:
        if limit > own:
            return math.inf
        return max(float((each.refused - each.since(each.most - limit)).max(initial=0.0)) for each in known)

    def upper(limit: int) -> float:
        return min(float((each.latest[limit:] - each.earliest[:-limit]).min(initial=longest)) for each in known)

    return lower, upper


def most_of_strangers(streams: Sequence[Stream]) -> int:
    """The greatest limit that is believed.

    What strangers had used explains that little was left at first, and once more when a part of it came back. Beyond
    that they would have had to ask just so that it looks like another policy.
    """
    return min((at.most for stream in streams for at in _later(stream, STRANGE)), default=sys.maxsize)


def _later(stream: Stream, levels: int) -> Iterator[Refusal]:
    """The refusals after so many times of being refused and admitted again."""
    level, most = 0, -1
    for at in stream.refusals:
        if at.least > most:
            level, most = level + 1, at.most
        if level > levels:
            yield at


def fixed_bound(streams: Sequence[Stream], upper: Bound) -> Bound:
    """Upper bound of a fixed window, from that of a sliding one; the lower bound is the same.

    Two full ones may meet, so 2 × `limit` + 1 admissions take one whole window, at least. One that refuses has admitted
    its limit, and so its start is known; it has ended when the next request is admitted.
    """
    known = [stream.arrays for stream in streams]

    def ended(limit: int) -> float:
        window = upper(2 * limit)
        for each in known:
            # Those that strangers had nothing to do with, and that an admission follows.
            sure = (each.least > limit) & (each.most < len(each.latest))
            spans = each.latest[each.most[sure]] - each.earliest[each.least[sure] - limit]
            window = min(window, float(spans.min(initial=window)))
        return window

    return ended


def bucket_bounds(streams: Sequence[Stream], longest: float) -> tuple[Bound, Bound]:
    """As `log_bounds`, of a bucket of `limit` tokens that is filled in one window."""

    fastest = min(map(_fastest_token, streams), default=longest)
    runs = [_Runs(stream) for stream in streams]
    refusals = [(stream, at) for stream in streams for at in stream.refusals]

    @cache
    def pace(index: int) -> float:
        return _pace(*refusals[index])

    def lower(limit: int) -> float:
        window = 0.0
        for index, (stream, at) in enumerate(refusals):
            if not _empty(stream, at, limit, window):
                window = max(window, _needed(stream, at, limit, pace(index)))
                if window > limit * fastest + SLACK:
                    return math.inf
        return window

    def upper(limit: int) -> float:
        window = min(longest, limit * fastest)
        for each in runs:
            window = each.slowest(limit, window)
        return window

    return lower, upper


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


def explains(hypothesis: Hypothesis, stream: Stream, at: Refusal) -> bool:
    """Whether such a policy may have had nothing left. False is sure; for a fixed window, true is a guess."""
    if hypothesis.algorithm == "token-bucket":
        needed = _needed(stream, at, hypothesis.limit, _pace(stream, at))
    elif hypothesis.algorithm == "sliding-window-counter":
        windows = np.array([float(hypothesis.window)])
        return stream.clock is None or hypothesis.limit <= float(weighted.most(stream, stream.clock, windows, [at])[0])
    else:
        needed = at.moment - stream.since(at.most - hypothesis.limit)
    return hypothesis.window + SLACK > needed


class _Runs:
    """The runs of a stream's admissions that took the most tokens for their time: (admissions, seconds) of each.

    Few of them decide for all limits and windows, so those that did are looked at first.
    """

    def __init__(self, stream: Stream) -> None:
        self._earliest, self._latest = stream.arrays.earliest, stream.arrays.latest
        self._number = np.arange(len(self._latest))
        self._decided: list[tuple[int, float]] = []

    def slowest(self, limit: int, window: float) -> float:
        """Up to `window` seconds. Admissions k to l need l − k + 1 tokens: the bucket's and what came in between.

        Newton's way to the minimum.
        """
        if len(self._latest) <= limit:
            return window
        while window > SLACK:
            rate = limit / window
            most = limit + SLACK * max(1.0, rate)
            greedy = max(self._decided, key=lambda run: run[0] - rate * run[1], default=(0, 0.0))
            if greedy[0] - rate * greedy[1] <= most:
                greedy = self._greediest(rate)
                if greedy[0] - rate * greedy[1] <= most:
                    return window
                self._decided.append(greedy)
            window = limit * greedy[1] / (greedy[0] - limit)
        return 0.0

    def _greediest(self, rate: float) -> tuple[int, float]:
        """The run that lacks the most: over k and l, (l − k + 1) − rate × (latest[l] − earliest[k])."""
        starts = rate * self._earliest - self._number
        lacks = np.maximum.accumulate(starts) - rate * self._latest + self._number
        last = int(lacks.argmax())
        first = int(starts[: last + 1].argmax())
        return last - first + 1, float(self._latest[last] - self._earliest[first])


def _fastest_token(stream: Stream) -> float:
    """Seconds that a token takes at most: after a refusal there is less than one, and what is given then came since."""
    seconds = math.inf
    later: deque[int] = deque(maxlen=NEXT)
    for at in reversed(stream.refusals):
        for most in later:
            if most > at.most + 1:
                seconds = min(seconds, (stream.latest[most - 1] - at.moment) / (most - 1 - at.most))
        later.append(at.most)
    return seconds


def _needed(stream: Stream, at: Refusal, limit: int, pace: float) -> float:
    """A refusal needs a bucket with less than a token.

    Either it was last full before some admission, or never since strangers had emptied it.
    """
    whole = max(0, at.most - limit + 1)
    since = (at.moment - stream.arrays.latest[:whole]) / np.arange(whole, 0, -1)
    return limit * float(since.min(initial=pace))


def _pace(stream: Stream, at: Refusal) -> float:
    """Seconds that a token takes at least, in a bucket never full: an admission leaves it with none at the least."""
    since = (at.moment - stream.arrays.latest[: at.most]) / np.arange(at.most, 0, -1)
    return max((at.moment - stream.begun) / (at.most + 1), float(since.max(initial=0.0)))


def _empty(stream: Stream, at: Refusal, limit: int, window: float) -> bool:
    """A cheap yes: the few admissions that most often decide."""
    whole = at.most - limit + 1
    return any(limit * (at.moment - stream.latest[k]) < window * (whole - k) for k in (0, whole - 1) if 0 <= k < whole)
