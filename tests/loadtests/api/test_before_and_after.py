"""What is asked before a load and cleaned up after it, of a server that answers from a script."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
import pytest
import requests

from contracts.spec.contract import Contract
from loadtests.api.clean_up import Cleaned, cancel_all
from loadtests.api.client import Client
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.read_back import Reader
from loadtests.api.survey import survey
from loadtests.api.target import Organization, Target
from loadtests.judge.lives import Booking
from loadtests.measure.result import Change

NOW = datetime(2025, 12, 1, 8, tzinfo=UTC)
Script = Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, Any]]


class Scripted:
    """Stands in for a Client: `script` is told operation, members and query, and gives status and JSON."""

    def __init__(self, script: Script) -> None:
        target = Target("http://127.0.0.1:9", (Organization("acme", keys=("k",)),))
        self.endpoint = Endpoint.of(target, Contract.load())
        self.now = NOW
        self.asked: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = []
        self._script = script

    def ask(
        self,
        operation: str,
        members: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        self.asked.append((operation, members or {}, query or {}))
        answer = requests.Response()
        answer.status_code, stated = self._script(operation, members or {}, query or {})
        answer._content = orjson.dumps(stated)
        return answer


def client(script: Script) -> tuple[Client, Scripted]:
    scripted = Scripted(script)
    return cast("Client", scripted), scripted


def test_slots_can_be_canceled_still_when_the_run_is_over() -> None:
    def script(operation: str, members: Mapping[str, str], query: Mapping[str, str]) -> tuple[int, Any]:
        if operation == "getService":
            return 200, {"calendarSettings": {"cancellation_policy": {"noticeHours": 24}, "booking_window_days": 30}}
        return 200, {"slots": slots}

    starts = [NOW + timedelta(hours=hour) for hour in range(48)]
    slots = [{"startsAt": start.isoformat(), "endsAt": (start + timedelta(hours=1)).isoformat()} for start in starts]
    for duration in (0.0, 8 * 3600.0):
        offer = survey(client(script)[0], Organization("acme", "haircut"), duration).offer
        first = offer.slots[0].starts_at
        assert datetime.fromisoformat(first) == NOW + timedelta(hours=26, seconds=duration)


def test_the_server_is_asked_once_for_what_is_loaded_and_what_is_judged() -> None:
    def script(operation: str, members: Mapping[str, str], query: Mapping[str, str]) -> tuple[int, Any]:
        if operation == "getService":
            return 200, {"calendarSettings": {"duration_minutes": 60, "buffer_after": 15, "booking_window_days": 30}}
        start = NOW + timedelta(days=1)
        end = start + timedelta(hours=1)
        return 200, {
            "slots": [
                {"startsAt": start.isoformat(), "endsAt": end.isoformat(), "availableCapacity": seats}
                for seats in (1, 2)
            ]
        }

    asking, asked = client(script)
    organization = Organization("acme", "haircut", keys=("k",))
    surveyed = survey(asking, organization)
    before = Reader(asking, organization, surveyed).read_before()
    assert before.free == {NOW + timedelta(days=1): 3}
    assert before.spacing == timedelta(minutes=75)
    assert [slot.starts_at for slot in surveyed.offer.slots] == [(NOW + timedelta(days=1)).isoformat()]
    assert [operation for operation, _, _ in asked.asked] == ["getService", "getAvailability"]


def booked(number: str, contact: str = "load-run-1@example.com") -> Change:
    return Change("created", 1.0, True, "acme", "haircut", "2025-12-03T10:00:00Z", 1, number, contact)


@pytest.mark.parametrize(
    ("refusal", "status", "cleaned"),
    [
        (200, "confirmed", Cleaned(1, ())),
        (404, "confirmed", Cleaned(1, ())),
        (422, "canceled", Cleaned(1, ())),
        (422, "confirmed", Cleaned(0, ("B",))),
        (409, "canceled", Cleaned(1, ())),
        (403, "canceled", Cleaned(0, ("B",))),
    ],
)
def test_a_booking_that_may_not_be_canceled_any_more_is_told_of(refusal: int, status: str, cleaned: Cleaned) -> None:
    def script(operation: str, members: Mapping[str, str], query: Mapping[str, str]) -> tuple[int, Any]:
        return (refusal, {}) if operation == "cancelBooking" else (200, {"booking": {"status": status}})

    assert cancel_all(client(script)[0], [booked("B")]) == cleaned


def willing(operation: str, members: Mapping[str, str], query: Mapping[str, str]) -> tuple[int, Any]:
    return 200, {}


def test_creations_that_were_never_answered_are_told_of() -> None:
    lost = [replace(booked("", contact=f"load-run-{number}@example.com"), acknowledged=False) for number in (1, 2)]
    cleaned = cancel_all(client(willing)[0], [booked("B"), *lost])
    assert cleaned == Cleaned(1, (), unanswered=1)
    assert list(cleaned.notes(worker_lost=True)) == [
        "creations without an answer: 1; what they booked may still be there",
        "what the lost worker booked last may still be there",
    ]
    assert list(Cleaned(1, ("A", "B", "C", "D")).notes(worker_lost=False)) == [
        "bookings of this run that are still there: 4 (A, B, C, ...)"
    ]


def test_with_a_list_what_no_answer_told_of_is_canceled_too_and_nothing_of_others() -> None:
    run, other = Data(7, "aaaa"), Data(7, "bbbb")

    def listed(number: str, contact: str, status: str = "confirmed") -> Booking:
        return Booking(number, status, NOW, frozenset({contact, "+15550100001"}))

    there = [
        listed("A", run.contact(1).email),
        listed("B", run.of("SlotRace").contact(2).email),
        listed("C", run.contact(3).email, status="canceled"),
        listed("D", other.contact(1).email),
        listed("E", "somebody-else@example.com"),
    ]
    lost = replace(booked("", contact=run.contact(1).email), acknowledged=False)
    asking, asked = client(willing)
    assert cancel_all(asking, [lost], there) == Cleaned(2, ())
    assert [(members["confirmation_number"], query["contact"]) for _, members, query in asked.asked] == [
        ("A", run.contact(1).email),
        ("B", run.of("SlotRace").contact(2).email),
    ]
