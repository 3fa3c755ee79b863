"""Which windows leave a fixed window possible that is aligned to the clock: one boundary every `window` seconds.

All counters share the boundaries. `limit` + 1 admissions have a boundary among them, and so have a refusal and the next
admission; a refusal has none between it and the `limit`-th admission before it. What is left to find is a phase that
meets every one of these.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from loadtests.limiter.algorithms.algorithm import Algorithm, Holds
from loadtests.limiter.algorithms.by_clock import holds_by_clock
from loadtests.limiter.algorithms.evidence import Evidence, feasible, whole
from loadtests.limiter.stream import SLACK, Span, Stream
from loadtests.measure.observation import Observation

MOST_SPANS = 500  # of one stream, the narrowest, that are looked at
MOST_PLACES = 48  # of boundaries that are looked at, the narrowest


class AlignedFixedWindow(Algorithm):
    name = "aligned-fixed-window"
    effort = 3
    by_clock = True

    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        # Two full ones may meet, so 2 × `limit` + 1 admissions take one whole window, at least.
        for limit, low, high in feasible(evidence.filled, evidence.lower, lambda limit: evidence.upper(2 * limit)):
            for window in aligned_windows(evidence.streams, limit, whole(low, high)):
                yield limit, window

    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        return holds_by_clock(limit, window, stream, weighted=False)


ALGORITHM = AlignedFixedWindow()


def aligned_windows(streams: Sequence[Stream], limit: int, windows: range) -> Iterator[int]:
    """Of whole seconds, those with a phase under which every stream can have happened."""
    within = _smallest(
        span
        for stream in streams
        for span in chain(_narrowest(stream, limit, windows.stop), _relenting(stream))
        if span[1] - span[0] < windows.stop
    )
    # Before `begun` strangers may have used what a refusal lacks.
    without = _united(
        (stream.since(at.most - limit) + SLACK, at.moment - SLACK) for stream in streams for at in stream.refusals
    )
    within = sorted(_merged(within, windows.start), key=lambda span: span[1] - span[0])[:MOST_PLACES]
    # Windows of the server's own clock, as far as it tells it, begin at multiples of their length since 1970.
    known = [(-clock[1], -clock[0])] if (clock := streams[0].clock) else []
    without.sort(key=lambda span: span[0] - span[1])  # what leaves least comes first
    if without:
        windows = range(max(windows.start, math.ceil(without[0][1] - without[0][0])), windows.stop)
    for window in _candidates(within, windows):
        if _phase([*known, *within], without, window):
            yield window


def _narrowest(stream: Stream, limit: int, window: int) -> Iterator[Span]:
    """Of `limit` + 1 admissions each, if less than a window apart."""
    low, high = stream.arrays.earliest[:-limit], stream.arrays.latest[limit:]
    width = high - low
    few = np.argpartition(width, MOST_SPANS)[:MOST_SPANS] if width.size > MOST_SPANS else np.arange(width.size)
    few = few[width[few] < window]
    yield from zip(low[few].tolist(), high[few].tolist(), strict=True)


def _relenting(stream: Stream) -> Iterator[Span]:
    """From a refusal to the next admission."""
    for at in stream.refusals:
        if at.most < len(stream.latest):
            yield at.moment, stream.latest[at.most]


def _smallest(spans: Iterable[Span]) -> list[Span]:
    """Those that hold no other: a boundary within one of these is within every span around it."""
    kept: list[Span] = []
    for low, high in sorted(spans, key=lambda span: (-span[0], span[1])):
        if not kept or high < kept[-1][1]:
            kept.append((low, high))
    return kept


def _merged(spans: Sequence[Span], shortest: int) -> Iterator[Span]:
    """Spans that together are shorter than any window hold one boundary: it lies in what they have in common."""
    united: Span | None = None
    common = (0.0, 0.0)
    for low, high in sorted(spans):
        if united is not None and low < common[1] and high - united[0] < shortest:
            united, common = (united[0], high), (low, common[1])
            continue
        if united is not None:
            yield common
        united = common = (low, high)
    if united is not None:
        yield common


def _united(spans: Iterable[Span]) -> list[Span]:
    united: list[Span] = []
    for low, high in sorted(span for span in spans if span[0] < span[1]):
        if united and low <= united[-1][1]:
            united[-1] = united[-1][0], max(high, united[-1][1])
        else:
            united.append((low, high))
    return united


def _candidates(within: Sequence[Span], windows: range) -> Iterable[int]:
    """Windows of which a whole number fits between the narrowest place of a boundary and each of the others."""
    left = np.arange(windows.start, windows.stop)
    for other in within[1:]:
        early, late = sorted((within[0], other))
        least, most = late[0] - early[1], late[1] - early[0]
        left = left[most // left * left >= least - SLACK]
    return map(int, left)


def _phase(within: Sequence[Span], without: Sequence[Span], window: int) -> bool:
    """Whether some phase in [0, window) has a boundary within each of the ones and without the others."""
    left: list[Span] = [(0.0, float(window))]
    arcs = chain(
        (_arc(high, low + window, window) for low, high in without),
        (_arc(low, high + SLACK, window) for low, high in within if high - low < window),
    )
    for arc in arcs:
        left = [
            (max(start, low), min(end, high))
            for start, end in left
            for low, high in arc
            if start <= high and low <= end
        ]
        if not left:
            return False
    return True


def _arc(low: float, high: float, window: int) -> tuple[Span, ...]:
    """As phases in [0, window]: one piece, or two where it goes past the end."""
    start = low % window
    end = start + high - low
    return ((start, end),) if end <= window else ((start, float(window)), (0.0, end - window))
