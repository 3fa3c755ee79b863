"""A contract whose headers have other names is followed by all three: mock, check and load."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.mock_process import ROOT, RunningMock, running_mock

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
    command = [sys.executable, str(ROOT / "kordkit.py"), *words, "--target", str(mock.target), *report]
    command += ["--overlay", str(overlay)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
