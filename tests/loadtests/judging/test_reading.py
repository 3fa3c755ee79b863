"""The invariants over a real socket: a mock that keeps them, and mocks that break one each."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from contracts.spec.contract import Contract
from contracts.target.control import ControlApi
from loadtests.api import target as targets
from loadtests.api.client import Client, ImpatientError
from loadtests.api.endpoint import Endpoint
from loadtests.api.read_back import Reader
from loadtests.api.survey import survey
from loadtests.judge.invariants import NAMES, judge
from loadtests.judge.judgement import Judgement
from loadtests.measure.result import Change

SOLD_ONCE, ONE_EACH, CANCELED_FREE, NOTHING_LOST = NAMES
StartMock = Callable[..., Path]


class Clients:
    """Two bookings in each slot, one of them sent twice under its key; those of the second slot are canceled."""

    def __init__(self, target: targets.Target, service: str, platform: bool) -> None:
        self.organization = replace(target.organizations[0], service=service)
        if not platform:
            self.organization = replace(self.organization, platform_keys=())
        self.endpoint = Endpoint.of(targets.Target(target.url, (self.organization,)), Contract.load())
        self.control = ControlApi(str(target.control_url))
        self.changes: list[Change] = []

    def reader(self) -> Reader:
        client = Client(self.endpoint, self.control)
        return Reader(client, self.organization, survey(client, self.organization))

    def work(self, starts: list[str], minutes: int) -> None:
        for place, start in enumerate(starts):
            for number in range(2):
                self.book(start, minutes, f"key-{place}-{number}")
            self.book(start, minutes, f"key-{place}-0", replayed=True)
        for change in [change for change in self.changes if change.starts_at == starts[1] and not change.replayed]:
            self.cancel(change)

    def book(self, start: str, minutes: int, key: str, replayed: bool = False) -> None:
        end = datetime.fromisoformat(start) + timedelta(minutes=minutes)
        contact = f"{key}@x.example"
        body: dict[str, Any] = {
            "org_slug": self.organization.slug,
            "service_slug": self.organization.service,
            "starts_at": start,
            "ends_at": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "timezone": "UTC",
            "contact": {"name": "Ada", "email": contact},
        }
        headers = {"x-kordless-key": self.organization.keys[0], "Idempotency-Key": key}
        answer = requests.post(self.endpoint.url("createBooking"), json=body, headers=headers, timeout=10)
        if answer.status_code == 201:
            number = answer.json()["booking"]["confirmation_number"]
            slug, service = self.organization.slug, self.organization.service
            told = (slug, service, start, 1, number, contact, key, "key 1", replayed)
            self.changes.append(Change("created", len(self.changes), True, *told))

    def cancel(self, made: Change) -> None:
        url = self.endpoint.url("cancelBooking", confirmation_number=made.confirmation_number)
        answer = requests.post(url, params={"contact": made.contact}, timeout=10)
        if answer.status_code == 200:
            self.changes.append(replace(made, kind="canceled", at=float(len(self.changes)), starts_at=""))


def judged(
    ready: Path, service: str = "styling-class", minutes: int = 90, *, platform: bool = True
) -> Mapping[str, Judgement]:
    """What was judged, by invariant, after clients have been at work on free slots three days apart."""
    clients = Clients(targets.read(ready), service, platform)
    reader = clients.reader()
    before = reader.read_before()
    offered = sorted(start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in before.free)
    days = {start[:10]: start for start in reversed(offered)}
    clients.work(sorted(days.values())[4:13:4], minutes)
    reader.client = Client(clients.endpoint, clients.control)
    after = reader.read_after(clients.changes)
    return {judgement.name: judgement for judgement in judge(clients.changes, before, after)}


@pytest.mark.parametrize("platform", [True, False], ids=["by the list", "one by one"])
def test_a_mock_that_keeps_its_promises_is_found_to(start_mock: StartMock, platform: bool) -> None:
    found = judged(start_mock("--limits", "off"), platform=platform)
    assert {name: judgement.outcome for name, judgement in found.items()} == dict.fromkeys(NAMES, "kept")


@pytest.mark.parametrize(
    ("mutant", "service", "minutes", "broken"),
    [
        ("sells-twice", "haircut", 60, {SOLD_ONCE}),
        ("forgets-keys", "styling-class", 90, {ONE_EACH}),
        ("books-twice", "styling-class", 90, {ONE_EACH, CANCELED_FREE}),
        ("canceled-slot-kept", "styling-class", 90, {CANCELED_FREE}),
        ("keeps-canceled", "styling-class", 90, {NOTHING_LOST}),
        ("forgets-bookings", "styling-class", 90, {NOTHING_LOST}),
    ],
)
def test_every_invariant_bites(
    start_mock: StartMock, mutant: str, service: str, minutes: int, broken: set[str]
) -> None:
    ready = start_mock("--limits", "off", "--seed", "1", "--mutant", mutant)
    found = judged(ready, service, minutes, platform=mutant != "forgets-bookings")
    assert {name for name, judgement in found.items() if judgement.outcome == "broken"} == broken


class Watch:
    """A clock that goes on only by sleeping, which moves the mock's clock, too."""

    def __init__(self, control: ControlApi) -> None:
        self.slept: list[float] = []
        self._control = control

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._control.advance(int(seconds))


@pytest.fixture
def limited(start_mock: StartMock) -> Clients:
    """The limit is 60 a minute, and the clock stands still."""
    return Clients(targets.read(start_mock("--now", "2025-12-01T08:00:00Z", "--freeze")), "haircut", False)


def ask(client: Client, clients: Clients, times: int) -> None:
    members, headers = {"org_slug": clients.organization.slug}, {"x-kordless-key": clients.organization.keys[0]}
    for _ in range(times):
        assert client.ask("getOrganization", members, headers=headers).status_code == 200


def test_a_refusal_is_waited_out_as_long_as_the_server_says(limited: Clients) -> None:
    watch = Watch(limited.control)
    ask(Client(limited.endpoint, patience=120.0, clock=watch.now, sleep=watch.sleep), limited, 121)
    assert watch.slept == [60.0, 60.0]


def test_waiting_ends_with_the_patience(limited: Clients) -> None:
    watch = Watch(limited.control)
    client = Client(limited.endpoint, patience=119.0, clock=watch.now, sleep=watch.sleep)
    ask(client, limited, 120)
    with pytest.raises(ImpatientError, match=r"there are 119 s to read the server in, .* wants 60 s"):
        ask(client, limited, 1)
    assert watch.slept == [60.0]


def test_with_a_control_api_counters_are_cleared_rather_than_waited_for(limited: Clients) -> None:
    watch = Watch(limited.control)
    ask(Client(limited.endpoint, limited.control, clock=watch.now, sleep=watch.sleep), limited, 121)
    assert watch.slept == []


def test_bookings_that_there_was_no_time_to_read_are_told_of(limited: Clients) -> None:
    watch, reader = Watch(limited.control), limited.reader()
    before = reader.read_before()
    limited.book(min(before.free).strftime("%Y-%m-%dT%H:%M:%SZ"), 60, "k")
    for number in range(60):
        url = limited.endpoint.url("lookupBooking", confirmation_number=f"BOOK_{number:09}")
        requests.get(url, params={"contact": "a@b.example"}, timeout=10)
    reader.client = Client(limited.endpoint, patience=30.0, clock=watch.now, sleep=watch.sleep)
    after = reader.read_after(limited.changes)
    assert list(after.unread) == [change.confirmation_number for change in limited.changes]
    outcomes = [judgement.outcome for judgement in judge(limited.changes, before, after)]
    assert outcomes == ["not judged", "kept", "no case", "not judged"]
