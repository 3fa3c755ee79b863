"""`kordkit mcp` as an agent meets it: the SDK's own client, over the standard input and output of one process."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

from contracts.spec.contract import Contract
from mockserver.agents.mock import COMMAND
from tests.mock_process import KORDKIT, ROOT

MORNING = "2025-12-01T08:00:00Z"
BOOKINGS = "/api/calendar/v1/public/bookings"
START = {"now": MORNING, "freeze": True, "seed": 7}
BOOKING = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "starts_at": "2025-12-03T15:00:00Z",
    "ends_at": "2025-12-03T16:00:00Z",
    "timezone": "America/New_York",
    "contact": {"name": "Sarah Johnson", "email": "sarah@example.com"},
}


class Agent:
    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal = portal
        self._client = client

    def tools(self) -> dict[str, Any]:
        return {tool.name: tool for tool in self._portal.call(self._client.list_tools).tools}

    def calls(self, tool: str, **arguments: Any) -> Any:
        answer = self._portal.call(self._client.call_tool, tool, arguments)
        texts = [content.text for content in answer.content if isinstance(content, TextContent)]
        assert not answer.is_error, texts
        return json.loads(texts[0]) if len(texts) == 1 and texts[0][0] in "{[" else texts

    def fails(self, tool: str, **arguments: Any) -> str:
        """The sentence that it is told."""
        answer = self._portal.call(self._client.call_tool, tool, arguments)
        assert answer.is_error
        (content,) = answer.content
        assert isinstance(content, TextContent)
        return content.text


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-P", KORDKIT, "mcp"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path_factory.mktemp("agent"),
    )
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(server)) as client:
        yield Agent(portal, client)


@pytest.fixture(scope="module")
def started(agent: Agent) -> tuple[dict[str, Any], Any]:
    """What the agent is told, and the state that the mock is in."""
    ready = agent.calls("start_mock", **START)
    return dict(ready["organizations"][0]), agent.calls("control", method="GET", path="/state")


@pytest.fixture
def mock(agent: Agent, started: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    """As at its start, whatever was done to it before."""
    organization, state = started
    agent.calls("control", method="PUT", path="/state", body=state)
    agent.calls("control", method="DELETE", path="/requests")
    return organization


def book(agent: Agent, **more: Any) -> Any:
    return agent.calls("send_request", method="POST", path=BOOKINGS, body=BOOKING, key="public", **more)


def test_every_tool_says_what_it_does_and_what_it_wants(agent: Agent) -> None:
    tools = agent.tools()
    assert tools.keys() >= {"start_mock", "stop_mock", "send_request", "set_clock", "read_journal", "run_check"}
    assert [name for name, tool in tools.items() if len(tool.description or "") < 40] == []
    assert tools["send_request"].input_schema["required"] == ["method", "path"]


def test_one_mock_runs_at_a_time_and_none_before_it_is_started(agent: Agent, mock: dict[str, Any]) -> None:
    assert "running already" in agent.fails("start_mock")
    (said,) = agent.calls("stop_mock")
    url = said.split()[3]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{url}/_mock/health", timeout=5)
    for tool in ("stop_mock", "list_operations", "run_check"):
        assert "start_mock first" in agent.fails(tool)
    assert "acme-salon" in agent.fails("start_mock", data="acme-saloon")
    assert agent.calls("start_mock", **START)["organizations"][0]["keys"] == mock["keys"]


def test_the_contract_is_read_in_pieces(agent: Agent, mock: dict[str, Any]) -> None:
    contract = Contract.load()
    listed = agent.calls("list_operations")["operations"]
    assert [operation["operation_id"] for operation in listed] == list(contract.operations)
    described = agent.calls("describe_operation", operation_id="createBooking")
    assert (described["method"], described["path"]) == ("POST", BOOKINGS)
    assert "#/components/schemas/NewContact" in described["components"]
    assert "slot_not_offered" in described["errors"]
    assert "there is no operation book; there are" in agent.fails("describe_operation", operation_id="book")
    stated = agent.calls("list_statements", contains="idempotency", level="assumed")["statements"]
    assert stated
    assert {statement["id"] for statement in stated} <= contract.statements.keys()
    assert {statement["level"] for statement in stated} == {"assumed"}
    assert len(agent.calls("list_statements", limit=1000)["statements"]) == 200


def test_a_booking_is_made_looked_at_and_found_in_the_journal(agent: Agent, mock: dict[str, Any]) -> None:
    booked = book(agent, headers={"Idempotency-Key": "agent-1"})
    number = booked["body"]["booking"]["confirmation_number"]
    assert booked["status"] == 201
    path = f"{BOOKINGS}/confirmation/{number}"
    seen = agent.calls("send_request", method="GET", path=path, query={"contact": "sarah@example.com"})
    assert seen["body"]["booking"]["status"] == "confirmed"
    header = {Contract.load().organization_header: mock["id"]}
    path = "/api/calendar/v1/bookings"
    listed = agent.calls("send_request", method="GET", path=path, key="platform", headers=header)
    assert len(listed["body"]["bookings"]) == 1
    wrong = agent.calls("send_request", method="POST", path=BOOKINGS, body="{", key=mock["keys"]["public"])
    assert wrong["status"] == 400
    entries = agent.calls("read_journal", operation="createBooking", status="4xx")["requests"]
    assert [entry["cause"] for entry in entries] == ["malformed_body"]
    assert "read_journal" in agent.fails("control", method="GET", path="/requests/stream")
    assert "begins with /" in agent.fails("send_request", method="GET", path="http://192.0.2.1/")
    assert "there was no answer" in agent.fails("send_request", method="GET", path="/a b")


def test_time_limits_and_faults_are_the_agents_to_set(agent: Agent, mock: dict[str, Any]) -> None:
    assert agent.calls("set_clock", now="2025-12-01T09:00:00Z", frozen=True, advance_seconds=90) == {
        "now": "2025-12-01T09:01:30Z",
        "frozen": True,
    }
    agent.calls("set_limits", algorithm="token-bucket")
    agent.calls("set_remaining", policy="creation", subject="key_acme_public", remaining=0)
    assert book(agent)["status"] == 429
    assert agent.calls("set_limits", enabled=False)["enabled"] is False
    agent.calls("set_faults", faults=[{"action": {"kind": "error", "status": 503}}])
    assert book(agent)["status"] == 503
    assert agent.calls("set_faults", faults=[])["faults"] == []
    assert book(agent)["status"] == 201
    assert "GET /_mock/clock" in agent.calls("control", method="GET", path="")["paths"]
    assert "seconds" in agent.fails("set_clock", advance_seconds=-1)


def test_a_check_is_run_of_the_mock_and_of_no_server_that_the_user_did_not_name(
    agent: Agent, mock: dict[str, Any]
) -> None:
    found = agent.calls("run_check", only=["auth.unknown-key"])
    assert (found["exit_code"], found["findings"]) == (0, [])
    assert found["summary"]["passed"] >= 1
    assert "--target FILE" in agent.fails("run_check", server="target")
    assert "no rule" in agent.fails("run_check", only=["nothing"])


def test_a_mock_ends_with_whoever_started_it() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    flags = ("mock", "--port=0", "--log-format=json")
    with subprocess.Popen((*COMMAND, *flags), env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as mock:
        assert mock.stdin is not None
        assert mock.stdout is not None
        try:
            assert json.loads(mock.stdout.readline())["event"] == "ready"
            mock.stdin.close()  # as it is when the starter is killed
            assert mock.wait(60) == 0
        finally:
            mock.kill()
