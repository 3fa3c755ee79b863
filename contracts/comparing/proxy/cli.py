"""`kordkit proxy`: reads the flags, and serves until it is told to stop."""

from typing import Any

import click

from contracts import options
from contracts.errors import ContractError, TargetError

LEVELS = ("failure", "warning", "note")


@click.command()
@click.option("--target-url", required=True, metavar="URL", help="The server that it stands before: its origin.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any.")
@click.option(
    "--ca-bundle", type=options.FILE, metavar="FILE", help="Certificates (PEM) of a private authority to trust."
)
@click.option("--ready-file", type=options.FILE, metavar="F", help="There while it listens: its URL, as JSON.")
@click.option("--report-dir", type=options.FILE, metavar="DIR", help="Where proxy.json and proxy.har are written to.")
@click.option(
    "--learn", type=options.FILE, metavar="FILE", help="Write what it answered to open questions: an overlay."
)
@click.option("--fail-on", type=click.Choice(LEVELS), default="failure", show_default=True)
@options.amending
def proxy(**flags: Any) -> None:
    """Stand between an application and a server, and judge what goes through by the contract.

    Requests and answers go through as they are. An answer that breaks the contract has one header more,
    X-Kordkit-Violations, with the ids of the statements.
    It stops on Ctrl-C. Exit code 0: the server kept the contract, 1: it broke it, 2: wrong usage.
    """
    # What follows takes a third of a second to import: a wrong flag should not have to wait for it.
    from contracts.comparing.proxy.session import Flags
    from contracts.comparing.proxy.session import proxy as go_on

    try:
        code = go_on(Flags(**flags))
    except (ContractError, TargetError) as error:
        raise click.UsageError(str(error)) from error
    raise SystemExit(code)
