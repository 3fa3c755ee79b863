"""Two windows of the clock, the older one weighted: which of them can be, and what is used of one.

With N(T) units taken until T, and N' the same at the windows' beginnings and a straight line in between,

    used(T) = N(T) - N'(T - window),

and who finds less than the limit used is admitted. The windows begin at multiples of their length since 1970, by the
server's clock, which its Date headers tell to a part of a second. So one window leaves one range of limits.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from loadtests.limiter.algorithms.algorithm import Algorithm, Holds
from loadtests.limiter.algorithms.by_clock import holds_by_clock
from loadtests.limiter.algorithms.evidence import Evidence
from loadtests.limiter.stream import SLACK, Refusal, Span, Stream
from loadtests.measure.observation import Observation

FEW = (1, 2, 6, 24, 240)  # of a stream's admissions and refusals, that rule out most of the windows
CELLS = 1 << 15  # windows × admissions that are looked at together: what a cache holds
ANY = sys.maxsize

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


class SlidingWindowCounter(Algorithm):
    name = "sliding-window-counter"
    effort = 4
    by_clock = True

    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        if (clock := evidence.streams[0].clock) is not None:
            yield from weighted_windows(evidence.streams, clock, evidence.longest // 2, evidence.most_of_strangers)

    def explains(self, limit: int, window: int, stream: Stream, at: Refusal) -> bool:
        return stream.clock is None or limit <= float(most(stream, stream.clock, np.array([float(window)]), [at])[0])

    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        return holds_by_clock(limit, window, stream, weighted=True)


ALGORITHM = SlidingWindowCounter()


def weighted_windows(streams: Sequence[Stream], clock: Span, longest: int, greatest: int) -> Iterator[tuple[int, int]]:
    """Limits up to `greatest`, windows up to `longest` seconds, under which every stream can have happened."""
    greatest = min(greatest, max(at.most for stream in streams for at in stream.refusals))
    longest_stream = max(len(stream.latest) for stream in streams)
    windows = np.arange(1.0, longest + 1)
    left: list[tuple[Numbers, Numbers, Numbers]] = []
    for few in (*FEW, ANY):  # each looks at the windows that are left only
        parts = np.array_split(windows, len(windows) * min(few, longest_stream) // CELLS + 1)
        left = [_left(streams, clock, part, greatest, few) for part in parts]
        windows = np.concatenate([part for part, _, _ in left])
    for part in left:
        for window, first, last in zip(*part, strict=True):
            yield from ((limit, int(window)) for limit in range(int(first), int(last) + 1))


def _left(
    streams: Sequence[Stream], clock: Span, windows: Numbers, greatest: int, few: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Of these windows those that so few admissions and refusals leave, with the least and greatest limit of each."""
    for stream in streams:
        windows = _roomy(stream, clock, windows, greatest)
    low, high = np.ones_like(windows), np.full_like(windows, greatest)
    for stream in streams:
        low = np.maximum(low, _least(stream, clock, windows, few))
        high = np.minimum(high, most(stream, clock, windows, stream.refusals, few))
        left = low <= high
        windows, low, high = windows[left], low[left], high[left]
        if not windows.size:
            break
    return windows, low, high


def _roomy(stream: Stream, clock: Span, windows: Numbers, greatest: int) -> Numbers:
    """Those in which the last admission may have found less than `greatest` used, were all before its window forgotten.

    It rules out nearly all of the windows of a long run, for a tenth of what `_least` takes.
    """
    forgotten = len(stream.latest) - 1 - greatest
    if forgotten <= 0:
        return windows
    begins = _begins(stream.arrays.latest[-1] + clock[1], windows)
    return windows[begins - clock[0] > stream.earliest[forgotten - 1]]


def _least(stream: Stream, clock: Span, windows: Numbers, few: int) -> Numbers:
    """Each admission found less than the limit used. Without further ones that only falls: it came late, at best."""
    if not stream.latest:
        return np.ones_like(windows)
    step, column = max(1, len(stream.latest) // few), windows[:, None]
    late = stream.arrays.latest[::-step] + clock[1]
    before = np.arange(len(stream.latest))[::-step]
    begins = _begins(late, column)
    first, then = _until(stream.arrays.earliest, begins, column, clock[0])
    used = before - _passed(first, then, late - begins, column) - SLACK * (then > first)
    least: Numbers = np.maximum(1, np.floor(used.max(axis=1)) + 1)
    return least


def most(stream: Stream, clock: Span, windows: Numbers, refusals: Sequence[Refusal], few: int = ANY) -> Numbers:
    """Each refusal found the limit used, as early as it came at best.

    Strangers may have taken a part of it before the run began, but in one window no more than the limit.
    """
    some, column = refusals[:: -max(1, len(refusals) // few)], windows[:, None]
    early, admitted = np.array([at.moment for at in some]) + clock[0], np.array([at.most for at in some])
    begins, begun = _begins(early, column), stream.begun + clock[1]
    first, then = _until(stream.arrays.latest, begins, column, clock[1])
    used = admitted - _passed(first, then, early - begins, column)
    # used <= current + limit * (1 - elapsed), and that is the limit at the least
    with np.errstate(divide="ignore", invalid="ignore"):
        at_best = (admitted - then) * column / (early - begins)
    believed = np.where(begins - column >= begun, used, np.where(begins >= begun, at_best, np.inf))
    greatest: Numbers = np.floor(np.nanmin(believed, axis=1, initial=np.inf) + SLACK)
    return greatest


def _begins(at: Numbers, window: Numbers) -> Numbers:
    """Of the windows that these moments are in. As at // window * window, which takes ten times as long."""
    begins = np.floor(at / window) * window
    begins -= window * (begins > at)  # where the quotient was rounded up to a whole number
    return begins


def _until(moments: Numbers, begins: Numbers, window: Numbers, offset: float) -> tuple[Indices, Indices]:
    """Admissions before the older window and before this one. `offset`: what to add to the moments of admissions."""
    return moments.searchsorted(begins - window - offset), moments.searchsorted(begins - offset)


def _passed(first: Indices, then: Indices, elapsed: Numbers, window: Numbers) -> Numbers:
    """N' a window ago, so many seconds after this one began."""
    taken: Numbers = first + (then - first) * elapsed / window
    return taken
