"""Two windows of the clock, the older one weighted: which of them can be, and what is used of one.

With N(T) units taken until T, and N' the same at the windows' beginnings and a straight line in between,

    used(T) = N(T) - N'(T - window),

and who finds less than the limit used is admitted. The windows begin at multiples of their length since 1970, by the
server's clock, which its Date headers tell to a part of a second. So one window leaves one range of limits.
"""

import sys
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from loadtests.limiter.stream import SLACK, Refusal, Span, Stream

FEW = 24  # of a stream's admissions and refusals, that rule out most of the windows
ANY = sys.maxsize

Numbers = NDArray[np.float64]


def weighted_windows(streams: Sequence[Stream], clock: Span, longest: int, greatest: int) -> Iterator[tuple[int, int]]:
    """Limits up to `greatest`, windows up to `longest` seconds, under which every stream can have happened."""
    greatest = min(greatest, max(at.most for stream in streams for at in stream.refusals))
    for window in range(1, longest + 1):
        low, high = _limits(streams, clock, window, FEW)
        if low <= min(high, greatest):
            low, high = _limits(streams, clock, window, ANY)
            yield from ((limit, window) for limit in range(low, min(high, greatest) + 1))


def _limits(streams: Sequence[Stream], clock: Span, window: int, few: int) -> tuple[int, int]:
    """The least and the greatest, by about so many requests of each stream."""
    low = max(least(stream, clock, window, few) for stream in streams)
    return low, min(most(stream, clock, window, _some(stream.refusals, few)) for stream in streams)


def least(stream: Stream, clock: Span, window: int, few: int) -> int:
    """Each admission found less than the limit used. Without further ones that only falls: it came late, at best."""
    if not stream.latest:
        return 1
    step = max(1, len(stream.latest) // few)
    late = stream.arrays.latest[::step] + clock[1]
    before = np.arange(0, len(stream.latest), step)
    used = before - _taken(stream.arrays.earliest, late - window, window, clock[0])
    return max(1, int(np.floor(used.max() - SLACK)) + 1)


def most(stream: Stream, clock: Span, window: int, refusals: Sequence[Refusal]) -> int:
    """Each refusal found the limit used, as early as it came at best, or what strangers had taken."""
    early = np.array([at.moment for at in refusals]) + clock[0]
    known = (early // window - 1) * window >= stream.begun + clock[1]
    if not known.any():
        return ANY
    before = np.array([at.most for at in refusals])[known]
    used = before - _taken(stream.arrays.latest, early[known] - window, window, clock[1])
    return int(np.floor(used.min() + SLACK))


def _some(refusals: Sequence[Refusal], few: int) -> Sequence[Refusal]:
    return refusals[:: max(1, len(refusals) // few)]


def _taken(moments: Numbers, at: Numbers, window: int, offset: float) -> Numbers:
    """N' at Unix times. `offset`: what to add to the moments of the admissions."""
    begins = np.floor(at / window) * window
    first = moments.searchsorted(begins - offset)
    then = moments.searchsorted(begins + window - offset)
    taken: Numbers = first + (then - first) * (at - begins) / window
    return taken
