"""`kordkit run --readings`: each run has a mock of its own, and everybody is told what was found."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.processes import Command, run

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
DEPENDS = """
import os, urllib.error, urllib.request as http
url = os.environ["KORDLESS_BASE_URL"] + "/api/calendar/v1/bookings"
headers = {"x-kordless-key": os.environ["KORDKIT_PLATFORM_KEY"]}
try:
    http.build_opener(http.ProxyHandler({})).open(http.Request(url, None, headers), timeout=10)
except urllib.error.HTTPError as error:
    assert error.code == 403, f"{error.code} with {headers['x-kordless-key']} | `told` \\x00\\uffff"
"""
STATEMENT = "errors.403.missing_organization_header"  # reading 1 answers it otherwise


def ran(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return run(folder, "run", *words, environment=ENVIRONMENT)


def python(script: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-S", "-c", script)


def report(folder: Path) -> Any:
    return json.loads((folder / "run.json").read_text())


def test_what_the_client_depends_on_is_told_in_every_form(tmp_path: Path) -> None:
    ended = ran(tmp_path, "--readings", "1", "--report-dir", "told", *python(DEPENDS))
    assert ended.returncode == 1, ended.stderr
    assert "The command fails under 1 of 1 reading" in ended.stdout
    assert f"{STATEMENT}: a missing x-organization-id: 403 (assumed)" in ended.stdout
    assert f"kordkit run --reading {STATEMENT}=400 -- " in ended.stdout
    assert "AssertionError: 400 with [redacted]...Aplt" in ended.stdout
    told = report(tmp_path / "told")
    readings = told["readings"]
    assert [(each["number"], each["exit_code"]) for each in readings] == [(0, 0), (1, 1)]
    assert (readings[0]["answers"], readings[1]["answers"][STATEMENT]) == ({}, "400")
    assert all(0 < each["seconds"] < 60 for each in readings)
    (dependency,) = told["depends_on"]
    assert "AssertionError: 400" in dependency.pop("output")
    assert dependency == {
        "statement": STATEMENT,
        "level": "assumed",
        "page": None,
        "assumed": "a missing x-organization-id: 403",
        "answer": "400",
        "with": {},
    }
    assert (told["exit_code"], told["incomplete"], told["flaky"]) == (1, None, None)
    markdown = (tmp_path / "told/run.md").read_text()
    assert f"| `{STATEMENT}`: a missing x-organization-id: 403 | answered with 400" in markdown
    suite = ElementTree.parse(tmp_path / "told/run.junit.xml").getroot()[0]
    assert suite.attrib == {"name": "kordkit run: readings", "tests": "2", "failures": "1"}
    assert STATEMENT in suite[1][0].attrib["message"]
    everything = ended.stdout + ended.stderr + markdown + ElementTree.tostring(suite, "unicode") + json.dumps(told)
    assert "kord_test_" not in everything
    assert "GET /api/calendar/v1/bookings -> 400" in (tmp_path / "told/mock.log").read_text()


def test_advice_is_that_under_the_contract_as_shipped(tmp_path: Path) -> None:
    asks = DEPENDS.replace('/bookings"', '/public/org/acme-salon?key=" + os.environ["KORDLESS_API_KEY"]')
    asks = asks.replace("KORDKIT_PLATFORM_KEY", "KORDLESS_API_KEY")
    ended = ran(tmp_path, "--readings", "1", "--fail-on-advice", "--report-dir", "told", *python(asks))
    assert ended.returncode == 1
    assert ended.stderr.count("credentials.query") == 1
    assert "The command passes under 1 reading" in ended.stdout
    (advice,) = report(tmp_path / "told")["advice"]
    assert advice["id"] == "credentials.query"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--readings", "1", "--", "true"), 0, "The command passes under 1 reading, and as the contract is shipped"),
        (("--readings", "1", "--", "sh", "-c", "echo so; exit 3"), 2, "fails under reading 0 already\n\n    | so"),
        (
            ("--readings", "2", "--max-runs", "2", "--", "true"),
            4,
            "--max-runs lets be made; 1 of 2 readings",
        ),
        (("--readings", "1", "--max-seconds", "1.5", "--", "sleep", "60"), 4, "as many as --max-seconds lets pass"),
    ],
)
def test_every_end_has_its_exit_code(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    ended = ran(tmp_path, *words)
    assert (ended.returncode, ended.stderr) == (code, "")
    assert said in ended.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--readings", "0", "--", "true"), 2, "--readings"),
        (("--readings", "1", "--reading", "3", "--", "true"), 2, "leave one of them out"),
        (("--readings", "1", "--state", "sqlite:///here.db", "--", "true"), 2, "--state goes on"),
        (("--readings", "1", "--watch", "--", "true"), 2, "leave out --watch"),
        (("--readings", "1", "--data", "acme-saloon", "--", "true"), 2, 'there is no dataset "acme-saloon"'),
        (("--readings", "1", "--contract", "nowhere.yaml", "--", "true"), 2, "nowhere.yaml"),
        (("--readings", "1", "--", "no-such-command"), 127, "there is no command no-such-command"),
    ],
)
def test_every_mistake_is_one_sentence(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    ended = ran(tmp_path, *words)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("Error: ") == 1


def test_ctrl_c_ends_it_with_what_is_known(tmp_path: Path) -> None:
    script = "import pathlib, time; pathlib.Path('begun').touch(); time.sleep(60)"
    kordkit = Command(
        tmp_path, "run", "--readings", "3", "--report-dir", "told", *python(script), environment=ENVIRONMENT
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kordkit.send_signal(signal.SIGINT)
    assert kordkit.wait(30) == 4
    assert report(tmp_path / "told")["incomplete"] == "it was interrupted"
