"""A world is a server to `kordkit check` and `kordkit load`, as a mock is: by its own words, or by URL and key."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mock_process import RunningMock, running_mock
from tests.processes import run


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    """Its own world serves nobody."""
    with running_mock("--fault", "outage", "--seed", "1") as started:
        yield started


@pytest.fixture
def world(mock: RunningMock, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """What was told of it, as a target file; no fault is in force there."""
    ready = mock.control("POST", f"/worlds/{request.node.name}")
    target = tmp_path / "world.json"
    target.write_text(json.dumps(ready))
    own = RunningMock(target, ready)
    own.control("DELETE", "/faults")
    yield target
    assert own.control("GET", "/requests")["requests"], "it was this one that was asked"
    assert not mock.control("GET", "/requests")["requests"]
    mock.control("DELETE", f"/worlds/{request.node.name}")


def kordkit(*arguments: str) -> str:
    done = run(Path.cwd(), *arguments, environment=os.environ, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_check_takes_a_world(world: Path, tmp_path: Path) -> None:
    topics = [
        part for topic in ("organization", "ranges", "rescheduling", "limits.creation") for part in ("--only", topic)
    ]
    said = kordkit("check", "--target", str(world), "--allow-writes", "--ledger", str(tmp_path / "ledger"), *topics)
    assert "The server keeps the contract" in said


def test_load_takes_a_world(world: Path) -> None:
    said = kordkit("load", "booking_flow", "--target", str(world), "--allow-writes", "--rate", "5/s", "--duration", "2")
    assert "Every promise was kept" in said


def test_check_takes_the_url_of_a_world(world: Path) -> None:
    ready = json.loads(world.read_text())
    (acme, _) = ready["organizations"]
    server = (ready["url"], "--key", acme["keys"]["public"], "--org", acme["slug"])
    assert "The server keeps the contract" in kordkit("check", *server, "--only", "organization")
