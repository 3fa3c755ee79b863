"""What a chart is told: see static/chart.js."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Span(NamedTuple):
    """So many stretches of so many seconds each, up to now."""

    name: str
    title: str
    seconds: int
    stretches: int


SPANS = (Span("hour", "the last hour", 60, 60), Span("day", "the last day", 1800, 48))


def span_of(arguments: Mapping[str, str]) -> Span:
    """The one that is asked for, or the first."""
    return next((span for span in SPANS if span.name == arguments.get("span")), SPANS[0])


def told(begins: Sequence[int], series: Sequence[Any], lines: Sequence[Any] = ()) -> dict[str, Any]:
    """`series` have `label` and `values`, and `tone` where a colour means something; `lines` name the series that
    they are a limit `of`, and its `value`."""
    return {"times": list(begins), "series": series, "lines": lines}
