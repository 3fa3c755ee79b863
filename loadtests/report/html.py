"""load.html: one file that needs nothing else, to read, to print and to send around."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from itertools import islice
from typing import TypeVar

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from loadtests.measure.statistics import Arrivals, Tally
from loadtests.report.charts import Series, lines, stack
from loadtests.report.contents import Report, latencies

Part = TypeVar("Part", Tally, Arrivals)

MOST_BINS = 120  # more seconds than that share a bar


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its legend (name and CSS class of each series), and its numbers: from which second on, how many."""

    title: str
    caption: str
    legend: Sequence[tuple[str, str]]
    svg: Markup
    rows: Sequence[tuple[int, Sequence[float | None]]]


def as_html(report: Report) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["ms"] = lambda value: "–" if value is None else f"{value:,.1f}"
    environment.filters["shown"] = lambda value: "–" if value is None else f"{value:,.{isinstance(value, float):d}f}"
    environment.filters["count"] = lambda value: f"{value:,.0f}"
    template = files("loadtests.report").joinpath("load.html.j2").read_text(encoding="utf-8")
    statistics = report.result.statistics
    return environment.from_string(template).render(
        report=report,
        result=report.result,
        total=statistics.of(),
        latencies=latencies,
        arrivals=statistics.arrivals,
        lag=statistics.lag.percentile(99),
        figures=list(_figures(report)),
        limits=report.limits,
        plot=Markup(report.limits.plot) if report.limits else "",
    )


def _figures(report: Report) -> Iterator[Figure]:
    statistics = report.result.statistics
    size = -(-statistics.length // MOST_BINS) or 1
    tallies = list(_bins(Tally, statistics.by_second(), size))
    bar = f"One bar is {size} seconds." if size > 1 else "One bar is one second."
    if any(tally.count for tally in tallies):
        percentiles = [latencies(tally) for tally in tallies]
        yield _figure(
            "Latency",
            "From the moment a request was due, so that its waiting counts. Refused requests are included.",
            partial(lines, unit="ms"),
            size,
            [Series(name, name, [each[name] for each in percentiles]) for name in ("p50", "p95", "p99")],
        )
        yield _figure(
            "Admitted and refused",
            f"Refused: by the limiter. {bar}",
            partial(stack, unit="requests"),
            size,
            [
                Series(name, name, [getattr(tally, name) for tally in tallies])
                for name in ("admitted", "refused", "errors")
            ],
        )
    arrivals = list(_bins(Arrivals, statistics.arrivals_by_second(), size))
    if any(each.planned for each in arrivals):
        yield _figure(
            "Arrivals",
            f"Late: sent more than 10 ms after it was due. Dropped: planned, and never sent. {bar}",
            partial(stack, unit="requests"),
            size,
            [
                Series("sent in time", "sent", [each.sent - each.late for each in arrivals]),
                Series("late", "late", [each.late for each in arrivals]),
                Series("dropped", "dropped", [each.dropped for each in arrivals]),
            ],
        )


def _figure(title: str, caption: str, draw: Callable[..., str], size: int, series: Sequence[Series]) -> Figure:
    shown = [each for each in series if any(each.values)]
    legend = [(each.name, each.style) for each in shown]
    values = zip(*(each.values for each in shown), strict=True)
    rows = [(place * size, row) for place, row in enumerate(values) if any(row)]
    return Figure(title, caption, legend, Markup(draw(title, series=series, size=size)), rows)


def _bins(kind: Callable[[], Part], parts: Iterable[Part], size: int) -> Iterator[Part]:
    """The sum of each `size` neighbours."""
    parts = iter(parts)
    while neighbours := list(islice(parts, size)):
        total = kind()
        for part in neighbours:
            total.add(part)
        yield total
