"""The tools, served over standard input and output."""

from importlib.metadata import version
from pathlib import Path

from mcp.server import MCPServer

from mockserver.agents.mock import OwnMock
from mockserver.agents.tools import Tools

INSTRUCTIONS = """A mock of the Kordless Booking API, and checks of servers that claim to keep its contract.
start_mock comes first: it answers with the URL and the keys. Point the program under development at that URL, or use
send_request. Time, limits and faults are yours to set; the journal tells what the program sent. What the contract says
is documented, inferred, observed or assumed: list_statements tells which."""


def serve(target: Path | None, allow_writes: bool) -> None:
    """Until the standard input ends; the mock ends with it."""
    mock = OwnMock()
    server = MCPServer("kordkit", version=version("kordkit"), instructions=INSTRUCTIONS, log_level="WARNING")
    for tool in Tools(mock, target, allow_writes).all():
        server.add_tool(tool, structured_output=False)
    try:
        server.run("stdio")
    finally:
        mock.close()
