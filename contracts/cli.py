"""`kordkit check`: reads the flags, runs the check, shows and writes what it found."""

import gc
import math
import signal
from typing import Any

import click

from contracts import options
from contracts.configuration import is_general
from contracts.errors import ContractError, TargetError, UnreachableError

REPORTS = ("junit", "html", "json", "sarif", "markdown")
LEVELS = ("failure", "warning", "note")
EXIT_UNREACHABLE = 3
# New objects, and collections of the younger ones, before garbage is looked for: a check keeps nearly all that it
# makes, and with Python's own numbers a seventh of its time went into looking.
COLLECTED = (20_000, 20, 10)


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
@click.option("--target", type=options.FILE, metavar="FILE", help="The mock's ready-file, or one of its shape.")
@options.for_a_server
@click.option("--webhooks", is_flag=True, help="Receive webhooks on loopback, and check them; needs a control API.")
@click.option("--allow-writes", is_flag=True, help="Make bookings, and cancel them; odd methods and paths, too.")
@click.option("--write-budget", type=click.IntRange(1), metavar="N", help="Creations and moves to send at most.")
@options.ledger
@click.option("--cleanup", is_flag=True, help="Only cancel what an interrupted check left behind.")
@options.selecting
@options.seed
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
@click.option("--baseline", type=options.FILE, metavar="FILE", help="Findings that are accepted for a time.")
@click.option("--min-coverage", type=_Percent(0, 100), metavar="PCT", help="Of the contract; less fails.")
@click.option(
    "--report", "reports", type=_Names(), multiple=True, metavar=",".join(REPORTS), help="Files to write; repeatable."
)
@click.option("--report-dir", type=options.FILE, metavar="DIR", help="Where to; by default the current folder.")
@click.option(
    "--learn", type=options.FILE, metavar="FILE", help="Write what the server does where nothing is documented."
)
@click.option("--dry-run", is_flag=True, help="Show what would be asked, and send nothing.")
@options.amending
@click.pass_context
def check(ctx: click.Context, /, url: str | None, **flags: Any) -> None:
    """Check whether the server at URL keeps the contract of the Booking API.

    It reads only, unless --allow-writes is given; then it also books slots under made-up names and cancels them again.
    Exit code 0: passed, 1: something was found, 2: wrong usage, 3: the server cannot be reached, 4: incomplete.
    """
    gc.set_threshold(*COLLECTED)
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
