"""`kordkit listen`: reads the flags, and listens until it is told to stop."""

from typing import Any

import click

from contracts import options
from contracts.errors import ContractError, TargetError, UnreachableError

EXIT_UNREACHABLE = 3


def _secret(_: click.Context, __: click.Parameter, secret: str | None) -> str | None:
    if secret == "":
        raise click.BadParameter("must not be empty")
    return secret


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any.")
@click.option("--secret", metavar="S", callback=_secret, help="Verify signatures with it; better in KORDKIT_SECRET.")
@click.option("--status", type=click.IntRange(200, 599), metavar="CODE", help="Answer that instead of success.")
@click.option("--hang", type=click.FloatRange(0, 3600), default=0.0, metavar="SECONDS", help="Answer so late.")
@click.option(
    "--fail-first",
    type=click.IntRange(0),
    metavar="N",
    help="Fail the first N deliveries of each id: with --status (or 500) and --hang; then take it.",
)
@click.option("--control", metavar="URL", help="Register with the mock of this control API, URL/_mock, meanwhile.")
@click.option("--admin-token", metavar="T", help="Demanded by a control API beyond loopback.")
@click.option("--organization", metavar="SLUG", help="Whose bookings the mock is to tell of.")
@click.option("--events", metavar="EVENT,…", help="Of which events; by default of all.")
@click.option("--show-contact", is_flag=True, help="Show the names, addresses and numbers of those who booked.")
@click.option("--json", "as_json", is_flag=True, help="An object a line, for programs.")
@click.option("--ready-file", type=options.FILE, metavar="F", help="There while it listens: its URL, as JSON.")
@options.amending
def listen(**flags: Any) -> None:
    """Receive webhooks, and show each delivery: event, booking, id, attempt, signature.

    It verifies signatures with --secret, or with the secret that the mock of --control gives it. It takes deliveries,
    or fails as it is told to, and stops on Ctrl-C.
    """
    # What follows takes a third of a second to import: a wrong flag should not have to wait for it.
    from contracts.listening.session import Flags
    from contracts.listening.session import listen as go_on

    try:
        go_on(Flags(**flags))
    except (ContractError, TargetError) as error:
        raise click.UsageError(str(error)) from error
    except UnreachableError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(EXIT_UNREACHABLE) from error
