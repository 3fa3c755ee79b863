"""`kordkit state`: from one state into another, and what it says when that cannot be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockserver.state_cli import state as command


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def refused(result: Result, sentence: str, code: int = 2) -> None:
    assert (result.exit_code, result.stdout) == (code, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("door", ["direct"])
def test_a_state_goes_from_memory_to_file_to_server_and_back(
    start: Callable[..., Any], book: Callable[..., Any], new_database: Callable[[], str], tmp_path: Path
) -> None:
    client = start(limits=True)
    book(client)
    client.request("DELETE", "/_mock/limits")
    first, file, server = tmp_path / "0.json", f"sqlite:///{tmp_path / 'state.db'}", new_database()
    exported = client.request("GET", "/_mock/state").get_json()
    first.write_text(json.dumps(exported))
    for number, url in enumerate((file, server, file)):
        assert run("import", tmp_path / f"{number}.json", "--state", url).exit_code == 0
        assert run("export", tmp_path / f"{number + 1}.json", "--state", url).exit_code == 0
    last = tmp_path / "3.json"
    assert json.loads(last.read_text()) == exported
    assert last.stat().st_mode & 0o777 == 0o600
    other = start()
    assert other.request("PUT", "/_mock/state", data=last.read_bytes()).status_code == 204
    assert other.request("GET", "/_mock/state").get_json() == exported


def test_what_is_no_state_changes_none(tmp_path: Path) -> None:
    file, url = tmp_path / "state.json", f"sqlite:///{tmp_path / 'state.db'}"
    file.write_text("{}")
    refused(run("import", file, "--state", url), "this is no state: format is required")
    file.write_text("{")
    refused(run("import", file, "--state", url), "state.json is not JSON: ")
    refused(run("import", tmp_path / "none", "--state", url), "none cannot be read: No such file or directory")
    refused(run("export", tmp_path / "none" / "x", "--state", url), "x cannot be written: No such file or directory")


def test_one_state_must_be_named(tmp_path: Path) -> None:
    for flags in ((), ("--state", "sqlite:///x.db", "--target", "ready.json")):
        refused(run("export", tmp_path / "x", *flags), "name one state: --state URL of a database, or --target FILE")
    refused(run("export", tmp_path / "x", "--state", "memory://"), "name its ready-file with --target")
    refused(run("export", tmp_path / "x", "--state", "other://"), "the state other:// is none of")


def test_a_mock_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    target = tmp_path / "ready.json"
    refused(run("export", tmp_path / "x", "--target", target), "ready.json cannot be read: No such file")
    target.write_text("[]")
    refused(run("export", tmp_path / "x", "--target", target), "ready.json is no ready-file with a control_url")
    target.write_text('{"control_url": "http://127.0.0.1:1/_mock"}')
    refused(run("export", tmp_path / "x", "--target", target), "no mock answers at http://127.0.0.1:1/_mock/state", 3)
