"""`kordkit run --readings N`: which assumptions does the client depend on?"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click

from mockserver.running.beside import Beside
from mockserver.running.cli import EXIT_INCOMPLETE, reporting_to
from mockserver.running.experiment import Experiment, Findings
from mockserver.running.reports import Report
from mockserver.running.trials import Trials
from mockserver.wiring.readings import Reading, open_questions
from mockserver.wiring.readings import readings as drawn

EXIT_PASSED, EXIT_FOUND, EXIT_NOTHING_TO_SAY = 0, 1, 2


def run_under_readings(
    beside: Beside, flags: Mapping[str, Any], count: int, runs: int, seconds: float, report_dir: Path | None
) -> int:
    """The exit code. Raises click.UsageError; CompanionEndedError and CannotRunError if nothing can be begun."""
    import mockserver.serving.launch  # noqa: F401 - once for all mocks, which are forked from here
    from mockserver.wiring import Unusable

    _require_a_mock_of_its_own(flags)
    try:
        questions = open_questions(flags["contract"])
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    with _progress(count + 1) as told:
        trials = Trials(beside, flags, runs, seconds, told)
        findings = Experiment(trials.attempt).run(drawn(questions, count))
    code = _exit_code(findings) or trials.status
    report = Report(beside.command, code, count, findings, questions, trials.advice)
    click.echo(report.terminal())
    if report_dir is not None:
        with reporting_to(report_dir):
            report.write(report_dir)
    return code


def _require_a_mock_of_its_own(flags: Mapping[str, Any]) -> None:
    """Each run begins as the first did, and answers as it is told to."""
    if flags["reading"] != "0":
        raise click.UsageError("--readings tries many readings, --reading is one: leave one of them out")
    if flags["state"] != "memory://":
        raise click.UsageError("--readings begins each run anew, and --state goes on: leave one of them out")
    if flags["watches"]:
        raise click.UsageError("--readings begins each run anew by itself: leave out --watch")


def _exit_code(findings: Findings) -> int:
    if findings.fails_as_shipped or findings.flaky:
        return EXIT_NOTHING_TO_SAY
    if findings.failed:
        return EXIT_FOUND
    return EXIT_INCOMPLETE if findings.incomplete else EXIT_PASSED


class _Told(Protocol):
    def __call__(self, reading: Reading, /) -> None: ...


@contextmanager
def _progress(total: int) -> Iterator[_Told]:
    """Where a person watches, a bar. It is drawn before each run and has no thread: the mock is forked from this
    process."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    task = bar.add_task("reading 0", total=total)

    def told(reading: Reading) -> None:
        if reading.number:
            bar.update(task, description=f"reading {reading.number}", completed=reading.number)
        elif reading.number is None:
            bar.update(task, description="looking for what it depends on", advance=1, total=None)
        bar.refresh()

    bar.start()
    try:
        yield told
    finally:
        bar.stop()
