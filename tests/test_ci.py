"""The steps of the GitHub action and of the GitLab template, run as their runners run them, against a mock."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.cli import check
from mockserver.testing import Mock

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / ".github/actions/check/action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "docs/ci/gitlab.yml").read_text("utf-8"))[".kordkit-check"]
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")  # as GitHub calls it


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock() as started:
        yield started


def step(name: str) -> Mapping[str, Any]:
    (found,) = (each for each in ACTION["runs"]["steps"] if each.get("id") == name)
    return dict(found)


def filled(text: str, inputs: Mapping[str, str]) -> str:
    """With what is given for its inputs, else with their defaults."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return inputs.get(name, ACTION["inputs"][name].get("default", ""))

    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", value, text)


def ran(folder: Path, script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("KORD", "GITHUB"))}
    outer["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{outer['PATH']}"
    files = {name: str(folder / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_PATH")}
    return subprocess.run(
        [*BASH, script], cwd=folder, env=outer | files | environment, capture_output=True, text=True, timeout=60
    )


def acted(folder: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    checking = step("check")
    return ran(folder, checking["run"], **{name: filled(text, named) for name, text in checking["env"].items()})


def test_the_action_checks_reports_masks_and_passes(tmp_path: Path, mock: Mock) -> None:
    given = mock.credentials
    ended = acted(tmp_path, url=mock.url, key=mock.key, org=str(given.org), flags="--only organization --seed 1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "The server keeps the contract" in ended.stdout
    assert ended.stdout.splitlines()[0] == f"::add-mask::{mock.key}"
    assert ended.stdout.count("::add-mask::") == 1
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text() == (tmp_path / "kordkit-reports/check.md").read_text()
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "exit-code=0\n"
    assert (tmp_path / "kordkit-reports/check.sarif").exists()


def test_the_action_fails_with_the_code_of_the_check(tmp_path: Path, mock: Mock) -> None:
    ended = acted(tmp_path, url="http://127.0.0.1:9", key=mock.key, org="acme-salon", flags="--only organization")
    assert (ended.returncode, (tmp_path / "GITHUB_OUTPUT").read_text()) == (3, "exit-code=3\n"), ended.stderr


def test_every_variable_of_the_action_is_one_that_the_check_reads() -> None:
    flags = {f"KORDKIT_{max(each.opts, key=len)[2:].replace('-', '_').upper()}" for each in check.params}
    given = step("check")["env"]
    assert {name for name in given if name.startswith("KORDKIT_")} <= flags
    assert {name for name in GITLAB["variables"] if name.startswith("KORDKIT_")} - {"KORDKIT_PACKAGE"} <= flags
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / ".github/actions/check/action.yml").read_text("utf-8")))
    assert used == ACTION["inputs"].keys()


def test_the_action_installs_what_it_was_checked_out_with(tmp_path: Path) -> None:
    """Its line for pip is looked at, not run: that wants a network."""
    script = (
        step("install")["run"]
        .replace("python -m venv", "echo venv")
        .replace('"$RUNNER_TEMP/kordkit/bin/python"', "echo")
    )
    ended = ran(tmp_path, script, RUNNER_TEMP="/runner", GITHUB_ACTION_PATH=str(ROOT / ".github/actions/check"))
    line = ended.stdout.splitlines()[1]
    place = line.removeprefix("-m pip install --quiet ").removesuffix("[check]")
    assert (Path(place).resolve(), ended.returncode) == (ROOT, 0)
    assert (tmp_path / "GITHUB_PATH").read_text() == "/runner/kordkit/bin\n"


def test_the_gitlab_job_checks_and_reports(tmp_path: Path, mock: Mock) -> None:
    variables = GITLAB["variables"] | {
        "CHECKED_URL": mock.url,
        "KORDLESS_API_KEY": mock.key,
        "KORDKIT_ORG": "acme-salon",
        "MORE_FLAGS": "--only organization",
    }
    ended = ran(tmp_path, "\n".join(GITLAB["script"]), **variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / GITLAB["artifacts"]["reports"]["junit"]).exists()
    (folder,) = GITLAB["artifacts"]["paths"]
    assert folder == GITLAB["variables"]["KORDKIT_REPORT_DIR"]
