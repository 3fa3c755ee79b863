"""A plot of what a limiter admitted and refused over time, as a self-contained SVG."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from loadtests.limiter.verdict import Verdict
from loadtests.measure.observation import Observation

WIDTH, ROW, LEFT, RIGHT = 760, 74, 150, 10
BAR = 22  # the longest, up or down
COLUMNS = 200
BREAK = 5.0  # seconds without any request that are drawn as short as this

STYLE = (
    "text{font:11px system-ui,sans-serif;fill:currentColor}"
    ".admitted{fill:var(--admitted,#2a9d5c)}.refused{fill:var(--refused,#d1495b)}"
    ".axis{stroke:currentColor;stroke-opacity:.35}"
    ".edge{stroke:currentColor;stroke-opacity:.6;stroke-dasharray:2 3}.soft{fill-opacity:.7}"
)


def limiter_plot(verdicts: Sequence[Verdict], observations: Sequence[Observation]) -> str:
    """A strip for each operation and key: admitted upwards, refused downwards, and the ends of the inferred windows.

    Long pauses are cut short, as a probe mostly waits. "" where there is nothing to draw. Colours follow the page's
    `--admitted` and `--refused`, if it has them, and its text colour.
    """
    answered = sorted((seen for seen in observations if seen.answered), key=lambda seen: seen.sent)
    if not answered:
        return ""
    scale = _Scale(answered)
    strips: dict[tuple[str, str], list[Observation]] = {}
    for seen in answered:
        strips.setdefault((seen.operation, seen.key), []).append(seen)
    height = ROW * len(strips) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        f'aria-label="What the limiter admitted and refused over time"><style>{STYLE}</style>'
    ]
    for row, (operation, key) in enumerate(sorted(strips)):
        strip = strips[operation, key]
        parts.extend(_strip(row * ROW + ROW / 2, operation, key, strip, scale, _windows(verdicts, operation)))
    end = answered[-1].received - answered[0].sent
    parts.append(
        f'<text class="soft" x="{LEFT}" y="{height - 8}">0 s</text>'
        f'<text class="soft" x="{WIDTH - RIGHT}" y="{height - 8}" text-anchor="end">{end:,.0f} s (pauses cut)</text>'
        "</svg>"
    )
    return "".join(parts)


class _Scale:
    """From moments to columns and pixels, long pauses cut short."""

    def __init__(self, answered: Sequence[Observation]) -> None:
        self._moments = [answered[0].sent]
        self._drawn = [0.0]
        for seen in answered[1:]:
            passed = seen.sent - self._moments[-1]
            if passed > 0:
                self._moments.append(seen.sent)
                self._drawn.append(self._drawn[-1] + min(passed, BREAK))
        self._whole = max(self._drawn[-1], 1e-9)

    def column(self, moment: float) -> int:
        index = max(0, bisect_right(self._moments, moment) - 1)
        drawn = self._drawn[index] + min(moment - self._moments[index], BREAK)
        return min(COLUMNS - 1, int(max(0.0, drawn) / self._whole * COLUMNS))

    @staticmethod
    def x(column: float) -> float:
        return LEFT + column * (WIDTH - LEFT - RIGHT) / COLUMNS


def _windows(verdicts: Iterable[Verdict], operation: str) -> list[int]:
    """Of the fixed windows inferred for an operation, in seconds."""
    return [
        verdict.window
        for verdict in verdicts
        if verdict.window is not None and operation in verdict.operations and verdict.algorithm == "fixed-window"
    ]


def _strip(
    middle: float, operation: str, key: str, seen: Sequence[Observation], scale: _Scale, windows: Sequence[int]
) -> Iterator[str]:
    counts = Counter((scale.column(each.sent), each.refused) for each in seen)
    most = max(counts.values())
    yield (
        f'<text x="0" y="{middle - 4}">{escape(operation)}</text><text class="soft" x="0" y="{middle + 11}">'
        f"{escape(key)}</text>"
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{middle}" y2="{middle}"/>'
    )
    wide = (WIDTH - LEFT - RIGHT) / COLUMNS
    for (column, refused), count in sorted(counts.items()):
        high = max(1.5, BAR * count / most)
        word = "refused" if refused else "admitted"
        yield (
            f'<rect class="{word}" x="{scale.x(column):.1f}" y="{middle if refused else middle - high:.1f}" '
            f'width="{wide:.1f}" height="{high:.1f}"><title>{count} {word}</title></rect>'
        )
    for window in windows[:1] if any(each.refused for each in seen) else ():
        for edge in _edges(seen, window):
            x = scale.x(scale.column(edge))
            yield f'<line class="edge" x1="{x:.1f}" x2="{x:.1f}" y1="{middle - BAR - 6}" y2="{middle + BAR + 6}"/>'


def _edges(seen: Sequence[Observation], window: int) -> Iterator[float]:
    """Ends of windows of which each starts with the first admission after the one before."""
    end = float("-inf")
    for each in seen:
        if not each.refused and each.sent >= end:
            if end > float("-inf"):
                yield end
            end = each.sent + window
    yield end
