"""Plain `st run` with our hooks: every check that Schemathesis has on by default, and ours, against a mock process."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from contracts.properties.checks import CHECKS
from contracts.spec.document import SHIPPED
from tests.mock_process import RunningMock, running_mock

ROOT = Path(__file__).parents[3]


def st_run(mock: RunningMock, report: Path, *flags: str, **variables: str) -> dict[str, Any]:
    """Schemathesis' own report, and what it printed."""
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("st")), "run", str(SHIPPED), "--url", mock.url, "--no-color"),
            *("--seed", "1", "--generation-database", "none", "--report", "json", "--report-json-path", str(report)),
            *flags,
        ],
        cwd=report.parent,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("KORD", "SCHEMATHESIS"))},
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "contracts.properties.hooks",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),  # where tables are that take seconds to make
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    return {**json.loads(report.read_text()), "printed": done.stdout}


def test_with_all_checks_nothing_is_found_and_nothing_is_waved_through(tmp_path: Path) -> None:
    with running_mock("--limits", "off", "--seed", "1") as mock:
        told = st_run(
            *(mock, tmp_path / "report.json", "--max-examples", "5"),
            KORDKIT_TARGET=str(mock.target),
            KORDKIT_ALLOW_WRITES="1",
        )
    assert told["failures"] == []
    assert told["errors"] == []
    assert told["exit_code"] == 0
    assert told["operations"]["tested"] == 9
    assert told["test_cases"]["generated"] > 300
    assert "dropped by `filter_failure`" in told["printed"]  # requests that break a rule were made, and refused


def test_the_target_can_be_named_in_the_environment(tmp_path: Path) -> None:
    with running_mock("--limits", "off", "--seed", "1") as mock:
        told = st_run(
            *(mock, tmp_path / "report.json", "--max-examples", "5", "--phases", "fuzzing"),
            *("--include-operation-id", "getAvailability", "--include-operation-id", "listBookings"),
            KORDKIT_URL=mock.url,
            KORDLESS_API_KEY=mock.keys()["public"],
            KORDKIT_PLATFORM_KEY=mock.keys()["platform"],
            KORDKIT_ORG=mock.ready["organizations"][0]["slug"],
            KORDKIT_ORGANIZATION_ID=mock.ready["organizations"][0]["id"],
        )
    assert told["exit_code"] == 0, told["printed"][-3000:]
    assert re.search(r"\b401\b", told["printed"].replace(str(tmp_path), "")) is None  # a port may have it inside


def test_a_mutant_is_found_by_their_checks_and_by_ours(tmp_path: Path) -> None:
    flags = ("--max-examples", "5", "--phases", "examples,coverage", "--include-operation-id", "getAvailability")
    titles = []
    for mutant in ("detail-called-message", "status-of-bad-request"):
        with running_mock("--limits", "off", "--seed", "1", "--mutant", mutant) as mock:
            told = st_run(mock, tmp_path / f"{mutant}.json", *flags, KORDKIT_TARGET=str(mock.target))
        assert told["exit_code"] == 1
        titles.append({failure["title"] for failure in told["failures"]})
    theirs, ours = titles
    assert "Response violates schema" in theirs
    assert ours == {"Custom check failed: `error_tells_its_status`"}


def test_every_check_of_ours_has_a_name_of_its_own() -> None:
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
