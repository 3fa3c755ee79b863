"""The mock keeps the contract as a stranger reads it: plain `st run` against a mock process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.spec.document import SHIPPED, read
from tests.mock_process import running_mock

ROOT = Path(__file__).parents[2]
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]


@pytest.fixture(scope="module")
def target() -> Iterator[dict[str, Any]]:
    """The ready-file of a mock that runs in a process of its own."""
    with running_mock("--limits", "off", "--seed", "1", "--now", "2025-12-01T08:00:00Z") as mock:
        yield mock.ready


def st_run(contract: Path, target: dict[str, Any], key: str, report: Path, *flags: str) -> dict[str, Any]:
    """Schemathesis' own report."""
    acme = target["organizations"][0]
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("st")), "run", str(contract), "--url", target["url"]),
            *("-H", f"x-kordless-key: {acme['keys'][key]}", "-H", f"x-organization-id: {acme['id'][4:]}"),
            *("--checks", ",".join(CHECKS), "--seed", "1", "--generation-database", "none"),
            *("--report", "json", "--report-json-path", str(report), "--no-color", *flags),
        ],
        cwd=report.parent,
        env={
            **os.environ,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
        },  # its tables take seconds to make
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    told: dict[str, Any] = json.loads(report.read_text())
    assert told["exit_code"] == done.returncode
    return told


@pytest.mark.parametrize(
    ("key", "operations", "flags"),
    [("public", 9, []), ("platform", 1, ["--include-operation-id", "listBookings"])],
    ids=["all operations with a public key", "the platform's with its own"],
)
def test_schemathesis_finds_nothing(
    key: str, operations: int, flags: list[str], target: dict[str, Any], tmp_path: Path
) -> None:
    flags = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "8", *flags]
    told = st_run(SHIPPED, target, key, tmp_path / "report.json", *flags)
    assert told["failures"] == []
    assert told["errors"] == []
    assert told["exit_code"] == 0
    # A run that tested nothing would have succeeded, too.
    assert told["complete"]
    assert told["operations"]["tested"] == operations
    assert told["test_cases"]["generated"] > 100


def test_schemathesis_finds_what_is_promised_and_not_kept(target: dict[str, Any], tmp_path: Path) -> None:
    document = read(None)
    document["components"]["schemas"]["Organization"]["required"].append("motto")
    promised = tmp_path / "promised.json"
    promised.write_text(json.dumps(document))
    flags = ["--phases", "examples", "--include-operation-id", "getOrganization"]
    told = st_run(promised, target, "public", tmp_path / "report.json", *flags)
    assert told["exit_code"] == 1
    assert [failure["title"] for failure in told["failures"]] == ["Response violates schema"]
