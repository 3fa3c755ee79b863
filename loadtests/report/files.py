"""The files of a report; load.json and load.csv hold the numbers, over the run and second by second."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loadtests.measure.statistics import ARRIVALS, Tally
from loadtests.report.contents import Report, latencies
from loadtests.report.html import as_html

COUNTS = ("count", "refused", "conflicts", "errors")
LATENCIES = ("p50", "p95", "p99", "max")


def files(folder: Path) -> tuple[Path, Path, Path]:
    return folder / "load.json", folder / "load.csv", folder / "load.html"


def write(report: Report, folder: Path) -> Iterator[Path]:
    """load.json, load.csv and load.html."""
    for path, text in zip(files(folder), (as_json, as_csv, as_html), strict=True):
        path.write_text(text(report), encoding="utf-8")
        yield path


def as_json(report: Report) -> str:
    """Times in seconds, latencies in milliseconds."""
    result = report.result
    stated = {
        "scenario": result.scenario,
        "target": report.target,
        "seed": result.seed,
        "exit_code": report.exit_code,
        "summary": report.summary,
        "ended": result.ended,
        "moved": result.moved,
        "notes": list(result.notes),
        "arrivals": result.statistics.arrivals.as_json(),
        "operations": {operation: _numbers(tally, 3) for operation, tally in report.operations()},
        "limiter": [] if report.limits is None else list(report.limits.policies),
        "thresholds": [judgement.as_json() for judgement in report.thresholds],
        "invariants": [judgement.as_json() for judgement in report.invariants],
    }
    return json.dumps(stated, indent=2, ensure_ascii=False) + "\n"


def as_csv(report: Report) -> str:
    """A row for each second and operation; the rows of no operation are the arrivals."""
    statistics, text = report.result.statistics, io.StringIO()
    rows = csv.DictWriter(
        text, ["second", "operation", *COUNTS, *LATENCIES, *ARRIVALS], restval="", lineterminator="\n"
    )
    rows.writeheader()
    for second, arrivals in enumerate(statistics.arrivals_by_second()):
        rows.writerow({"second": second, **arrivals.as_json()})
    for operation in statistics.operations:
        for second, tally in enumerate(statistics.by_second(operation)):
            if tally.count:
                rows.writerow({"second": second, "operation": operation, **_numbers(tally, 3)})
    return text.getvalue()


def _numbers(tally: Tally, digits: int) -> Mapping[str, Any]:
    known = {name: getattr(tally, name) for name in COUNTS}
    return {
        **known,
        **{name: None if value is None else round(value, digits) for name, value in latencies(tally).items()},
    }
