"""Makers of clients take the contract as it is, and what they make of it books.

They run as their users start them. Those that are no Python packages are found on the PATH, where .ci/run puts them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.spec.document import SHIPPED, read
from tests.mock_process import running_mock

BOOK = """
import datetime, json, sys
from client import AuthenticatedClient
from client.api.bookings import create_booking
from client.models import CreateBooking, NewContact

url, key, header = sys.argv[1:]
api = AuthenticatedClient(base_url=url, token=key, prefix="", auth_header_name=header)
start = datetime.datetime(2025, 12, 3, 15, tzinfo=datetime.UTC)
contact = NewContact(name="Sarah Johnson", email="sarah@example.com")
body = CreateBooking("acme-salon", "haircut", start, start + datetime.timedelta(hours=1), "America/New_York", contact)
print(json.dumps(create_booking.sync(client=api, body=body).to_dict()))
"""
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


def test_openapi_python_client_makes_a_client_that_books(tmp_path: Path) -> None:
    maker = str(Path(sys.executable).with_name("openapi-python-client"))
    flags = ("--path", str(SHIPPED), "--output-path", str(tmp_path / "client"), "--meta", "none")
    config = tmp_path / "config.yaml"
    config.write_text("post_hooks: []\n")  # else it looks for ruff
    made = ran(maker, "generate", *flags, "--config", str(config), folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout.upper(), made.stdout
    contact = (tmp_path / "client" / "models" / "create_booking.py").read_text()
    assert re.search(r"^    contact: NewContact$", contact, re.MULTILINE)

    program = tmp_path / "book.py"
    program.write_text(BOOK)
    header = read(None)["components"]["securitySchemes"]["kordlessKey"]["name"]
    with running_mock("--now", "2025-12-01T08:00:00Z", "--freeze") as mock:
        booked = ran(sys.executable, str(program), mock.url, mock.keys()["public"], header, folder=tmp_path)
    assert booked.returncode == 0, booked.stderr
    assert json.loads(booked.stdout)["booking"]["confirmation_number"] == "BOOK_ABC123XYZ"


def test_openapi_typescript_makes_types_that_a_booking_fits(tmp_path: Path) -> None:
    maker, compiler = tool("openapi-typescript"), tool("tsc")
    made = ran(maker, str(SHIPPED), "-o", str(tmp_path / "contract.d.ts"), folder=tmp_path)
    assert made.returncode == 0, made.stderr
    for name, program, errors in (("right.ts", TYPED, 0), ("wrong.ts", WRONG, 1)):
        (tmp_path / name).write_text(program)
        compiled = ran(compiler, "--noEmit", "--strict", "--target", "es2022", name, folder=tmp_path)
        assert compiled.stdout.count("error TS") == errors, compiled.stdout


def test_redocly_finds_no_error(tmp_path: Path) -> None:
    linted = ran(tool("redocly"), "lint", str(SHIPPED), "--format", "json", folder=tmp_path)
    assert linted.returncode == 0, linted.stdout
    assert json.loads(linted.stdout)["totals"]["errors"] == 0
