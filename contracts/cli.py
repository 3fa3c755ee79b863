"""`kordkit check`: reads the flags, runs the check, shows and writes what it found."""

import math
import signal
from pathlib import Path
from typing import Any

import click

from contracts.configuration import GENERAL_KEY, is_general
from contracts.errors import ContractError, TargetError, UnreachableError

_File = click.Path(path_type=Path)
REPORTS = ("junit", "html", "json", "sarif", "markdown")
LEVELS = ("failure", "warning", "note")
EXIT_UNREACHABLE = 3


class _Names(click.ParamType[list[str]]):
    """A comma-separated list of names."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        names = [part.strip() for part in str(value).split(",")]
        for name in names:
            if name not in REPORTS:
                self.fail(f"{name} is none of {', '.join(REPORTS)}", param, ctx)
        return names


class _Percent(click.FloatRange):
    """No coverage is more or less than "nan"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        return self.fail(f"{value} is no number", param, ctx) if math.isnan(number) else number


@click.command()
@click.argument("url", required=False)
@click.option("--target", type=_File, metavar="FILE", help="The mock's ready-file, or one of its shape.")
@click.option("--key", envvar=GENERAL_KEY, help="A public API key; better in KORDLESS_API_KEY.")
@click.option("--org", metavar="SLUG", help="The organization that the key belongs to.")
@click.option("--service", metavar="SLUG", help="The service to ask for; by default the first that can be booked.")
@click.option("--platform-key", help="A platform API key of the organization.")
@click.option("--organization-id", help="Of the organization, for the Platform API.")
@click.option("--revoked-key", help="A public key that was revoked.")
@click.option("--expired-key", help="A public key that has expired.")
@click.option("--other-key", help="A public key of another organization.")
@click.option("--other-org", metavar="SLUG", help="That other organization.")
@click.option("--control", metavar="URL", help="The mock's control API, which moves its clock: URL/_mock.")
@click.option("--admin-token", metavar="T", help="Demanded by a control API beyond loopback.")
@click.option("--webhooks", is_flag=True, help="Receive webhooks on loopback, and check them; needs a control API.")
@click.option("--ca-bundle", type=_File, metavar="FILE", help="Certificates (PEM) of a private authority to trust.")
@click.option("--allow-writes", is_flag=True, help="Make bookings, and cancel them; odd methods and paths, too.")
@click.option("--write-budget", type=click.IntRange(1), metavar="N", help="Creations and moves to send at most.")
@click.option(
    "--ledger",
    type=_File,
    default=Path("kordkit-ledger.jsonl"),
    show_default=True,
    metavar="FILE",
    help="What may have been booked, until it is canceled.",
)
@click.option("--cleanup", is_flag=True, help="Only cancel what an interrupted check left behind.")
@click.option("--only", multiple=True, metavar="ID", help="A rule, statement or topic; repeatable.")
@click.option("--skip", multiple=True, metavar="ID", help="A rule, statement or topic; repeatable.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the same slots and data again.")
@click.option("--max-requests", type=click.IntRange(1), metavar="N", help="Requests to send at most.")
@click.option("--rate", metavar="N/min", help="Instead of the pace that the contract's limits allow.")
@click.option(
    "--wait",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="S",
    help="Seconds that a rule may really wait where no clock is moved.",
)
@click.option("--fail-on", type=click.Choice(LEVELS), default="failure", show_default=True)
@click.option("--allow-unsettled", is_flag=True, help="Documented rules that stay unsettled do not end it with 4.")
@click.option("--baseline", type=_File, metavar="FILE", help="Findings that are accepted for a time.")
@click.option("--min-coverage", type=_Percent(0, 100), metavar="PCT", help="Of the contract; less fails.")
@click.option(
    "--report", "reports", type=_Names(), multiple=True, metavar=",".join(REPORTS), help="Files to write; repeatable."
)
@click.option("--report-dir", type=_File, metavar="DIR", help="Where to; by default the current folder.")
@click.option("--learn", type=_File, metavar="FILE", help="Write what the server does where nothing is documented.")
@click.option("--dry-run", is_flag=True, help="Show what would be asked, and send nothing.")
@click.option("--contract", type=_File, metavar="FILE", help="Another contract than the shipped one.")
@click.option(
    "--overlay", "overlays", type=_File, multiple=True, metavar="FILE", help="Amends the contract; repeatable."
)
@click.pass_context
def check(ctx: click.Context, /, url: str | None, **flags: Any) -> None:
    """Check whether the server at URL keeps the contract of the Booking API.

    It reads only, unless --allow-writes is given; then it also books slots under made-up names and cancels them again.
    Exit code 0: passed, 1: something was found, 2: wrong usage, 3: the server cannot be reached, 4: incomplete.
    """
    # What follows takes half a second to import: a wrong flag should not have to wait for it.
    from contracts import wiring as checking
    from contracts.flags import Flags

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was booked is canceled
    flags["reports"] = [name for names in flags["reports"] for name in names]
    try:
        code = checking.check(url, Flags(**flags, key_is_general=is_general(ctx, flags["key"])))
    except (ContractError, TargetError) as error:
        raise click.UsageError(str(error)) from error
    except UnreachableError as error:
        click.echo(f"Error: {error}", err=True)
        code = EXIT_UNREACHABLE
    finally:
        signal.signal(signal.SIGTERM, before)
    raise SystemExit(code)
