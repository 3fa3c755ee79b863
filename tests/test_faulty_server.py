"""`kordkit check` and `kordkit load` on a mock with each profile of faults: the right words, and never a traceback."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mock_process import RunningMock, running_mock
from tests.processes import run

SUBJECTS = ("organization", "ranges", "self_service")
TOLD = {
    # profile: (check's exit code and words, load's)
    "slow": ((0, "The server keeps the contract"), (0, "The run is complete")),
    "flaky": ((1, "The server breaks the contract"), (0, "The run is complete")),
    "outage": ((4, "The check is incomplete"), (3, "is not well: getService was answered with 503")),
}


@pytest.fixture(scope="module", params=TOLD)
def profile(request: pytest.FixtureRequest) -> Iterator[tuple[str, RunningMock]]:
    with running_mock("--seed", "1", "--fault", request.param) as mock:
        yield request.param, mock


def kordkit(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and everything that was said."""
    done = run(folder, *arguments, environment=os.environ, timeout=120)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_check_ends_with_a_verdict(profile: tuple[str, RunningMock], tmp_path: Path) -> None:
    name, mock = profile
    asked = SUBJECTS[:1] if name == "slow" else SUBJECTS  # whose every answer is waited for
    subjects = [part for topic in asked for part in ("--only", topic)]
    code, said = kordkit(tmp_path, "check", "--target", str(mock.target), "--max-requests", "200", *subjects)
    assert (code, TOLD[name][0][1] in said) == (TOLD[name][0][0], True), said


@pytest.mark.parametrize("profile", ["outage"], indirect=True)
def test_whoever_serves_nobody_is_not_said_to_admit_too_many(profile: tuple[str, RunningMock], tmp_path: Path) -> None:
    _, mock = profile
    code, said = kordkit(tmp_path, "check", "--target", str(mock.target), "--only", "limits.platform_minute")
    assert (code, "listBookings answered 503" in said) == (4, True), said


def test_a_load_ends_with_a_report(profile: tuple[str, RunningMock], tmp_path: Path) -> None:
    name, mock = profile
    code, said = kordkit(tmp_path, "load", "browse", "--target", str(mock.target), "--rate", "10/s", "--duration", "2")
    assert (code, TOLD[name][1][1] in said) == (TOLD[name][1][0], True), said
