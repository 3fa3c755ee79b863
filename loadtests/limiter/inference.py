"""From one policy's counters to the hypotheses that none of their requests contradicts."""

import math
from collections.abc import Iterator, Sequence

from loadtests.limiter.algorithms.evidence import Evidence
from loadtests.limiter.algorithms.table import ALGORITHMS
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import SLACK, Stream

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
    evidence = Evidence(streams, longest)
    for name, algorithm in ALGORITHMS.items():
        yield from (Hypothesis(name, limit, window) for limit, window in algorithm.policies(evidence))
