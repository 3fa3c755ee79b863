"""Whatever becomes of a `kordkit check`, what it booked is canceled, or the ledger says what is still there."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from contracts.harness.ledger import Intent, Ledger, Made
from tests.contracts.checks.command import PATIENCE, check, started
from tests.mock_process import RunningMock, running_mock
from tests.processes import Command

API = "/api/calendar/v1/public"


@pytest.fixture(scope="module")
def unlimited_mock() -> Iterator[RunningMock]:
    """Where a check need not keep the pace of limits."""
    with running_mock("--seed", "1", "--limits", "off") as started:
        yield started


def test_without_a_control_api_every_booking_is_canceled(unlimited_mock: RunningMock, tmp_path: Path) -> None:
    before = availability(unlimited_mock)
    target = str(unlimited_mock.without_control(tmp_path))
    done = check(tmp_path, "--target", target, "--allow-writes", "--only", "bookings", "--rate", "60000/min")
    assert "not canceled" not in done.stdout
    made = unlimited_mock.control("GET", "/bookings")["bookings"]
    assert len(made) >= 5
    assert active(unlimited_mock) == []
    assert availability(unlimited_mock) == before
    assert not (tmp_path / "kordkit-ledger.jsonl").exists()


def test_what_a_killed_check_left_behind_is_cleaned_up(unlimited_mock: RunningMock, tmp_path: Path) -> None:
    before = availability(unlimited_mock)
    target, ledger = str(unlimited_mock.without_control(tmp_path)), tmp_path / "ledger.jsonl"
    flags = ["--target", target, "--ledger", str(ledger)]
    process = started(tmp_path, *flags, "--allow-writes", "--only", "bookings", "--rate", "3000/min")
    wait_for_bookings(ledger, 5, process)
    process.kill()
    process.communicate()
    assert active(unlimited_mock) != []
    refused = check(tmp_path, *flags, "--allow-writes", "--only", "bookings")
    assert refused.returncode == 2
    assert "kordkit check --cleanup cancels them" in refused.stderr
    cleaned = check(tmp_path, *flags, "--cleanup", "--rate", "60000/min")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert active(unlimited_mock) == []
    assert availability(unlimited_mock) == before
    assert not ledger.exists()
    again = check(tmp_path, *flags, "--cleanup")
    assert again.returncode == 0
    assert "nothing that is left" in again.stdout


def test_a_creation_whose_answer_never_came_is_found_and_canceled(unlimited_mock: RunningMock, tmp_path: Path) -> None:
    body = booking_body(unlimited_mock)
    made = post(unlimited_mock, body, "kordkit-lost-1")
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.intend(Intent("kordkit-lost-1", unlimited_mock.url, "public", body))
    ledger.intend(Intent("kordkit-never-sent", unlimited_mock.url, "public", booking_body(unlimited_mock, 1)))
    done = check(
        tmp_path, "--target", str(unlimited_mock.target), "--cleanup", "--ledger", str(tmp_path / "ledger.jsonl")
    )
    assert done.returncode == 0, done.stdout
    assert made["id"] not in active(unlimited_mock)
    assert active(unlimited_mock) == []


def test_a_booking_that_cannot_be_canceled_is_named(tmp_path: Path) -> None:
    with running_mock("--limits", "off") as mock:
        body = booking_body(mock)
        made = post(mock, body, "kordkit-stuck")
        path = tmp_path / "ledger.jsonl"
        Ledger(path).record(Made(made["confirmation_number"], mock.url, body["contact"]["email"]), "kordkit-stuck")
        start = time.mktime(time.strptime(made["start_at"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
        mock.control("POST", "/clock/advance", json={"seconds": int(start - time.time()) - 60})
        done = check(tmp_path, "--target", str(mock.target), "--cleanup", "--ledger", str(path))
        assert done.returncode == 1
        assert f"not canceled {made['confirmation_number']}" in done.stdout
        assert path.exists()


def test_ctrl_c_still_cleans_up_and_reports(unlimited_mock: RunningMock, tmp_path: Path) -> None:
    target, ledger = str(unlimited_mock.without_control(tmp_path)), tmp_path / "ledger.jsonl"
    flags = ["--target", target, "--ledger", str(ledger), "--allow-writes", "--rate", "3000/min", "--only", "bookings"]
    process = started(tmp_path, *flags, "--report", "json")
    wait_for_bookings(ledger, 3, process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4, output
    assert "it was interrupted" in output
    report = json.loads((tmp_path / "check.json").read_text())
    assert report["exit_code"] == 4
    assert any(rule["outcome"] == "not_run" for rule in report["rules"])
    assert active(unlimited_mock) == []
    assert not ledger.exists()


def active(mock: RunningMock) -> list[str]:
    return [b["id"] for b in mock.control("GET", "/bookings")["bookings"] if b["status"] != "canceled"]


def wait_for_bookings(ledger: Path, count: int, process: Command | subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (ledger.exists() and ledger.read_text().count('{"made"') >= count):
        assert process.poll() is None, "the check was over too soon"
        assert time.monotonic() < deadline
        time.sleep(0.005)


def availability(mock: RunningMock) -> Any:
    """Of three weeks from two days on, for the first service."""
    return get(mock, "/availability", **query(mock))["slots"]


def query(mock: RunningMock) -> dict[str, str]:
    acme = mock.ready["organizations"][0]
    day = int(time.time()) // 86400 * 86400 + 2 * 86400
    shown = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(day + n * 86400)) for n in (0, 21)]
    return {"org_slug": acme["slug"], "service_slug": acme["services"][0], "from": shown[0], "to": shown[1]}


def booking_body(mock: RunningMock, number: int = 0) -> dict[str, Any]:
    slot = availability(mock)[-1 - number]
    return {
        "org_slug": mock.ready["organizations"][0]["slug"],
        "service_slug": mock.ready["organizations"][0]["services"][0],
        "starts_at": slot["startsAt"],
        "ends_at": slot["endsAt"],
        "timezone": "UTC",
        "contact": {"name": "Check A", "email": "check-lost@example.com"},
    }


def get(mock: RunningMock, path: str, **params: str) -> Any:
    headers = {"x-kordless-key": mock.keys()["public"]}
    return requests.get(mock.url + API + path, params=params, headers=headers, timeout=PATIENCE).json()


def post(mock: RunningMock, body: dict[str, Any], idempotency_key: str) -> Any:
    headers = {"x-kordless-key": mock.keys()["public"], "Idempotency-Key": idempotency_key}
    return requests.post(mock.url + API + "/bookings", json=body, headers=headers, timeout=PATIENCE).json()["booking"]
