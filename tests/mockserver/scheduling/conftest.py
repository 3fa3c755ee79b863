"""A calendar by brute force, to hold the engine against, and small organizations to try both with.

The oracle is written from the API's pages on availability and our reading of them, minute by minute, and shares no
code with the mock: it reads the dataset document itself and knows nothing but `zoneinfo`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from contracts.spec.document import shipped as our_own
from mockserver.adapters.clock import StateClock
from mockserver.adapters.ids import RandomIds
from mockserver.application.availability import Availability
from mockserver.application.bookings import BookingService
from mockserver.application.webhooks import Webhooks
from mockserver.datasets.build import Builder, Dataset
from mockserver.datasets.document import checked
from mockserver.domain.instants import parse_instant
from mockserver.storage.memory import MemoryState
from mockserver.wiring.choices import choices_of
from tests.mockserver.conftest import shipped

Document = Mapping[str, Any]
DAY = 1440
EPOCH = date(1970, 1, 1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS_BACK = 40
"""Whoever was open without a pause for so long never opened: the organizations tried have no closing before that."""
DAYS_AHEAD = 4


@lru_cache(maxsize=4096)
def wall_minutes(zone: str, utc_day: int) -> tuple[int, ...]:
    """What a clock on the wall shows in each minute of a UTC day, in minutes since 1970-01-01 00:00 on that wall."""
    shown = (datetime.fromtimestamp((utc_day * DAY + minute) * 60, ZoneInfo(zone)) for minute in range(DAY))
    return tuple((w.toordinal() - EPOCH.toordinal()) * DAY + w.hour * 60 + w.minute for w in shown)


@lru_cache(maxsize=4096)
def minutes_repeated(zone: str, utc_day: int) -> frozenset[int]:
    """The minutes of a UTC day in which the clock shows what it has shown before, be it an hour ago or a day."""
    seen = {*wall_minutes(zone, utc_day - 2), *wall_minutes(zone, utc_day - 1)}
    repeated = set()
    for minute, shown in enumerate(wall_minutes(zone, utc_day), utc_day * DAY):
        if shown in seen:
            repeated.add(minute)
        seen.add(shown)
    return frozenset(repeated)


def wall(zone: str, minute: int) -> int:
    return wall_minutes(zone, minute // DAY)[minute % DAY]


@lru_cache(maxsize=4096)
def minutes_open(openings: tuple[str, ...]) -> int:
    """A day as 1440 bytes, 1 for each open minute, in one big number."""
    day = bytearray(DAY)
    for opening in openings:
        opens, closes = (int(time[:2]) * 60 + int(time[3:]) for time in opening.split("-"))
        day[opens:closes] = b"\1" * (closes - opens)
    return int.from_bytes(day, "big")


def tier(stated: Document, day: date) -> int | None:
    """The minutes that one tier states for a date; None: nothing of its own."""
    if day.isoformat() in stated.get("exceptions", {}):
        return minutes_open(tuple(stated["exceptions"][day.isoformat()]))
    if "hours" not in stated:
        return None
    return minutes_open(tuple(stated["hours"].get(WEEKDAYS[day.weekday()], ())))


class Oracle:
    """The slots of one organization, given as a dataset states it. All instants in Unix seconds."""

    def __init__(self, organization: Document) -> None:
        self._it = organization
        self._zone: str = organization["timezone"]
        self._services = {service["key"]: service for service in organization["services"]}

    def slots(self, service_key: str, first: int, last: int, party_size: int, now: int) -> list[tuple[Any, ...]]:
        """(start, end, host, capacity, seats free) of each slot, by start and host."""
        service = self._services[service_key]
        length, seats = service["duration_minutes"], service.get("seats", 1)
        starts = self._minutes_shown_first(first, last, now, service.get("booking_window_days", 60))
        found = []
        for host in self._hosts(service):
            line = self._line(host, first // 60 // DAY)
            for minute, shown in starts:
                if line.on_grid(shown, service) and self._open_throughout(line, minute, shown, length):
                    free = self._free(host, service, minute)
                    if free >= party_size:
                        found.append((minute * 60, (minute + length) * 60, host, seats, free))
        return sorted(found)

    def _minutes_shown_first(self, first: int, last: int, now: int, window: int) -> list[tuple[int, int]]:
        """Each minute that could be asked for and what the clock shows then, unless it has shown that before."""
        earliest = max(-(-first // 60), now // 60 + 1)
        latest = min(-(-last // 60), now // 60 + window * DAY + 1)
        return [
            (minute, wall(self._zone, minute))
            for minute in range(earliest, latest)
            if minute not in minutes_repeated(self._zone, minute // DAY)
        ]

    def _hosts(self, service: Document) -> list[str]:
        chosen = service.get("fulfillment", "any")
        if chosen == "any":
            return [host["id"] for host in self._it["hosts"]]
        if "host" in chosen:
            return [chosen["host"]]
        return next(list(team["members"]) for team in self._it["teams"] if team["id"] == chosen["team"])

    def _line(self, host: str, utc_day: int) -> "Line":
        days = range(utc_day - DAYS_BACK, utc_day + DAYS_AHEAD)
        minutes = b"".join(self._minutes_of(host, EPOCH + timedelta(days=day)) for day in days)
        return Line(days.start * DAY, minutes)

    def _minutes_of(self, host_id: str, day: date) -> bytes:
        business = tier(self._it, day) or 0
        teams = [tier(team, day) for team in self._it.get("teams", []) if host_id in team["members"]]
        parent = business if not teams else 0
        for team in teams:
            parent |= business if team is None else business & team
        own = tier(next(host for host in self._it["hosts"] if host["id"] == host_id), day)
        return (parent if own is None else parent & own).to_bytes(DAY, "big")

    def _open_throughout(self, line: "Line", minute: int, shown: int, length: int) -> bool:
        """Whether the clock shows nothing during the slot but the opening that it begins in."""
        shown_later = wall_minutes(self._zone, minute // DAY) + wall_minutes(self._zone, minute // DAY + 1)
        latest = max(shown_later[minute % DAY : minute % DAY + length])
        return line.minutes.find(0, shown - line.first, latest - line.first + 1) < 0

    def _free(self, host: str, service: Document, minute: int) -> int:
        mine = range(minute, minute + service["duration_minutes"])
        free: int = service.get("seats", 1)
        for booking in self._it.get("bookings", []):
            if booking["host"] != host or booking.get("status") == "canceled":
                continue
            other = self._services[booking["service"]]
            begun = int(datetime.fromisoformat(booking["start"]).timestamp()) // 60
            theirs = range(begun, begun + other["duration_minutes"])
            if other is service and begun == minute:
                free -= booking.get("party_size", 1)
            elif meet(padded(mine, service), theirs) or meet(mine, padded(theirs, other)):
                return 0
        return free


class Line(NamedTuple):
    """A host's minutes on the wall, 1 where it is open; which of all minutes since 1970 is the first."""

    first: int
    minutes: bytes

    def on_grid(self, shown: int, service: Document) -> bool:
        here = shown - self.first
        if not self.minutes[here]:
            return False
        closed = self.minutes.rfind(0, 0, here)
        opened = 0 if closed < 0 else self.first + closed + 1
        return bool((shown - opened) % service.get("slot_interval_minutes", service["duration_minutes"]) == 0)


def padded(minutes: range, service: Document) -> range:
    before, after = service.get("buffer_before_minutes", 0), service.get("buffer_after_minutes", 0)
    return range(minutes.start - before, minutes.stop + after)


def meet(some: range, others: range) -> bool:
    return any(minute in others for minute in some)


@pytest.fixture(scope="session")
def oracle() -> Callable[[Document], Oracle]:
    return Oracle


def small_service(key: str, **members: Any) -> dict[str, Any]:
    place = {"type": "onsite", "value": "1 Test Street"}
    return {"key": key, "name": key.title(), "duration_minutes": 60, "location": place, **members}


def small_organization(**members: Any) -> dict[str, Any]:
    """Open from nine to five every day of the week in UTC, one host, one service of an hour."""
    stated = {
        "id": "org_small",
        "slug": "small",
        "name": "Small",
        "branding": {"primary_color": "#000000", "company_name": "Small"},
        "timezone": "UTC",
        "hours": {day: ["09:00-17:00"] for day in WEEKDAYS},
        "hosts": [{"id": "host_a", "name": "A"}],
        "services": [small_service("talk")],
        "keys": [],
    }
    return {**stated, **members}


def small_booking(number: int, **members: Any) -> dict[str, Any]:
    contact = {"name": "Ada", "email": "ada@example.com"}
    return {"id": f"book_{number:09}", "service": "talk", "host": "host_a", "contact": contact, **members}


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """Builders of dataset members: `small.organization(timezone=…)`, `small.service("talk")`, `small.booking(1)`."""
    return SimpleNamespace(
        organization=small_organization,
        service=small_service,
        booking=small_booking,
        hours=lambda *openings: {day: list(openings) for day in WEEKDAYS},
    )


@pytest.fixture
def dataset_file(tmp_path: Path) -> Callable[[Document], str]:
    """The path of a file that holds one organization, with a public key if it has no keys."""

    def written(organization: Document) -> str:
        key = {"kind": "public", "label": "Test", "value": "kord_test_" + "Small".ljust(32, "0")}
        file = tmp_path / "small.yaml"
        stated = {**organization, "keys": organization["keys"] or [key]}
        file.write_text(json.dumps({"name": "small", "organizations": [stated]}), encoding="utf-8")
        return str(file)

    return written


@pytest.fixture(scope="session")
def dataset_of() -> Callable[[Document], Dataset]:
    """The dataset that holds one organization."""

    def built(organization: Document) -> Dataset:
        return Builder("small").dataset(checked({"name": "small", "organizations": [organization]}, "small", our_own))

    return built


@pytest.fixture(scope="session")
def calendar_of(dataset_of: Callable[[Document], Dataset]) -> Callable[[Document], BookingService]:
    """The mock's use cases over one organization and its bookings, without HTTP."""

    def built(organization: Document) -> BookingService:
        dataset, state = dataset_of(organization), MemoryState(RandomIds(7, {"production": "kord_live_"}, 32))
        with state.work(alone=True) as work:
            work.bookings.restart(dataset.bookings)
        choices = choices_of(shipped())
        untold = Webhooks(state, StateClock(state), None, lambda: None)
        return BookingService(dataset.organizations, state, Availability(state, choices), 31, 3600, untold, choices)

    return built


@pytest.fixture(scope="session")
def at() -> Callable[[str], int]:
    """Unix seconds of a UTC time, `at("2025-03-09T07:00")`, or a local one, `at("2025-03-09T09:00", "Asia/Tokyo")`."""

    def instant(text: str, zone: str | None = None) -> int:
        if zone is not None:
            return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())
        if text.endswith("Z"):
            return parse_instant(text)
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())

    return instant


@pytest.fixture(scope="session")
def offered(calendar_of: Callable[[Document], BookingService], at: Callable[[str], int]) -> Callable[..., list[str]]:
    """Starts on offer from 1 January 2026 in UTC, asked for a month before, each once: `2026-01-01 09:00`."""

    def starts(
        organization: Document,
        days: int = 1,
        service: str = "talk",
        party: int = 1,
        host: str | None = None,
        **when: str,
    ) -> list[str]:
        first = at(when.get("first", "2026-01-01T00:00"))
        now = at(when["now"]) if "now" in when else first - 30 * 86400
        calendar = calendar_of(organization)
        slots = calendar.availability(
            calendar.organization(organization["slug"]), service, first, first + days * 86400, party, now
        )
        found = {slot.start for slot in slots if host in (None, slot.host)}
        return [f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d %H:%M}" for start in sorted(found)]

    return starts
