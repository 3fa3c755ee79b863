"""`kordkit load`: reads the flags, has the load driven, and reports what came of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from contracts.errors import ContractError, TargetError, UnreachableError
from loadtests.run.duration import Duration

_File = click.Path(path_type=Path)


class Unreachable(click.ClickException):
    exit_code = 3


class Incomplete(click.ClickException):
    exit_code = 4


@click.command(
    epilog="Exit codes: 0 every promise kept, 1 one broken (as --fail-on says), 2 wrong flags, "
    "3 no answer from the target, 4 incomplete."
)
@click.argument("scenario", metavar="SCENARIO|list")
@click.argument("url", required=False)
@click.option(
    "--target",
    "target_file",
    type=_File,
    metavar="FILE",
    help="The mock's ready-file, or one like it, instead of flags.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    envvar="KORDLESS_API_KEY",
    metavar="KEY",
    help="Public API key, better in KORDLESS_API_KEY; repeatable.",
)
@click.option("--platform-key", metavar="KEY", help="Lets bookings be listed after the load.")
@click.option("--organization-id", metavar="ID", help="Goes with --platform-key.")
@click.option("--org", metavar="SLUG", help="The organization that the keys are of.")
@click.option("--service", metavar="SLUG", help="By default the first one that the organization offers.")
@click.option("--rate", metavar="N/s|A..B/s:60s", help="Arrivals, whatever the server does; stages apart by commas.")
@click.option(
    "--users", type=click.IntRange(1), metavar="N", help="Clients that wait for each answer, instead of --rate."
)
@click.option(
    "--duration",
    type=Duration(),
    metavar="S",
    help="At most so many seconds (or 2m, 1h); unless said, what the rate or the limiter's windows take, or 60.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    metavar="N",
    help="At most so many; unless said, 10,000, or 60,000 for the limiter.",
)
@click.option(
    "--max-in-flight",
    type=click.IntRange(1),
    default=1_000,
    show_default=True,
    metavar="N",
    help="What is due beyond so many unanswered requests is dropped.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Makes up the same clients in every run.")
@click.option(
    "--processes", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="That send, on this machine."
)
@click.option("--expect-workers", type=click.IntRange(1), metavar="N", help="Wait for workers from other machines.")
@click.option("--worker-of", metavar="HOST:PORT", help="Be a worker of the run there.")
@click.option(
    "--control", "control_url", metavar="URL", help="The mock's control API, to move its clock and put it back."
)
@click.option("--admin-token", metavar="T", help="Goes with --control.")
@click.option("--allow-writes", is_flag=True, help="The scenario may make bookings.")
@click.option("--i-own-this-server", is_flag=True, help="Load a server beyond this machine.")
@click.option(
    "--fail-if", "fail_if", multiple=True, metavar="EXPR", help="Such as 'p95>200ms' or 'errors>1%'; repeatable."
)
@click.option(
    "--fail-on",
    type=click.Choice(["failure", "warning", "note"]),
    default="failure",
    show_default=True,
    help="The least that the exit code speaks of: other than documented, inferred or assumed.",
)
@click.option("--report-dir", type=_File, metavar="DIR", help="For load.json, load.csv and load.html.")
@click.option("--learn", type=_File, metavar="FILE", help="Write what the limiter does where nothing is documented.")
@click.option("--contract", type=_File, metavar="FILE", help="Another contract than the shipped one.")
@click.option(
    "--overlay", "overlays", type=_File, multiple=True, metavar="FILE", help="Amends the contract; repeatable."
)
@click.pass_context
def load(ctx: click.Context, /, scenario: str, url: str | None, **_: Any) -> None:
    """Load a server at URL with a SCENARIO, judge it, and report. `kordkit load list` shows the scenarios.

    A run ends with its duration or its number of requests, whichever comes first; Ctrl-C ends it and still reports.
    """
    if scenario == "list":
        from loadtests.run.kinds import KINDS

        width = max(map(len, KINDS))
        for each in KINDS.values():
            click.echo(f"{each.name:{width}}  {each.summary}{' (--allow-writes)' if each.writes else ''}")
        return
    with _told():
        ctx.exit(_load(scenario, url, ctx))


def _load(scenario: str, url: str | None, ctx: click.Context) -> int:
    """The exit code."""
    from contracts.spec.contract import Contract
    from loadtests.judge.thresholds import parse
    from loadtests.run.flags import command_of, plan_of

    of_the_environment = ctx.get_parameter_source("keys") is click.core.ParameterSource.ENVIRONMENT
    flags = {**ctx.params, "keys_are_general": of_the_environment}
    contract = Contract.load(flags["contract"], flags["overlays"])
    thresholds = [parse(text, contract.operations) for text in flags["fail_if"]]
    plan = plan_of(scenario, url, flags, contract)
    if plan.worker_of:
        from loadtests.run.processes import work

        work(plan, contract)
        return 0

    if flags["learn"] is not None:
        from loadtests.run.learning import try_out

        try_out(flags["learn"], plan)
    folder = flags["report_dir"]
    if folder is not None:
        _make(folder)
    from rich.console import Console

    from loadtests.report.terminal import show, to_stdout
    from loadtests.run.session import drive

    report = drive(
        plan, contract, thresholds, command_of(scenario, url, ctx), Console(stderr=True, highlight=False, markup=False)
    )
    with _undisturbed():
        show(report, to_stdout())
        if folder is not None:
            from loadtests.report.files import write

            for path in write(report, folder):
                click.echo(f"Written: {path}")
        if flags["learn"] is not None:
            from loadtests.run.learning import keep

            for line in keep(flags["learn"], report, contract):
                click.echo(line, err=True)
    return report.exit_code


def _make(folder: Path) -> None:
    """Before the load, so that no run is wasted on a folder that cannot be written to."""
    from loadtests.report.files import files

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"the folder {folder} cannot be made: {error.strerror}") from error
    for path in (folder, *files(folder)):
        if path.exists() and (not os.access(path, os.W_OK) or (path != folder and path.is_dir())):
            raise click.UsageError(f"--report-dir: {path} cannot be written to")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second or two in which whoever wants an end gets it: no report is left half written."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong becomes a sentence and an exit code."""
    from loadtests.api.client import ImpatientError
    from loadtests.judge.thresholds import ThresholdError

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it wants the report, too
    try:
        yield
    except ThresholdError as error:
        raise click.UsageError(f"--fail-if {error}") from error
    except (ContractError, TargetError) as error:
        raise click.UsageError(str(error)) from error
    except UnreachableError as error:
        raise Unreachable(str(error)) from error
    except ImpatientError as error:
        raise Incomplete(f"nothing was sent: {error}") from error
    finally:
        signal.signal(signal.SIGTERM, before)
