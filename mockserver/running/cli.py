"""`kordkit run`: a mock for as long as a command runs, in whatever language that is written."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any, TextIO

import click

from mockserver.cli import mock
from mockserver.running.beside import Beside, CannotRunError, write
from mockserver.running.processes import Attendant, CompanionEndedError

EXIT_INCOMPLETE = 4
SEPARATOR = "--"


class _Run(click.Command):
    """Takes what follows the first `--` as it stands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        place = args.index(SEPARATOR) if SEPARATOR in args else len(args)
        command = args[place + 1 :]
        missing = click.UsageError("put the command to run behind --, as in: kordkit run -- npm test", ctx)
        try:
            rest = super().parse_args(ctx, args[:place])
        except click.UsageError as error:
            raise (error if SEPARATOR in args else missing) from None
        if not command and not ctx.resilient_parsing:
            raise missing
        ctx.params["command"] = tuple(command)
        return rest


def _flags() -> list[click.Parameter]:
    """Those of the mock, which takes any free port unless told otherwise."""
    flags: list[click.Parameter] = []
    for flag in mock.params:
        if flag.name == "port":
            flag = copy(flag)
            flag.default = 0
        flags.append(flag)
    return [
        *flags,
        click.Option(
            ["--readings"],
            type=click.IntRange(1),
            metavar="N",
            help="Run COMMAND under readings 0 to N, and say which assumptions it depends on.",
        ),
        click.Option(
            ["--max-runs"],
            type=click.IntRange(1),
            default=1000,
            show_default=True,
            metavar="N",
            help="With --readings: how often COMMAND may run in all.",
        ),
        click.Option(
            ["--max-seconds"],
            type=click.FloatRange(0, min_open=True),
            default=1800,
            show_default=True,
            metavar="S",
            help="With --readings: how long all runs may take.",
        ),
        click.Option(
            ["--report-dir"],
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="For run.json, with --readings run.md and run.junit.xml, and the mock's log as mock.log.",
        ),
    ]


@click.command(cls=_Run, params=_flags(), options_metavar="[OPTIONS] -- COMMAND ...")
@click.pass_context
def run(
    ctx: click.Context,
    /,
    command: Sequence[str],
    readings: int | None,
    max_runs: int,
    max_seconds: float,
    report_dir: Path | None,
    ready_file: Path | None,
    **flags: Any,
) -> None:
    """Run COMMAND with a mock beside it, and pass its exit code on.

    The mock listens on a free port; KORDLESS_BASE_URL, KORDLESS_API_KEY and others (docs/run.md) say where, and with
    which keys. It is gone when COMMAND has ended.

    With --readings COMMAND runs under the contract as shipped and then under N other readings of the documentation.
    Where it fails, the answers are sought that make it fail: what your client depends on and nobody has promised.
    """
    if "list" in (flags["data"], flags["mutant"]):
        raise click.UsageError("what there is to choose from is listed by: kordkit mock --data list, --mutant list")
    log = _log(report_dir)
    attendant = Attendant()
    with _folder() as folder:
        target = (ready_file or folder / "ready.json").absolute()
        beside = Beside(mock.callback, command, attendant, folder, target, log)  # type: ignore[arg-type]  # it is there
        try:
            if readings is None:
                code = _once(beside, flags, report_dir)
            else:
                from mockserver.running.readings import run_under_readings

                code = run_under_readings(beside, flags, readings, max_runs, max_seconds, report_dir)
        except CompanionEndedError as error:
            raise SystemExit(max(error.status, 1)) from None
        except CannotRunError as error:
            click.echo(f"Error: {error}", err=True)
            code = error.exit_code
    ctx.exit(code)


def _once(beside: Beside, flags: dict[str, Any], report_dir: Path | None) -> int:
    ended = beside.run(**flags)
    code = ended.exit_code or ended.status
    if not ended.lasted:
        click.echo("Error: the mock ended before the command did", err=True)
        code = ended.exit_code or EXIT_INCOMPLETE
    if report_dir is not None:
        told: dict[str, Any] = {"command": list(beside.command), "exit_code": code, "readings": []}
        if ended.advice is not None:
            told["advice"] = ended.advice
        with reporting_to(report_dir):
            write(report_dir / "run.json", told)
    return code


@contextmanager
def _folder() -> Iterator[Path]:
    folder, owner = Path(tempfile.mkdtemp(prefix="kordkit-")), os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == owner:  # what a mock that is forked in it raises passes here too
            shutil.rmtree(folder)


@contextmanager
def reporting_to(folder: Path) -> Iterator[None]:
    """Raises UsageError where that cannot be written to."""
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"--report-dir: {folder} cannot be written to: {error.strerror}") from error


def _log(folder: Path | None) -> TextIO:
    """Where the lines on requests go: they would stand between those of the command."""
    if folder is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    with reporting_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / "mock.log").open("w", encoding="utf-8")
