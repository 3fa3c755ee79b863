"""Makers of clients take the contract as it is, and what they make of it books.

They run as their users start them. Those that are no Python packages are found on the PATH, where .ci/run puts them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.spec.contract import Contract
from contracts.spec.document import SHIPPED
from tests.mock_process import RunningMock, running_mock

CLIENTS = Path(__file__).with_name("clients")

TYPED = """
import type { components, paths } from "./contract";

const contact: components["schemas"]["NewContact"] = { name: "Sarah Johnson", phone: "+15551234567", email: null };
type Create = paths["/api/calendar/v1/public/bookings"]["post"];
const body: Create["requestBody"]["content"]["application/json"] = {
  org_slug: "acme-salon", service_slug: "haircut", timezone: "America/New_York", contact, party_size: 1,
  starts_at: "2025-12-03T15:00:00Z", ends_at: "2025-12-03T16:00:00Z",
};
export const number = (made: Create["responses"][201]["content"]["application/json"]): string =>
  made.booking.confirmation_number + body.org_slug;
"""
WRONG = """
import type { components } from "./contract";
export const contact: components["schemas"]["NewContact"] = { name: "Sarah Johnson", email: 5 };
"""


def tool(name: str) -> str:
    """The path of a program that comes from npm. Where it is missing, the test is skipped, but not in CI."""
    found = shutil.which(name)
    if found is None:
        missing = f"{name} is not on the PATH: `npm install` it, as .ci/run does"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def ran(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}  # nothing leaves this machine
    return subprocess.run(command, env={**os.environ, **quiet}, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--now", "2025-12-01T08:00:00Z", "--freeze") as running:
        yield running


def walks(mock: RunningMock, *command: str, folder: Path) -> None:
    """Whether a program goes the whole flow of a booking, from the organization to the platform's list."""
    mock.control("POST", "/reset")
    keys = mock.keys()
    organization = mock.ready["organizations"][0]["id"]
    done = ran(*command, mock.url, keys["public"], keys["platform"], organization, folder=folder)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["statuses"] == ["confirmed", "confirmed", "confirmed", "canceled"]
    assert said["listed"] == [said["id"]]
    asked = {entry["operation"] for entry in mock.control("GET", "/requests")["requests"]}
    assert asked >= Contract.load().operations.keys()


def test_openapi_python_client_makes_a_client_that_books(tmp_path: Path, mock: RunningMock) -> None:
    maker = str(Path(sys.executable).with_name("openapi-python-client"))
    flags = ("--path", str(SHIPPED), "--output-path", str(tmp_path / "client"), "--meta", "none")
    config = tmp_path / "config.yaml"
    config.write_text("post_hooks: []\n")  # else it looks for ruff
    made = ran(maker, "generate", *flags, "--config", str(config), folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in (made.stdout + made.stderr).upper(), made.stdout + made.stderr
    contact = (tmp_path / "client" / "models" / "create_booking.py").read_text()
    assert re.search(r"^    contact: NewContact$", contact, re.MULTILINE)
    shutil.copy(CLIENTS / "flow.py", tmp_path)
    walks(mock, sys.executable, "flow.py", folder=tmp_path)


def test_openapi_typescript_makes_a_client_that_books_and_takes_no_wrong_type(
    tmp_path: Path, mock: RunningMock
) -> None:
    maker, compiler, node = tool("openapi-typescript"), tool("tsc"), tool("node")
    made = ran(maker, str(SHIPPED), "-o", str(tmp_path / "contract.d.ts"), folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "warn" not in (made.stdout + made.stderr).lower(), made.stdout + made.stderr
    (tmp_path / "node_modules").symlink_to(Path(maker).parents[1])  # openapi-fetch is there
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(CLIENTS / "flow.ts", tmp_path)
    (tmp_path / "right.ts").write_text(TYPED)
    (tmp_path / "wrong.ts").write_text(WRONG)
    flags = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler"]
    compiled = ran(compiler, *flags, "flow.ts", "right.ts", "wrong.ts", folder=tmp_path)
    errors = re.findall(r"^([\w.]+).* error TS\d+", compiled.stdout, re.MULTILINE)
    assert errors == ["wrong.ts"], compiled.stdout
    walks(mock, node, "flow.js", folder=tmp_path)


def test_redocly_finds_no_error(tmp_path: Path) -> None:
    linted = ran(tool("redocly"), "lint", str(SHIPPED), "--format", "json", folder=tmp_path)
    assert linted.returncode == 0, linted.stdout
    assert json.loads(linted.stdout)["totals"]["errors"] == 0
