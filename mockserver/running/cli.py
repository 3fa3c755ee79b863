"""`kordkit run`: a mock for as long as a command runs, in whatever language that is written."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click

from mockserver.cli import mock
from mockserver.running.processes import Attendant, Companion, CompanionEndedError
from mockserver.testing.credentials import VARIABLES, Credentials

BASE_URL, CONTROL, TOKEN, TARGET, RUN = (
    "KORDLESS_BASE_URL",
    "KORDKIT_CONTROL",
    "KORDKIT_ADMIN_TOKEN",
    "KORDKIT_TARGET",
    "KORDKIT_RUN",
)
TRUST = ("KORDKIT_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")  # what others read replaces whom they trust else
NOT_EXECUTABLE, NOT_FOUND = 126, 127  # as shells have it
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
    folder = click.Option(
        ["--report-dir"],
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="For run.json, and the mock's log as mock.log.",
    )
    return [*flags, folder]


@click.command(cls=_Run, params=_flags(), options_metavar="[OPTIONS] -- COMMAND ...")
@click.pass_context
def run(
    ctx: click.Context, /, command: Sequence[str], report_dir: Path | None, ready_file: Path | None, **flags: Any
) -> None:
    """Run COMMAND with a mock beside it, and pass its exit code on.

    The mock listens on a free port; KORDLESS_BASE_URL, KORDLESS_API_KEY and others (docs/run.md) say where, and with
    which keys. It is gone when COMMAND has ended.
    """
    if "list" in (flags["data"], flags["mutant"]):
        raise click.UsageError("what there is to choose from is listed by: kordkit mock --data list, --mutant list")
    log = _log(report_dir)
    attendant = Attendant()
    folder = Path(tempfile.mkdtemp(prefix="kordkit-"))
    target, conclusion = (ready_file or folder / "ready.json").absolute(), folder / "conclusion.json"
    companion = Companion.fork()
    if not isinstance(companion, Companion):
        told = {"ready": companion, "concluded": partial(_write, conclusion), "log_to": log}
        mock.callback(**flags, ready_file=target, **told)  # type: ignore[misc]  # it is there
        raise SystemExit(0)
    try:
        code = _attended(attendant, companion, command, target)
        if report_dir is not None:
            _report(report_dir, command, code, conclusion)
    finally:
        companion.stop()
        shutil.rmtree(folder)
    ctx.exit(code)


def _attended(attendant: Attendant, companion: Companion, command: Sequence[str], target: Path) -> int:
    try:
        ready = companion.wait_until_ready()
        code = attendant.run(command, environment(os.environ, ready, target))
    except CompanionEndedError as error:
        raise SystemExit(max(error.status, 1)) from None
    except FileNotFoundError:
        click.echo(f"Error: there is no command {command[0]}: is it installed, and on the PATH?", err=True)
        return NOT_FOUND
    except OSError as error:
        click.echo(f"Error: {command[0]} cannot be run: {error.strerror}", err=True)
        return NOT_EXECUTABLE
    lasted, status = companion.stop()
    if not lasted:
        click.echo("Error: the mock ended before the command did", err=True)
        return code or EXIT_INCOMPLETE
    return code or status


def environment(outer: Mapping[str, str], ready: Mapping[str, Any], target: Path) -> dict[str, str]:
    """Of the command. What the mock does not have is not there: it would be another server's."""
    kept = {name: value for name, value in outer.items() if name not in {*VARIABLES.values(), TOKEN}}
    token = {} if ready["admin_token"] is None else {TOKEN: str(ready["admin_token"])}
    return {
        **kept,
        **Credentials.of(ready).variables(),
        **token,
        **({} if "ca_bundle" not in ready else dict.fromkeys(TRUST, ready["ca_bundle"])),
        BASE_URL: ready["url"],
        CONTROL: ready["control_url"],
        TARGET: str(target),
        RUN: str(target),
    }


def _write(file: Path, told: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _report(folder: Path, command: Sequence[str], code: int, conclusion: Path) -> None:
    told = {"command": list(command), "exit_code": code, "readings": []}
    if conclusion.exists():  # else the mock has not lasted until then
        told["advice"] = json.loads(conclusion.read_text("utf-8"))["advice"]
    try:
        _write(folder / "run.json", told)
    except OSError as error:
        raise click.UsageError(f"--report-dir: {folder} cannot be written to: {error.strerror}") from error


def _log(folder: Path | None) -> TextIO:
    """Where the lines on requests go: they would stand between those of the command."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return (Path(os.devnull) if folder is None else folder / "mock.log").open("w", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--report-dir: {folder} cannot be written to: {error.strerror}") from error
