"""`kordkit diff`: reads the flags, and compares."""

from typing import Any

import click

from contracts import options
from contracts.comparing.servers import for_two_servers, given
from contracts.configuration import is_general
from contracts.errors import ContractError, TargetError, UnreachableError

EXIT_UNREACHABLE = 3


@click.command()
@click.argument("servers", nargs=-1, metavar="A B")
@for_two_servers
@click.option(
    "--har", type=options.FILE, metavar="FILE", help="Instead of A: a recorded session, which B is asked again."
)
@click.option("--allow-writes", is_flag=True, help="Make bookings, and cancel them, on servers that are no mocks, too.")
@options.ledger
@options.selecting
@options.seed
@click.option("--max-requests", type=click.IntRange(1), metavar="N", help="Requests to send to each at most.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), metavar="N", help="Requests a minute, to each.")
@click.option("--report-dir", type=options.FILE, metavar="DIR", help="Where diff.json is written to.")
@options.amending
@click.pass_context
def diff(ctx: click.Context, /, servers: tuple[str, ...], **flags: Any) -> None:
    """Take the same journey on two servers, A and B, and show in what they answer otherwise.

    Each is a URL, or the ready-file of a mock. What is volatile does not count: ids, moments, hosts. Mocks whose
    ready-files are given begin with their dataset, at the same moment, and are put back at the end; elsewhere it only
    reads, unless --allow-writes is given.
    With --har FILE, a recorded session (HTTP Archive) is played again on one server, and its answers stand for A.
    Exit code 0: no difference, 1: some, 2: wrong usage, 3: a server cannot be reached, 4: incomplete.
    """
    har = flags["har"]
    if len(servers) != (1 if har else 2):
        wanted = "name one server: kordkit diff --har FILE B" if har else "name two servers: kordkit diff A B"
        raise click.UsageError(f"{wanted}, each a URL or a ready-file")
    # What follows takes half a second to import: a wrong flag should not have to wait for it.
    from contracts.comparing.diff.session import Flags, compare, replay

    general = is_general(ctx, flags["key"])
    named = [given(place, flags, bool(number), key_is_general=general) for number, place in enumerate(servers)]
    own = {name: flags[name] for name in Flags.__dataclass_fields__}
    try:
        code = replay(named[0], Flags(**own), har) if har else compare(named[0], named[1], Flags(**own))
    except (ContractError, TargetError) as error:
        raise click.UsageError(str(error)) from error
    except UnreachableError as error:
        click.echo(f"Error: {error}", err=True)
        code = EXIT_UNREACHABLE
    raise SystemExit(code)
