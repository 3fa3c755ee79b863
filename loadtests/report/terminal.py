"""A report as tables of text."""

import os
from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from loadtests.judge.judgement import Outcome
from loadtests.report.contents import Report, latencies

WIDTH = 120  # columns where there is no terminal to have a width
SUMMARY = {0: "green", 1: "bold red", 3: "bold red", 4: "yellow"}
COLORS: Mapping[Outcome, str] = {
    "kept": "green",
    "broken": "bold red",
    "warning": "yellow",
    "note": "cyan",
    "not judged": "yellow",
    "no case": "dim",
}


def to_stdout() -> Console:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    return console


def show(report: Report, console: Console) -> None:
    statistics = report.result.statistics
    if statistics.of().count:
        console.print(_indented(_operations(report)))
    arrivals, lag = statistics.arrivals, statistics.lag.percentile(99)
    if arrivals.planned:
        behind = "" if lag is None else f"; the generator itself was {lag:.1f} ms behind (p99)"
        counts = ", ".join(f"{count:,} {name}" for name, count in arrivals.as_json().items())
        console.print(_indented(Text(f"Arrivals: {counts}{behind}")))
    if report.limits and report.limits.policies:
        console.print(_indented(_limits(report)))
    if report.judgements:
        console.print(_indented(_judgements(report)))
    for note in report.result.notes:
        console.print(f"Note: {note}", soft_wrap=True)
    if report.result.ended == "count":
        console.print(report.ending)
    if report.result.moved:
        console.print(f"The server's clock was moved by {report.result.moved:,.0f} s.")
    console.print(report.summary, style=SUMMARY[report.exit_code], soft_wrap=True)


def _indented(part: Table | Text) -> Padding:
    return Padding(part, (0, 0, 1, 2), expand=False)


def _operations(report: Report) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("milliseconds", no_wrap=True, min_width=max(len(name) for name, _ in report.operations()))
    for name in ("requests", "refused", "conflicts", "errors", "p50", "p95", "p99", "max"):
        table.add_column(name, justify="right")
    rows = list(report.operations())
    if len(rows) > 1:
        rows.append(("together", report.result.statistics.of()))
    for operation, tally in rows:
        counts = (tally.count, tally.refused, tally.conflicts, tally.errors)
        table.add_row(
            operation,
            *(f"{count:,}" for count in counts),
            *(f"{value:,.1f}" for value in latencies(tally).values() if value is not None),
            style="red" if tally.errors else "",
        )
    return table


def _limits(report: Report) -> Table:
    table = Table("scope", "limit", "window", "algorithm", "certain", "headers", "contract", box=None, pad_edge=False)
    for policy in report.limits.policies if report.limits else ():
        table.add_row(
            _text(policy["scope"]),
            _text(policy["limit"]),
            "" if policy["window"] is None else f"{policy['window']:g} s",
            _text(policy["algorithm"]),
            "yes" if policy["certain"] else "no",
            {True: "truthful", False: "untruthful", None: ""}[policy["headers_truthful"]],
            _text(policy["contract_says"]),
        )
    return table


def _judgements(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    for judgement in report.judgements:
        outcome = Text(judgement.outcome, COLORS[judgement.outcome])
        table.add_row(outcome, Text(judgement.name), Text(judgement.reason))
    return table


def _text(value: object) -> str:
    return "" if value is None else str(value)
