"""What clients see of each fault, over real sockets: the table of docs/faults.md, row by row."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from tests.mock_process import RunningMock, running_mock
from tests.turns import PATIENCE, TURNS

# One process asks for all, for Node takes its time to start.
NODE = """
const [url, key, ...preferences] = process.argv.slice(1);
for (const prefer of preferences) {
  let seen;
  try {
    const answer = await fetch(url, {headers: {"x-kordless-key": key, prefer}});
    const text = await answer.text();
    seen = {status: answer.status, type: answer.headers.get("content-type")};
    JSON.parse(text);
  } catch (error) {
    seen = {...seen, error: error.name, message: error.message, cause: error.cause?.code};
  }
  console.log(JSON.stringify({prefer, ...seen}));
}
"""
JSON = "application/json"
REFUSALS = {"code=404": 404, "code=429": 429, "code=500": 500, "code=503": 503}
PREFERENCES = [
    *REFUSALS,
    "code=502",
    "delay=0.4",
    *(
        f"fault={kind}"
        for kind in (
            "connection-closed",
            "connection-reset",
            "response-lost",
            "truncated-body",
            "malformed-json",
            "wrong-content-type",
        )
    ),
]

ERRORS: dict[str, dict[str, tuple[type[Exception], str]]] = {
    "requests": {
        "connection-closed": (requests.ConnectionError, "RemoteDisconnected"),
        "connection-reset": (requests.ConnectionError, "ConnectionResetError"),
        "response-lost": (requests.ConnectionError, "RemoteDisconnected"),
        "truncated-body": (requests.exceptions.ChunkedEncodingError, "IncompleteRead"),
    },
    "httpx": {
        "connection-closed": (httpx.RemoteProtocolError, "disconnected without sending a response"),
        "connection-reset": (httpx.ReadError, "reset by peer"),
        "response-lost": (httpx.RemoteProtocolError, "disconnected without sending a response"),
        "truncated-body": (httpx.RemoteProtocolError, "without sending complete message body"),
    },
}


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--limits", "off") as started:
        yield started


def url(mock: RunningMock, path: str = "public/org/acme-salon") -> str:
    return f"{mock.url}/api/calendar/v1/{path}"


def headers(mock: RunningMock, preference: str) -> dict[str, str]:
    return {"X-Kordless-Key": mock.keys()["public"], "Prefer": preference}


def curl(mock: RunningMock, *arguments: str) -> "subprocess.CompletedProcess[str]":
    told = ("-sS", "-o", "/dev/null", "-w", "%{http_code} %{content_type}\n")
    key = f"X-Kordless-Key: {mock.keys()['public']}"
    return subprocess.run(["curl", *told, "-H", key, *arguments], capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize("library", [requests, httpx], ids=["requests", "httpx"])
def test_what_python_sees(mock: RunningMock, library: Any) -> None:
    with requests.Session() if library is requests else httpx.Client() as session:

        def get(preference: str) -> Any:
            return session.get(url(mock), headers=headers(mock, preference), timeout=PATIENCE)

        for preference, status in REFUSALS.items():
            answer = get(preference)
            assert (answer.status_code, answer.json()["status"]) == (status, status)
        answer = get("code=502")
        assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
        begun = time.monotonic()
        assert get("delay=0.4").status_code == 200
        assert time.monotonic() - begun >= 0.4
        for kind, (error, message) in ERRORS[library.__name__].items():
            with pytest.raises(error, match=message):
                get(f"fault={kind}")
        malformed = get("fault=malformed-json")
        assert malformed.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            malformed.json()
        typed = get("fault=wrong-content-type")
        assert (typed.headers["Content-Type"], typed.json()["organization"]["slug"]) == ("text/html", "acme-salon")


@pytest.mark.parametrize(
    ("preference", "code", "told"),
    [
        *((preference, 0, f"{status} {JSON}") for preference, status in REFUSALS.items()),
        ("code=502", 0, "502 text/html"),
        ("delay=0.2", 0, f"200 {JSON}"),
        ("fault=connection-closed", 52, "000"),
        ("fault=connection-reset", 56, "000"),
        ("fault=response-lost", 52, "000"),
        ("fault=truncated-body", 18, f"200 {JSON}"),
        ("fault=malformed-json", 0, f"200 {JSON}"),
        ("fault=wrong-content-type", 0, "200 text/html"),
    ],
)
def test_what_curl_sees(mock: RunningMock, preference: str, code: int, told: str) -> None:
    seen = curl(mock, "-H", f"Prefer: {preference}", url(mock))
    assert (seen.returncode, seen.stdout.strip()) == (code, told)


def test_what_node_sees(mock: RunningMock) -> None:
    if shutil.which("node") is None and "CI" not in os.environ:
        pytest.skip("node is not installed")
    command = ["node", "--input-type=module", "-e", NODE, url(mock), mock.keys()["public"], *PREFERENCES]
    program = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    seen = {line.pop("prefer"): line for line in map(json.loads, program.stdout.splitlines())}
    closed = {"error": "TypeError", "message": "fetch failed", "cause": "UND_ERR_SOCKET"}
    assert {preference: {name: told[name] for name in told if name != "message" or "cause" in told}
            for preference, told in seen.items()} == {
        **{preference: {"status": status, "type": JSON} for preference, status in REFUSALS.items()},
        "code=502": {"status": 502, "type": "text/html", "error": "SyntaxError"},
        "delay=0.4": {"status": 200, "type": JSON},
        "fault=connection-closed": closed,
        "fault=connection-reset": {**closed, "cause": "ECONNRESET"},
        "fault=response-lost": closed,
        "fault=truncated-body": {**closed, "message": "terminated"},
        "fault=malformed-json": {"status": 200, "type": JSON, "error": "SyntaxError"},
        "fault=wrong-content-type": {"status": 200, "type": "text/html"},
    }  # fmt: skip


def test_a_slow_body_comes_whole_and_late(mock: RunningMock) -> None:
    def shown_early() -> bool:
        """Did its head come in the first half of its time? Its end, however late we are, comes after it."""
        begun = time.monotonic()
        mock.control("POST", "/faults", json={"action": {"kind": "slow-body", "seconds": 0.6}, "times": 1})
        answer = requests.get(url(mock), headers=headers(mock, ""), timeout=PATIENCE, stream=True)
        head = time.monotonic() - begun
        assert answer.json()["organization"]["slug"] == "acme-salon"
        assert time.monotonic() - begun >= 0.6
        return head < 0.3

    assert any(shown_early() for _ in range(TURNS))


def test_curl_retries_by_itself_on_a_connection_that_it_has_used_before_even_a_post(mock: RunningMock) -> None:
    """Two requests, of which the second is lost: the server has seen three."""
    lost = {"action": {"kind": "response-lost"}, "match": {"operation": "createBooking"}, "every": 2}
    (fault,) = mock.control("POST", "/faults", json=lost)["faults"]
    where = url(mock, "public/bookings")
    seen = curl(mock, "-d", "{}", "-H", f"Content-Type: {JSON}", where, "-o", "/dev/null", where)
    assert (seen.returncode, seen.stdout.split()) == (0, ["400", JSON] * 2)
    assert [(held["matched"], held["fired"]) for held in mock.control("GET", "/faults")["faults"]
            if held["id"] == fault["id"]] == [(3, 1)]  # fmt: skip
