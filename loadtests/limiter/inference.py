"""From one policy's counters to the hypotheses that none of their requests contradicts."""

import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

from loadtests.limiter.aligned import aligned_windows
from loadtests.limiter.counting import bucket_bounds, feasible, fixed_bound, log_bounds, most_of_strangers
from loadtests.limiter.fixed import Cuts, fixed_windows
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import SLACK, Stream
from loadtests.limiter.weighted import weighted_windows

SHORTEST = 2  # seconds of a run, in which a window of one second can be seen twice


def survivors(streams: Sequence[Stream]) -> frozenset[Hypothesis]:
    """The hypotheses under which all of these counters can have admitted and refused what they did.

    What strangers used before the first request is not known, and could explain any refusal in the first window. So a
    window needs to be seen twice: nothing is left as long as some hypothesis could be right that has not been. Only of
    sliding windows the longer ones are left out, as strangers could have written any log at all.
    """
    seen = _seen(streams)
    found = frozenset(_consistent(streams, seen))
    return found if any(2 * each.window <= seen for each in found) else frozenset()


def possible(streams: Sequence[Stream], longest: int) -> bool:
    """Whether any hypothesis, of a window of so many seconds at the most, is not contradicted."""
    refused = any(stream.refusals for stream in streams)  # else there is nothing that could contradict one
    return longest < SHORTEST or not refused or any(True for _ in _consistent(streams, longest))


def _seen(streams: Sequence[Stream]) -> int:
    """Whole seconds from the first request to the last refusal."""
    return math.floor(
        max((at.moment - stream.begun for stream in streams for at in stream.refusals), default=0) + SLACK
    )


def _consistent(streams: Sequence[Stream], longest: int) -> Iterator[Hypothesis]:
    if longest < SHORTEST:
        return
    limits = range(1, max(at.most for stream in streams for at in stream.refusals) + 1)

    lower, upper = log_bounds(streams, longest)
    for limit, low, high in feasible(limits, lower, upper):
        yield from (Hypothesis("sliding-window", limit, window) for window in _whole(low, min(high, longest / 2)))

    filled = range(1, min(limits.stop, _most_between_refusals(streams) + 1))
    cuts = [Cuts(stream) for stream in streams]
    for limit, low, high in feasible(filled, lower, fixed_bound(streams, upper)):
        for start, end in fixed_windows(cuts, limit, max(low, 1 - 2 * SLACK), high):
            yield from (Hypothesis("fixed-window", limit, window) for window in _whole(start, end))
    for limit, low, high in feasible(filled, lower, lambda limit: upper(2 * limit)):
        for window in aligned_windows(streams, limit, _whole(low, high)):
            yield Hypothesis("aligned-fixed-window", limit, window)

    if (clock := streams[0].clock) is not None:
        for limit, window in weighted_windows(streams, clock, longest // 2, most_of_strangers(streams)):
            yield Hypothesis("sliding-window-counter", limit, window)

    for limit, low, high in feasible(limits, *bucket_bounds(streams, longest)):
        yield from (Hypothesis("token-bucket", limit, window) for window in _whole(low, high))


def _most_between_refusals(streams: Sequence[Stream]) -> int:
    """A fixed window that refuses, after another one did, has admitted its whole limit in between."""
    most = [
        late.most - early.least
        for stream in streams
        for early, late in pairwise(stream.refusals)
        if late.least > early.most
    ]
    return min(most, default=sys.maxsize)


def _whole(low: float, high: float) -> range:
    """Whole seconds in (low, high], at least 1."""
    return range(max(1, math.floor(low - SLACK) + 1), math.floor(high + SLACK) + 1)
