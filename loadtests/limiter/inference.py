"""From one policy's counters to the hypotheses that none of their requests contradicts."""

import math
from collections.abc import Iterator, Sequence

from loadtests.limiter.aligned import aligned_windows
from loadtests.limiter.counting import bucket_bounds, feasible, log_bounds
from loadtests.limiter.fixed import fixed_windows
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import SLACK, Stream


def survivors(streams: Sequence[Stream]) -> frozenset[Hypothesis]:
    """The hypotheses under which all of these counters can have admitted and refused what they did.

    What strangers used before the first request is not known, and could explain any refusal in the first window. So
    only hypotheses count that explain a refusal later than that.
    """
    return frozenset(each for each in _consistent(streams) if _supported(each, streams))


def _supported(hypothesis: Hypothesis, streams: Sequence[Stream]) -> bool:
    return any(
        at.most >= hypothesis.limit and at.moment - stream.begun >= hypothesis.window - SLACK
        for stream in streams
        for at in stream.refusals
    )


def _consistent(streams: Sequence[Stream]) -> Iterator[Hypothesis]:
    refusals = [(at, stream) for stream in streams for at in stream.refusals]
    longest = math.floor(max((at.moment - stream.begun for at, stream in refusals), default=0.0) + SLACK)
    if longest < 1:
        return
    limits = range(1, max(at.most for at, _ in refusals) + 1)

    lower, upper = log_bounds(streams, longest)
    for limit, low, high in feasible(limits, lower, upper):
        yield from (Hypothesis("sliding-window", limit, window) for window in _whole(low, high))

    # Two full windows may meet, so 2 × limit + 1 admissions take one whole window, at least.
    for limit, low, high in feasible(limits, lower, lambda limit: upper(2 * limit)):
        for start, end in fixed_windows(streams, limit, max(low, 1 - 2 * SLACK), high):
            yield from (Hypothesis("fixed-window", limit, window) for window in _whole(start, end))
        for window in aligned_windows(streams, limit, _whole(low, high)):
            yield Hypothesis("aligned-fixed-window", limit, window)

    for limit, low, high in feasible(limits, *bucket_bounds(streams, longest)):
        yield from (Hypothesis("token-bucket", limit, window) for window in _whole(low, high))


def _whole(low: float, high: float) -> range:
    """Whole seconds in (low, high], at least 1."""
    return range(max(1, math.floor(low - SLACK) + 1), math.floor(high + SLACK) + 1)
