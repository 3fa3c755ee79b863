"""A contract whose headers have other names is followed by all three: mock, check and load."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.mock_process import RunningMock, running_mock
from tests.processes import run

LIST = "$.paths['/api/calendar/v1/bookings'].get"


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("overlay") / "renamed.yaml"
    actions = [
        {"target": "$.components.securitySchemes.kordlessKey", "update": {"name": "X-Api-Key"}},
        {"target": f"{LIST}.parameters[?@.name=='x-organization-id']", "update": {"name": "X-Tenant"}},
    ]
    path.write_text(yaml.safe_dump({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}))
    return path


@pytest.fixture(scope="module")
def mock(overlay: Path) -> Iterator[RunningMock]:
    with running_mock("--overlay", str(overlay), "--limits", "off") as running:
        yield running


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--only", "auth", "--only", "platform.organization_header"),
        ("load", "browse", "--rate", "5/s", "--duration", "1"),
        ("load", "booking_flow", "--rate", "5/s", "--duration", "1", "--allow-writes"),
    ],
    ids=["check", "load browse", "load booking_flow, read back with the platform key"],
)
def test_the_headers_that_carry_key_and_organization_are_the_contracts(
    words: tuple[str, ...], mock: RunningMock, overlay: Path, tmp_path: Path
) -> None:
    report = () if words[0] == "check" else ("--report-dir", str(tmp_path))
    flags = ("--target", str(mock.target), *report, "--overlay", str(overlay))
    ended = run(tmp_path, *words, *flags, environment=os.environ, timeout=120)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
