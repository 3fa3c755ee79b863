"""The GitHub action and the GitLab template: their shell lines are run as the two systems run them, against a mock."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.cli import REPORTS
from contracts.cli import check as check_command
from contracts.configuration import name_variables
from tests.mock_process import ROOT, RunningMock, running_mock

ACTION = ROOT / ".github" / "actions" / "check" / "action.yml"
TEMPLATE = ROOT / "docs" / "ci" / "gitlab.yml"
WRITTEN = {"check.md", "check.sarif", "check.junit.xml", "check.html", "check.json"}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("KORD", "GITHUB", "CI"))},
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--now", "2025-12-01T08:00:00Z") as running:
        yield running


@pytest.fixture(scope="module")
def broken() -> Iterator[RunningMock]:
    with running_mock("--now", "2025-12-01T08:00:00Z", "--mutant", "revoked-key-accepted") as running:
        yield running


@dataclass
class Runner:
    """What GitHub's does with a composite action, of what this one needs."""

    folder: Path
    inputs: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    used: list[str] = field(default_factory=list)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text("utf-8")

    def run(self, action: Mapping[str, Any]) -> int:
        """The exit code of the last step that was run: one that fails ends it."""
        unknown = self.inputs.keys() - action["inputs"].keys()
        assert unknown == set()
        self.inputs = {name: str(stated["default"]) for name, stated in action["inputs"].items()} | dict(self.inputs)
        (self.folder / "summary").touch()
        for step in action["runs"]["steps"]:
            if "if" in step and not self._holds(step["if"]):
                continue
            if "uses" in step:
                self.used.append(f"{step['uses']} {json.dumps({k: self._filled(v) for k, v in step['with'].items()})}")
                continue
            code = self._shell(step)
            if code:
                return code
        return 0

    def _shell(self, step: Mapping[str, Any]) -> int:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "what a user gives is no part of a script"
        output = self.folder / "output"
        output.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                **ENVIRONMENT,
                **self.environment,
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_ACTION_PATH": str(ACTION.parent),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                **{name: self._filled(value) for name, value in step.get("env", {}).items()},
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.said += done.stdout + done.stderr
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return done.returncode

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self._value(found[1]), text)

    def _holds(self, condition: str) -> bool:
        name, value = condition.split(" == ")
        return self._value(name) == value.strip("'")

    def _value(self, expression: str) -> str:
        """Of the first alternative that has one."""
        for alternative in expression.split(" || "):
            context, _, name = alternative.partition(".")
            if context == "steps":
                identity, _, output = name.split(".")
                found = self.outputs[identity][output]
            else:
                found = {"inputs": self.inputs, "env": self.environment}[context].get(name, "")
            if found:
                return found
        return ""


def github(folder: Path, environment: Mapping[str, str] | None = None, **inputs: str) -> tuple[Runner, int]:
    runner = Runner(folder, {"requirement": "none", **inputs}, environment or {})
    return runner, runner.run(yaml.safe_load(ACTION.read_text("utf-8")))


def test_the_action_passes_with_summary_and_reports(tmp_path: Path, mock: RunningMock) -> None:
    runner, code = github(tmp_path, target=str(mock.target), only="auth.unknown-key time")
    assert code == 0, runner.said
    assert re.match(r"## .*\(asked \d+ of \d+ rules\)", runner.summary)
    assert {path.name for path in (tmp_path / "kordkit-reports").iterdir()} == WRITTEN
    assert runner.used == [
        'actions/upload-artifact@v4 {"name": "kordkit-check", "path": "kordkit-reports", "if-no-files-found": "ignore"}'
    ]


def test_the_action_fails_where_a_finding_is_not_in_the_baseline(tmp_path: Path, broken: RunningMock) -> None:
    runner, code = github(tmp_path, target=str(broken.target), only="auth", sarif="true")
    assert code == 1, runner.said
    assert "errors.401.revoked" in runner.summary.replace("\\", "")
    assert [use.split("@")[0] for use in runner.used] == [
        "actions/upload-artifact",
        "github/codeql-action/upload-sarif",
    ]
    sarif = json.loads((tmp_path / "kordkit-reports" / "check.sarif").read_bytes())
    assert sarif["runs"][0]["results"]
    known = tmp_path / "known.yaml"
    known.write_text("accepted: [{statement: errors.401.revoked, until: 2099-12-31, reason: known}]")
    runner, code = github(tmp_path, target=str(broken.target), only="auth", baseline="known.yaml")
    assert code == 0, runner.said


def test_the_action_masks_each_key_and_writes_it_nowhere(tmp_path: Path, mock: RunningMock) -> None:
    keys = mock.keys()
    inputs = {"url": mock.url, "org": "acme-salon", "only": "auth.unknown-key", "platform-key": keys["platform"]}
    inputs["organization-id"] = str(mock.ready["organizations"][0]["id"])
    runner, code = github(tmp_path, {"KORDLESS_API_KEY": keys["public"]}, **inputs)
    assert code == 0, runner.said
    masked = [f"::add-mask::{keys[kind]}" for kind in ("public", "platform")]
    assert runner.said.splitlines()[:2] == masked
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "kordkit-reports").iterdir())
    seen = runner.summary + written + "".join(runner.said.splitlines(keepends=True)[2:])
    assert [key for key in keys.values() if key in seen] == []


def test_what_goes_wrong_before_the_check_is_told_by_its_exit_code(tmp_path: Path) -> None:
    runner, code = github(tmp_path, url="http://127.0.0.1:9", key="kord_test_made_up", org="; exit 0")
    assert code == 3, runner.said
    assert runner.outputs["check"] == {"exit-code": "3"}


def test_the_action_finds_what_it_installs_and_gives_only_flags_that_there_are() -> None:
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    install, check = action["runs"]["steps"][:2]
    assert (ACTION.parent / "../../../pyproject.toml").resolve() == (ROOT / "pyproject.toml")
    assert "$GITHUB_ACTION_PATH/../../..[check]" in install["run"]
    assert {name for name in check["env"] if name.startswith("KORD")} <= variables()
    assert set(check["env"]["KORDKIT_REPORT"].split(",")) == set(REPORTS)


def variables() -> set[str]:
    name_variables(check_command)
    named = (option.envvar for option in check_command.params)
    return {name for names in named if isinstance(names, list) for name in names}


def test_the_gitlab_template_checks_and_keeps_its_reports(
    tmp_path: Path, mock: RunningMock, broken: RunningMock
) -> None:
    job = yaml.safe_load(TEMPLATE.read_text("utf-8"))["kordkit-check"]
    assert {name for name in job["variables"] if name.startswith("KORD")} <= variables()
    for target, expected in ((mock, 0), (broken, 1)):
        given = {"CHECK_REQUIREMENT": "none", "KORDKIT_TARGET": str(target.target), "KORDKIT_ONLY": "auth"}
        script = "\n".join(("set -eo pipefail", *job["before_script"], *job["script"]))
        environment = {**ENVIRONMENT, **job["variables"], **given}
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == expected, done.stdout + done.stderr
        reports = tmp_path / job["artifacts"]["paths"][0]
        assert {path.name for path in reports.iterdir()} == WRITTEN
        assert (tmp_path / job["artifacts"]["reports"]["junit"]).is_file()
