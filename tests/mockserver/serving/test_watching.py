"""`kordkit mock --watch`: what changed is served, what cannot be used is not. Here time passes when a test looks."""

import json
import os
import signal
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from mockserver.ports import SECOND
from mockserver.serving.watching import Watch
from mockserver.settings import Settings
from mockserver.web.api.pipeline import RECEIVED
from mockserver.wiring import build
from tests.mock_process import ROOT, get_ready
from tests.processes import Command, run
from tests.turns import PATIENCE, wait_until

DATASET = (ROOT / "mockserver" / "datasets" / "yoga-class.yaml").read_text("utf-8")
ORGANIZATION = "/api/calendar/v1/public/org/quiet-room"
BOOKINGS = "/api/calendar/v1/public/bookings"
KEY = {"x-kordless-key": "kord_test_YogaClassPublic0000000000000Ypub"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}


@dataclass
class Watched:
    """A mock of a file, looked after by a Watch; what that told."""

    file: Path
    changed: list[list[Path]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file.write_text(DATASET)
        settings = Settings(str(self.file), now=1_764_590_400 * SECOND, frozen=True)
        self.watch = Watch(
            [self.file],
            lambda advice: build(settings, advice=advice),
            lambda _, changed: self.changed.append(list(changed)),
            self.refused.append,
        )
        self.watch.newest = build(settings)
        self.client = Client(self.watch.app)

    def save(self, text: str) -> None:
        """And let time pass until it was noticed."""
        self.file.write_text(text)
        self.watch.look()
        self.watch.look()

    def asked(self, path: str, method: str = "GET", **how: Any) -> Any:
        answer = self.client.open(path, method=method, headers=KEY, **how)
        assert answer.status_code < 400, answer.text
        return answer.json

    @property
    def name(self) -> str:
        return str(self.asked(ORGANIZATION)["organization"]["name"])


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "mine.yaml")


RENAMED = DATASET.replace("name: The Quiet Room", "name: The Loud Room")


def test_what_was_saved_is_served(watched: Watched) -> None:
    assert watched.name == "The Quiet Room"
    watched.save(RENAMED)
    assert watched.name == "The Loud Room"
    assert (watched.changed, watched.refused) == ([[watched.file]], [])


def test_a_file_that_stays_as_it_is_changes_nothing(watched: Watched) -> None:
    mock = watched.watch.newest
    for _ in range(3):
        watched.watch.look()
    assert watched.watch.newest is mock


def test_a_file_is_read_when_it_has_been_written_to_its_end(watched: Watched) -> None:
    watched.file.write_text(RENAMED[: len(RENAMED) // 2])
    watched.watch.look()
    watched.file.write_text(RENAMED)
    watched.watch.look()
    assert (watched.changed, watched.refused) == ([], [])
    watched.watch.look()
    assert watched.name == "The Loud Room"


def test_what_cannot_be_used_leaves_the_former_as_it_was(watched: Watched) -> None:
    mock = watched.watch.newest
    watched.save("organizations: [")
    watched.watch.look()
    (sentence,) = watched.refused
    assert str(watched.file) in sentence
    assert sentence.endswith("; what was served before goes on")
    assert (watched.watch.newest, watched.name) == (mock, "The Quiet Room")
    watched.save(RENAMED)
    assert watched.name == "The Loud Room"


def test_a_file_that_is_away_is_told_of(watched: Watched) -> None:
    watched.file.unlink()
    watched.watch.look()
    assert watched.refused == []  # an editor may be saving it
    watched.watch.look()
    assert "No such file" in watched.refused[0]


def test_the_clock_goes_on_and_all_else_begins_anew(watched: Watched) -> None:
    watched.asked("/_mock/clock/advance", "POST", json={"seconds": 3600})
    watched.asked("/_mock/limits", "PUT", json={"enabled": False})
    watched.asked("/_mock/worlds/beside", "POST")
    before, former = watched.asked("/_mock/clock"), watched.watch.newest
    assert watched.name
    watched.save(RENAMED)
    assert watched.asked("/_mock/clock") == before
    assert watched.asked("/_mock/requests")["requests"] == []
    assert watched.asked("/_mock/limits")["enabled"] is True
    assert watched.asked("/_mock/worlds")["worlds"] == []
    assert former.front.worlds.unused() == []  # who might else go on sending what webhooks are told


def test_what_clients_did_wrong_is_not_forgotten(watched: Watched) -> None:
    summary = watched.watch.newest.advice
    assert watched.name
    watched.save(RENAMED)
    assert watched.name
    assert watched.watch.newest.advice is summary
    summary.judge()
    assert summary.requests == 2


def test_a_request_is_answered_by_the_mock_that_let_its_body_come(watched: Watched) -> None:
    body = json.dumps({"organization": "quiet-room"}).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": BOOKINGS,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_X_KORDLESS_KEY": KEY["x-kordless-key"],
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    former = watched.watch.newest
    assert watched.watch.body_limit(environ) > 0
    assert RECEIVED in environ
    watched.save(RENAMED)
    b"".join(watched.watch.app(environ, lambda status, headers: None))
    assert len(list(former.mock.journal.entries())) == 1
    assert watched.asked("/_mock/requests")["requests"] == []


def put(file: Path, text: str) -> None:
    """At once: if we stopped for half a second while we write, an empty file would be what was saved."""
    file.with_suffix(".part").write_text(text)
    file.with_suffix(".part").replace(file)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_command_watches_its_files(tmp_path: Path, log_format: str) -> None:
    (tmp_path / "mine.yaml").write_text(DATASET)
    words = ["--port", "0", "--data", "mine.yaml", "--watch", "--log-format", log_format, "--ready-file", "ready.json"]
    command = Command(tmp_path, "mock", *words, environment=ENVIRONMENT)
    target = tmp_path / "ready.json"
    try:
        ready = get_ready(command, target)
        put(tmp_path / "mine.yaml", RENAMED.replace("slug: quiet-room", "slug: loud-room"))
        wait_until(lambda: json.loads(target.read_text())["organizations"][0]["slug"] == "loud-room")
        url = ready["url"] + ORGANIZATION.replace("quiet", "loud")
        assert requests.get(url, headers=KEY, timeout=PATIENCE).json()["organization"]["name"] == "The Loud Room"
        put(tmp_path / "mine.yaml", "name: [")
        wait_until(lambda: "what was served before goes on" in command.errors)
        assert requests.get(url, headers=KEY, timeout=PATIENCE).status_code == 200
    finally:
        command.send_signal(signal.SIGTERM)
    _, err = command.communicate(timeout=PATIENCE)
    assert (command.returncode, target.exists()) == (0, False)
    told = "the mock has begun anew with mine.yaml"
    lines = err.splitlines()
    if log_format == "text":
        assert f"Reloaded: {told}" in lines
        assert any(line.startswith("Warning: mine.yaml") for line in lines)
    else:
        events = [json.loads(line) for line in lines]
        assert {"event": "reloaded", "detail": told} in events
        assert [event["event"] for event in events if "event" in event] == ["reloaded", "warning"]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "wants a file to look at"),
        (("--data", "mine.yaml", "--state", "sqlite:///mine.db"), "would empty a database"),
        (("--data", "mine.yaml", "--workers", "2", "--state", "postgresql://nobody@127.0.0.1/none"), "in one process"),
    ],
)
def test_where_it_cannot_be_a_sentence_says_why(tmp_path: Path, flags: tuple[str, ...], sentence: str) -> None:
    ended = run(tmp_path, "mock", "--port", "0", "--watch", *flags, environment=ENVIRONMENT)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1].startswith("Error: --watch ")
    assert sentence in ended.stderr
    assert list(tmp_path.iterdir()) == []
