"""Which windows leave a fixed window possible that is aligned to the clock: one boundary every `window` seconds.

All counters share the boundaries. `limit` + 1 admissions have a boundary among them; a refusal has none between it and
the `limit`-th admission before it. What is left to find is a phase that meets every one of these.
"""

from collections.abc import Iterable, Iterator, Sequence

from loadtests.limiter.stream import SLACK, Stream

Span = tuple[float, float]


def aligned_windows(streams: Sequence[Stream], limit: int, windows: range) -> Iterator[int]:
    """Of whole seconds, those with a phase under which every stream can have happened."""
    within = _smallest(
        span
        for stream in streams
        for span in zip(stream.earliest, stream.latest[limit:], strict=False)
        if span[1] - span[0] < windows.stop
    )
    # Before `begun` strangers may have used what a refusal lacks.
    without = _united(
        (stream.since(at.most - limit) + SLACK, at.moment - SLACK) for stream in streams for at in stream.refusals
    )
    for window in _candidates(within, windows):
        if _phase(within, without, window):
            yield window


def _smallest(spans: Iterable[Span]) -> list[Span]:
    """Those that hold no other: a boundary within one of these is within every span around it."""
    kept: list[Span] = []
    for low, high in sorted(spans, key=lambda span: (-span[0], span[1])):
        if not kept or high < kept[-1][1]:
            kept.append((low, high))
    return kept


def _united(spans: Iterable[Span]) -> list[Span]:
    united: list[Span] = []
    for low, high in sorted(span for span in spans if span[0] < span[1]):
        if united and low <= united[-1][1]:
            united[-1] = united[-1][0], max(high, united[-1][1])
        else:
            united.append((low, high))
    return united


def _candidates(within: Sequence[Span], windows: range) -> Iterable[int]:
    """Windows of which a whole number fits between the two narrowest places of a boundary."""
    narrow = sorted(within, key=lambda span: span[1] - span[0])
    other = next((span for span in narrow if span[0] > narrow[0][1] or span[1] < narrow[0][0]), None)
    if other is None:
        return windows
    early, late = sorted((narrow[0], other))
    least, most = late[0] - early[1], late[1] - early[0]
    return (window for window in windows if most // window * window >= least - SLACK)


def _phase(within: Sequence[Span], without: Sequence[Span], window: int) -> bool:
    """Whether some phase in [0, window) has a boundary within each of the ones and without the others."""
    events: list[tuple[float, int]] = []
    wanted = 0
    for low, high in within:
        if high - low >= window:
            continue
        wanted += 1
        events.extend(_arc(low, high + SLACK, window, 1))
    for low, high in without:
        if high - low >= window:
            return False
        events.extend(_arc(low, high, window, -(len(within) + 1)))
    held = 0
    if wanted == 0 and not without:
        return True
    # At one phase, what ends is taken away before what begins is added, and the free place at 0 is tried, too.
    events.append((0.0, 0))
    events.sort(key=lambda event: event[0])
    index = 0
    while index < len(events):
        phase = events[index][0]
        while index < len(events) and events[index][0] == phase:
            held += events[index][1]
            index += 1
        if held == wanted:
            return True
    return False


def _arc(low: float, high: float, window: int, weight: int) -> Iterator[tuple[float, int]]:
    start, end = low % window, high % window
    if start > end:
        yield 0.0, weight
    yield start, weight
    yield end, -weight
