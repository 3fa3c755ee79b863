"""A bucket of `limit` tokens that is filled in one window. Which windows it may have.

For a given limit it needs a window above some bound, so that every refusal is explained, and not above another, so that
every admission is. Both bounds never fall as the limit grows.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate

import numpy as np

from loadtests.limiter.algorithms.algorithm import Algorithm, Holds, Usage, after_idle, units_left
from loadtests.limiter.algorithms.evidence import Bound, Evidence, feasible, whole
from loadtests.limiter.stream import SLACK, Refusal, Stream
from loadtests.measure.observation import Observation

NEXT = 8  # refusals up to which what a bucket gave out after one is counted


class TokenBucket(Algorithm):
    name = "token-bucket"
    effort = 5
    refills = True

    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        for limit, low, high in feasible(evidence.limits, *bucket_bounds(evidence.streams, evidence.longest)):
            yield from ((limit, window) for window in whole(low, high))

    def explains(self, limit: int, window: int, stream: Stream, at: Refusal) -> bool:
        return window + SLACK > _needed(stream, at, limit, _pace(stream, at))

    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        rate = limit / window
        filled = next(after_idle(stream, window), len(stream.earliest))
        latest = list(accumulate((rate * at - k for k, at in enumerate(stream.latest)), max))
        earliest = list(accumulate((rate * at - k for k, at in enumerate(stream.earliest)), max))

        def held(seen: Observation, least: int, most: int) -> Usage | None:
            if least <= filled:
                return None
            missing = (
                max(0.0, least + earliest[least - 1] - rate * seen.received),
                min(float(limit), max(0.0, most + latest[most - 1] - rate * seen.sent)),
            )
            lacking = (missing[0] - limit + 1) / rate, (missing[1] - limit + 1) / rate
            return Usage(
                (units_left(limit, missing[1]), units_left(limit, missing[0])),
                (seen.sent + missing[0] / rate, seen.received + missing[1] / rate),
                lacking,
            )

        return held


ALGORITHM = TokenBucket()


def bucket_bounds(streams: Sequence[Stream], longest: float) -> tuple[Bound, Bound]:
    """Lower and upper bound of the window, in seconds, by limit."""
    fastest = min(map(_fastest_token, streams), default=longest)
    runs = [_Runs(stream) for stream in streams]
    refusals = [(stream, at) for stream in streams for at in stream.refusals]

    @cache
    def pace(index: int) -> float:
        return _pace(*refusals[index])

    def lower(limit: int) -> float:
        window = 0.0
        for index, (stream, at) in enumerate(refusals):
            if limit * pace(index) > window and not _empty(stream, at, limit, window):
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
