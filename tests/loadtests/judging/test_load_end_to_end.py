"""`kordkit load` as a process, against a mock as another one."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.mock_process import running_mock
from tests.processes import Command

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0
StartMock = Callable[..., Path]
Load = Callable[..., Command]


@pytest.fixture(scope="module")
def good_mock() -> Iterator[Path]:
    """One that keeps its promises, for all that leave it as it was or look at their own bookings alone."""
    with running_mock("--limits", "off") as started:
        yield started.target


@pytest.fixture
def load(tmp_path: Path, forked_generators: Callable[[], None]) -> Iterator[Load]:
    """Starts `kordkit load`, which reports into the folder `reports`."""
    started: list[Command] = []

    def start(*words: str) -> Command:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
        flags = ("--report-dir", str(tmp_path / "reports"))
        environment = variables | {"PYTHONPATH": str(ROOT)}
        begin = partial(in_a_group, forked_generators)
        started.append(Command(ROOT, "load", *words, *flags, environment=environment, begin=begin))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def in_a_group(begin: Callable[[], None]) -> None:
    """Of its own, which a test may interrupt."""
    os.setpgrp()
    begin()


def ended(process: Command) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return process.wait(), stdout, stderr


def report(tmp_path: Path) -> dict[str, Any]:
    stated: dict[str, Any] = json.loads((tmp_path / "reports" / "load.json").read_text("utf-8"))
    return stated


def bookings(ready: Path) -> list[Any]:
    found: list[Any] = requests.get(f"{json.loads(ready.read_text())['control_url']}/bookings", timeout=10).json()[
        "bookings"
    ]
    return found


def test_a_good_server_passes_and_is_left_as_it_was(good_mock: Path, load: Load, tmp_path: Path) -> None:
    ready = good_mock
    before = bookings(ready)
    words = ("booking_flow", "--target", str(ready), "--rate", "40/s", "--duration", "2", "--allow-writes")
    code, stdout, _ = ended(load(*words, "--fail-if", "errors>0"))
    stated = report(tmp_path)
    assert (code, stated["exit_code"]) == (0, 0), stdout
    assert {judgement["outcome"] for judgement in stated["invariants"]} == {"kept"}
    assert stated["arrivals"]["planned"] == stated["arrivals"]["sent"] + stated["arrivals"]["dropped"] == 80
    assert sum(operation["count"] for operation in stated["operations"].values()) == stated["arrivals"]["sent"]
    assert bookings(ready) == before


@pytest.mark.parametrize(
    ("mutant", "scenario", "broken"),
    [
        ("sells-twice", "slot_race", "no seat is sold twice"),
        ("forgets-keys", "idempotency_storm", "one booking for each idempotency key"),
        ("idempotency-key-ignored", "idempotency_storm", "one booking for each idempotency key"),
        ("canceled-slot-kept", "booking_flow", "canceled seats are free"),
        ("keeps-canceled", "booking_flow", "nothing acknowledged is lost"),
    ],
)
def test_a_broken_invariant_is_exit_code_1_and_named(
    start_mock: StartMock, load: Load, tmp_path: Path, mutant: str, scenario: str, broken: str
) -> None:
    ready = start_mock("--limits", "off", "--mutant", mutant)
    service = "styling-class" if mutant == "forgets-keys" else "haircut"
    words = ("--target", str(ready), "--service", service, "--rate", "40/s", "--duration", "2", "--allow-writes")
    code, stdout, _ = ended(load(scenario, *words))
    assert code == 1, stdout
    assert broken in stdout.splitlines()[-4]
    found = {judgement["name"]: judgement for judgement in report(tmp_path)["invariants"]}
    assert found[broken]["outcome"] == "broken"
    assert any(word.startswith(("BOOK_", "202", "load-")) for word in found[broken]["reason"].split())


def test_without_the_control_api_what_was_booked_is_canceled(good_mock: Path, load: Load, tmp_path: Path) -> None:
    ready = good_mock
    stated = json.loads(ready.read_text())
    key = stated["organizations"][0]["keys"]["public"]
    words = (stated["url"], "--org", "acme-salon", "--key", key, "--rate", "20/s", "--duration", "1", "--allow-writes")
    code, stdout, _ = ended(load("slot_race", *words))
    assert code == 0, stdout
    assert {booking["status"] for booking in bookings(ready)} == {"canceled"}


def test_a_dead_target_is_exit_code_3_and_a_sentence(load: Load) -> None:
    code, stdout, stderr = ended(load("browse", "http://127.0.0.1:9", "--org", "acme-salon", "--key", "k"))
    assert (code, stdout) == (3, "")
    assert stderr.splitlines()[-1].startswith("Error: http://127.0.0.1:9 does not answer")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_reports_and_is_exit_code_4(
    by: signal.Signals, good_mock: Path, load: Load, tmp_path: Path
) -> None:
    ready = good_mock
    journal, deadline = f"{json.loads(ready.read_text())['control_url']}/requests", time.monotonic() + PATIENCE
    requests.delete(journal, timeout=10)
    process = load("browse", "--target", str(ready), "--rate", "20/s", "--duration", "50")
    while len(requests.get(journal, timeout=10).json()["requests"]) < 20:
        assert time.monotonic() < deadline, "nothing is sent"
        time.sleep(0.1)
    if by is signal.SIGINT:
        os.killpg(process.pid, by)  # as a terminal does it
    else:
        process.send_signal(by)
    code, stdout, _ = ended(process)
    assert code == 4, stdout
    assert "The run was interrupted" in stdout
    assert 10 <= sum(operation["count"] for operation in report(tmp_path)["operations"].values()) < 500
