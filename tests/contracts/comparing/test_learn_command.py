"""`kordkit check --learn` and `kordkit load limiter --learn` as users run them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contracts.spec.contract import Contract
from tests.contracts.checks.command import check
from tests.mock_process import RunningMock, running_mock
from tests.processes import run


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--reading", "http.max_body_bytes=16-KiB") as running:
        yield running


def test_what_is_learnt_is_written_told_and_followed(mock: RunningMock, tmp_path: Path) -> None:
    asked = ("--target", str(mock.target), "--allow-writes", "--only", "http.max_body_bytes")
    ended = check(tmp_path, *asked, "--learn", "learnt.yaml", "--report", "json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "learnt http.max_body_bytes=16-KiB: 16 KiB" in ended.stdout
    report = json.loads((tmp_path / "check.json").read_text())
    assert [(one["statement"], one["answer"]) for one in report["learnt"]] == [("http.max_body_bytes", "16-KiB")]
    assert report["summary"]["notes"] == 1
    stated = Contract.load(None, [tmp_path / "learnt.yaml"]).statements["http.max_body_bytes"]
    assert (stated.level, stated.server) == ("observed", mock.url)
    again = check(tmp_path, *asked, "--overlay", "learnt.yaml", "--fail-on", "note")
    assert again.returncode == 0, again.stdout + again.stderr


def test_what_could_not_be_told_stands_on_stderr_and_in_the_files(mock: RunningMock, tmp_path: Path) -> None:
    asked = ("--target", str(mock.target), "--only", "http", "--learn", "learnt.yaml", "--report", "json")
    ended = check(tmp_path, *asked)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "not observable" in ended.stderr
    assert "http.max_body_bytes" in ended.stderr
    unknown = json.loads((tmp_path / "check.json").read_text())["not_observable"]
    assert unknown["http.max_body_bytes"] == "it needs --allow-writes"
    assert yaml.safe_load((tmp_path / "learnt.yaml").read_text())["x-not-observable"] == unknown


@pytest.mark.parametrize("words", [("check",), ("load", "limiter")])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent(words: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "target.json"
    keys = {"public": "kord_test_" + "a" * 32}
    organization = {"slug": "acme-salon", "id": "org_1", "services": ["haircut"], "keys": keys}
    target.write_text(json.dumps({"url": "http://127.0.0.1:9", "organizations": [organization]}))
    flags = ("--target", str(target), "--allow-writes", "--learn", "nowhere/learnt.yaml")
    ended = run(tmp_path, *words, *flags, environment=os.environ, timeout=60)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "--learn nowhere/learnt.yaml cannot be written: No such file or directory" in ended.stderr


def test_only_the_limiter_has_something_to_learn_from_a_load(mock: RunningMock, tmp_path: Path) -> None:
    flags = ("--target", str(mock.target), "--learn", "learnt.yaml")
    ended = run(tmp_path, "load", "browse", *flags, environment=os.environ, timeout=60)
    assert ended.returncode == 2
    assert "--learn goes with the limiter" in ended.stderr
