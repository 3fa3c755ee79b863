"""`kordkit state`: from one state into another, and what it says when that cannot be."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from mockserver.state_cli import state as command
from tests.mock_process import RunningMock, running_mock


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


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--now", "2025-12-01T08:00:00Z", "--freeze", "--admin-token", "a-token") as running:
        yield running


def test_the_state_of_a_mock_that_runs_goes_out_and_in_again(
    mock: RunningMock, booking_body: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    first, again = tmp_path / "first.json", tmp_path / "again.json"
    headers, bookings = {"x-kordless-key": mock.keys()["public"]}, f"{mock.url}/api/calendar/v1/public/bookings"
    assert requests.post(bookings, json=booking_body(), headers=headers, timeout=10).status_code == 201
    assert run("export", first, "--target", mock.target).exit_code == 0
    mock.control("POST", "/reset", headers={"Authorization": "Bearer a-token"})
    assert requests.post(bookings, json=booking_body(), headers=headers, timeout=10).status_code == 201
    assert run("import", first, "--target", mock.target).exit_code == 0
    assert requests.post(bookings, json=booking_body(), headers=headers, timeout=10).status_code == 409
    assert run("import", first, "--target", mock.target).exit_code == 0
    assert run("export", again, "--target", mock.target).exit_code == 0
    assert again.read_text() == first.read_text()
    assert first.stat().st_mode & 0o777 == 0o600


def test_a_mock_refuses_what_is_not_its_state(mock: RunningMock, tmp_path: Path) -> None:
    held, file = tmp_path / "held.json", tmp_path / "foreign.json"
    assert run("export", held, "--target", mock.target).exit_code == 0
    state = json.loads(held.read_text())
    for foreign, reason in (
        ({"bookings": []}, "format is required"),
        ({**state, "format": 2}, "this mock reads snapshots of format 1"),
        ({**state, "keys": [{**state["keys"][0], "organization": "elsewhere"}]}, "the snapshot does not fit this mock"),
    ):
        file.write_text(json.dumps(foreign))
        refused(run("import", file, "--target", mock.target), f"the mock at {mock.url}/_mock/state refused: {reason}")
    assert run("export", file, "--target", mock.target).exit_code == 0
    assert json.loads(file.read_text()) == state


def test_a_mock_wants_its_own_token(mock: RunningMock, tmp_path: Path) -> None:
    target = tmp_path / "ready.json"
    target.write_text(json.dumps({**mock.ready, "admin_token": "another"}))
    refused(run("export", tmp_path / "x", "--target", target), f"the mock at {mock.url}/_mock/state refused: ")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.0 200 OK\r\n\r\n<p>Hello</p>", b"HTTP/1.0 200 OK\r\n\r\n[]", b"220 hello\r\n"]
)
def test_what_answers_and_is_no_mock_is_told(tmp_path: Path, answer: bytes) -> None:
    target = tmp_path / "ready.json"
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/_mock"
        target.write_text(json.dumps({"control_url": url}))

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        result = run("export", tmp_path / "x", "--target", target)
        serving.join()
    refused(result, f"{url}/state", 3)
    assert not (tmp_path / "x").exists()


def test_a_mock_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    target = tmp_path / "ready.json"
    refused(run("export", tmp_path / "x", "--target", target), "ready.json cannot be read: No such file")
    for foreign in ("[]", '{"control_url": null}'):
        target.write_text(foreign)
        refused(run("export", tmp_path / "x", "--target", target), "ready.json is no ready-file with a control_url")
    target.write_text('{"control_url": "http://127.0.0.1:1/_mock"}')
    refused(run("export", tmp_path / "x", "--target", target), "no mock answers at http://127.0.0.1:1/_mock/state", 3)
