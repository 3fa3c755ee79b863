"""A session that was recorded through the proxy is played again elsewhere, and later."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from contracts.comparing.diff.comparison import Comparison
from contracts.comparing.diff.recording import read
from contracts.comparing.diff.replay import Replay
from contracts.comparing.proxy import har
from contracts.comparing.proxy.masking import Mask
from contracts.errors import TargetError
from mockserver.mutants import find
from tests.contracts.checks.in_process import CONTRACT
from tests.contracts.comparing.journeys import side
from tests.contracts.comparing.proxies import proxied
from tests.mock_process import RunningMock, running_mock
from tests.processes import run

API = "/api/calendar/v1"
ASKED = 12  # exchanges


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a booking that was made, looked up, moved and canceled, with what goes wrong beside it."""
    file = tmp_path_factory.mktemp("recording") / "session.har"
    with running_mock("--now", "2025-12-01T08:00:00Z") as mock, proxied(mock.url) as proxy:
        booked(mock, f"http://127.0.0.1:{proxy.port}{API}")
        deadline = time.monotonic() + 30
        while len(proxy.recorder.exchanges) < ASKED and time.monotonic() < deadline:
            time.sleep(0.01)  # what comes slowly is recorded when it has gone out
        mask = Mask(frozenset({"Idempotency-Key"}), proxy.recorder.judge.secrets)
        file.write_text(json.dumps(har.document(proxy.recorder.exchanges, mock.url, mask, "1")))
    return file


def booked(mock: RunningMock, url: str) -> None:
    keys = mock.keys()
    with requests.Session() as session:
        session.headers["x-kordless-key"] = keys["public"]
        session.get(f"{url}/public/org/acme-salon")
        times = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-05T00:00:00Z"}
        asked = {"org_slug": "acme-salon", "service_slug": "haircut", **times}
        slots = session.get(f"{url}/public/availability", params=asked).json()["slots"]
        body = {
            "org_slug": "acme-salon",
            "service_slug": "haircut",
            "starts_at": slots[3]["startsAt"],
            "ends_at": slots[3]["endsAt"],
            "timezone": "Europe/Berlin",
            "contact": {"name": "Ada Byron", "email": "ada@corp.test"},
        }
        made = session.post(f"{url}/public/bookings", json=body, headers={"Idempotency-Key": "k-1"}).json()
        session.post(f"{url}/public/bookings", json=body, headers={"Idempotency-Key": "k-1"})
        session.post(f"{url}/public/bookings", json=body)
        place = f"{url}/public/bookings/confirmation/{made['booking']['confirmation_number']}"
        contact = {"contact": "ada@corp.test"}
        session.get(place, params=contact)
        session.get(place, params={"contact": "eve@corp.test"})
        moved = {"start_at": slots[9]["startsAt"], "end_at": slots[9]["endsAt"]}
        session.post(f"{place}/reschedule", params=contact, json=moved)
        session.post(f"{place}/cancel", params=contact)
        session.post(f"{place}/cancel", params=contact)
        session.headers["x-kordless-key"] = "kord_test_nobody's"
        session.get(f"{url}/public/org/acme-salon")
        session.headers["x-kordless-key"] = keys["platform"]
        session.get(f"{url}/bookings", params={"limit": 5}, headers={"x-organization-id": "abc123"})


def replayed(recording: Path, mutant: str | None = None, **settings: Any) -> Comparison:
    on = side("B", find(mutant) if mutant else None, seed=5, **settings)
    return Replay(CONTRACT, read(recording, CONTRACT), on, str).go()


def test_what_was_recorded_tells_nobody(recording: Path) -> None:
    text = recording.read_text("utf-8")
    assert "ada@" not in text
    assert "Byron" not in text
    assert "AcmeSalon" not in text


def test_a_clean_mock_answers_today_as_one_did_then(recording: Path) -> None:
    found = replayed(recording)
    assert [(each.operation, each.field, each.a, each.b) for each in found.differences] == []
    assert found.answers.compared == len(json.loads(recording.read_text("utf-8"))["log"]["entries"]) == ASKED


@pytest.mark.parametrize(
    ("mutant", "operation", "field"),
    [
        ("tagline-missing", "getOrganization", "organization.tagline"),
        ("second-cancel-succeeds", "cancelBooking", "status code"),
        ("contact-not-verified", "lookupBooking", "status code"),
        ("idempotency-key-ignored", "createBooking", "status code"),
        ("summary-without-location", "createBooking", "booking.location.type"),
        ("unknown-key-forbidden", "getOrganization", "status code"),
    ],
)
def test_a_mutant_differs(mutant: str, operation: str, field: str, recording: Path) -> None:
    assert (operation, field) in {(each.operation, each.field) for each in replayed(recording, mutant).differences}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log": {"entries": [1]}}', '{"log": {"entries": []}}'])
def test_what_is_no_recording_is_told_of(text: str, tmp_path: Path) -> None:
    (file := tmp_path / "x.har").write_text(text)
    with pytest.raises(TargetError, match=r"the recording .*x\.har"):
        read(file, CONTRACT)


def test_the_command_takes_one_server_and_writes_only_as_it_is_told(recording: Path, tmp_path: Path) -> None:
    with running_mock("--now", "2025-12-01T08:00:00Z") as mock:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
        for words, code, told in (
            ((str(mock.target),), 0, "12 of 12 answers are alike"),
            ((mock.url, "--key", mock.keys()["public"]), 0, "it may write: --allow-writes"),
            ((mock.url, "--key", mock.keys()["public"], "--org", "acme-salon", "--allow-writes"), 0, "11 of 11"),
            ((mock.url, mock.url), 2, "name one server"),
        ):
            ended = run(tmp_path, "diff", "--har", str(recording), *words, environment=environment)
            assert (ended.returncode, told in ended.stdout + ended.stderr) == (code, True), ended.stdout + ended.stderr
