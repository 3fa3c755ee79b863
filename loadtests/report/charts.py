"""Charts over the seconds of a run: SVG text whose colours are CSS classes of the page that it stands in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 28, 30


@dataclass(frozen=True, slots=True)
class Series:
    """`values` one for each bin, None where there is none; `style` is the CSS class that gives the colour."""

    name: str
    style: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Axes:
    """`size` is how many seconds one bin stands for, `top` the upper end of the scale."""

    bins: int
    size: int
    top: float
    unit: str

    def x(self, position: float) -> float:
        return LEFT + position / max(self.bins, 1) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)

    def drawn(self) -> str:
        parts = []
        ticks = 5 if f"{self.top:e}"[0] in "15" else 4
        for tick in range(ticks + 1):
            value = self.top * tick / ticks
            y = f"{self.y(value):.1f}"
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
            parts.append(f'<text class="tick" x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{_short(value)}</text>')
        length = self.bins * self.size
        step = max(1, round(_round_up(length / 8)))
        for second in range(0, length + 1, step):
            x = f"{self.x(second / self.size):.1f}"
            parts.append(f'<text class="tick" x="{x}" y="{HEIGHT - 8}" text-anchor="middle">{_short(second)} s</text>')
        parts.append(f'<text class="tick" x="4" y="12">{escape(self.unit)}</text>')
        return "".join(parts)


def lines(title: str, *, unit: str, size: int, series: Sequence[Series]) -> str:
    """A line for each series, broken where there is no value."""
    axes = _axes(series, size, unit, max((v for s in series for v in s.values if v is not None), default=0.0))
    drawn = "".join(
        f'<g class="{each.style}">{"".join(_path(axes, piece) for piece in _pieces(each.values))}</g>'
        for each in series
    )
    return _svg(title, axes.drawn() + drawn + _hover(axes, series))


def stack(title: str, *, unit: str, size: int, series: Sequence[Series]) -> str:
    """Bars, the first series at the bottom."""
    sums = [sum(value or 0.0 for value in values) for values in zip(*(each.values for each in series), strict=True)]
    axes = _axes(series, size, unit, max(sums, default=0.0))
    floor, drawn = [0.0] * axes.bins, []
    for each in series:
        for place, value in enumerate(each.values):
            if value:
                low, high = axes.y(floor[place]), axes.y(floor[place] + value)
                left, right = axes.x(place), axes.x(place + 1)
                gap = min(1.0, (right - left) / 5)
                drawn.append(
                    f'<rect class="{each.style}" x="{left:.1f}" y="{high:.1f}" width="{right - left - gap:.1f}"'
                    f' height="{max(low - high, 0.5):.1f}"/>'
                )
                floor[place] += value
    return _svg(title, axes.drawn() + "".join(drawn) + _hover(axes, series))


def _axes(series: Sequence[Series], size: int, unit: str, highest: float) -> Axes:
    return Axes(max((len(each.values) for each in series), default=0), size, _round_up(highest) or 1.0, unit)


def _pieces(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Runs of neighbours that have a value."""
    pieces: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((place, value))
    return [piece for piece in pieces if piece]


def _path(axes: Axes, piece: list[tuple[int, float]]) -> str:
    points = " ".join(f"{axes.x(place + 0.5):.1f},{axes.y(value):.1f}" for place, value in piece)
    if len(piece) == 1:
        x, y = points.split(",")
        return f'<circle cx="{x}" cy="{y}" r="3"/>'
    return f'<polyline points="{points}"/>'


def _hover(axes: Axes, series: Sequence[Series]) -> str:
    """A column over each bin that tells its numbers."""
    columns = []
    for place in range(axes.bins):
        numbers = ", ".join(
            f"{each.name} {_short(value)}" for each in series if (value := each.values[place]) is not None
        )
        left, right = axes.x(place), axes.x(place + 1)
        columns.append(
            f'<rect class="hover" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM}">'
            f"<title>{place * axes.size} s: {escape(numbers or 'nothing')}</title></rect>"
        )
    return "".join(columns)


def _svg(title: str, drawn: str) -> str:
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg {box} role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8 × a power of ten, which have ticks that are easy to read."""
    if value <= 0:
        return 0.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * (1 - 1e-9))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
