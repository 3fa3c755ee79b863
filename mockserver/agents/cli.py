"""`kordkit mcp`: serves tools on its standard input and output until that ends."""

from pathlib import Path

import click


@click.command
@click.option(
    "--target",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A server that may be checked beside the mock, as for kordkit check.",
)
@click.option("--allow-writes", is_flag=True, help="Checks of that server may book, too.")
def mcp(target: Path | None, allow_writes: bool) -> None:
    """Let an agent use a mock: tools over the Model Context Protocol (stdio).

    Name this command in your agent's list of MCP servers. Its tools start and stop a mock, read the contract, send
    requests, set clock, limits and faults, read the journal and run checks.
    """
    from mockserver.agents.server import serve

    serve(target, allow_writes)
