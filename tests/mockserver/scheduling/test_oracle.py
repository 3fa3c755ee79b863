"""The engine against a calendar by brute force, for many random organizations, zones, bookings and ranges.

Days around clock changes are chosen often: there the two are most likely to part.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.application.bookings import BookingService
from tests.effort import draws

CHANGES = [
    ("America/New_York", date(2025, 3, 9)),
    ("America/New_York", date(2025, 11, 2)),
    ("Europe/Berlin", date(2025, 3, 30)),
    ("Europe/Berlin", date(2025, 10, 26)),
    ("Australia/Lord_Howe", date(2025, 4, 6)),  # by half an hour
    ("Australia/Lord_Howe", date(2025, 10, 5)),
    ("Africa/Cairo", date(2025, 4, 25)),  # at midnight
    ("Africa/Cairo", date(2025, 10, 31)),
    ("America/Sao_Paulo", date(2018, 2, 18)),  # at midnight too
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2010, 3, 14)),  # a minute after midnight: a minute of the next day comes twice
    ("America/St_Johns", date(2010, 11, 7)),
    ("Pacific/Auckland", date(2025, 4, 6)),
    ("Pacific/Auckland", date(2025, 9, 28)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
    ("Asia/Kolkata", date(2025, 6, 15)),
    ("Asia/Kathmandu", date(2025, 6, 15)),
    ("UTC", date(2025, 6, 15)),
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOSTS = ["host_a", "host_b", "host_c"]


USUAL_DAYS = [
    [],
    ["00:00-24:00"],
    ["09:00-12:00", "13:00-17:00"],
    ["20:00-24:00"],
    ["00:00-03:00", "22:30-24:00"],
]
EDGES = [*range(0, 1441, 30), *range(0, 241, 15), 0, 0, 1440, 1440, 7, 61, 601, 1439]


def openings(random: Random) -> list[str]:
    """Of one day; often at its edges, so that days adjoin, and where clocks are changed."""
    if random.random() < 0.5:
        return random.choice(USUAL_DAYS)
    edges = sorted({random.choice(EDGES) for _ in range(random.choice([2, 4, 6]))})
    stated = [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairwise(edges)]
    # Every other one leaves pauses; all of them adjoin.
    return stated if random.random() < 0.2 else stated[::2]


def tier(random: Random, around: date, own: float = 0.4) -> dict[str, Any]:
    """Hours, exceptions, both or neither; `own` is how often there are hours."""
    stated: dict[str, Any] = {}
    if random.random() < own:
        days = [openings(random) for _ in range(random.choice([1, 2, 3]))]
        stated["hours"] = {weekday: random.choice(days) for weekday in WEEKDAYS}
    if random.random() < 0.4:
        stated["exceptions"] = {
            (around + timedelta(days=random.randint(-3, 2))).isoformat(): openings(random)
            for _ in range(random.randint(1, 3))
        }
    if random.random() < 0.05:  # the clock around for days, by exception
        nights = {(around - timedelta(days=n)).isoformat(): ["00:00-24:00"] for n in range(1, random.randint(3, 20))}
        stated["exceptions"] = {**nights, **stated.get("exceptions", {})}
    return stated


def service(random: Random, key: str, small: Any) -> dict[str, Any]:
    members: dict[str, Any] = {
        "duration_minutes": random.choice([10, 15, 20, 30, 45, 60, 60, 90, 180, 480, 1440]),
        "seats": random.choice([1, 1, 2, 3, 12]),
        "fulfillment": random.choice(["any", "any", {"host": "host_b"}, {"team": "team_x"}]),
        "booking_window_days": random.choice([60, 60, 60, 1, 2]),
    }
    if random.random() < 0.6:
        members["slot_interval_minutes"] = random.choice([10, 15, 30, 45, 60, 70, 7, 600, 1440])
    if random.random() < 0.5:
        members["buffer_before_minutes"] = random.choice([0, 5, 15, 60, 700])
        members["buffer_after_minutes"] = random.choice([0, 5, 15, 60, 700])
    return dict(small.service(key, **members))


def takers(service: Mapping[str, Any]) -> list[str]:
    if service["fulfillment"] == "any":
        return HOSTS
    return ["host_b"] if "host" in service["fulfillment"] else ["host_a", "host_b"]


def bookings(random: Random, services: list[dict[str, Any]], around: int, small: Any) -> list[dict[str, Any]]:
    # Few moments, so that bookings of one slot meet.
    minutes = [random.randint(-24, 36) * 60 + random.choice([0, 0, 0, 15, 30, 47]) for _ in range(4)]
    made = []
    for number in range(random.randint(0, 8)):
        booked, start = random.choice(services), around + random.choice(minutes) * 60
        made.append(
            small.booking(
                number,
                service=booked["key"],
                host=random.choice(takers(booked)),
                start=f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}",
                status=random.choice(["confirmed", "confirmed", "pending", "canceled"]),
                party_size=random.randint(1, booked["seats"]),
            )
        )
    return made


def organization(random: Random, small: Any) -> tuple[dict[str, Any], int]:
    """An organization with its bookings, and an instant near which they lie."""
    zone, day = random.choice(CHANGES)
    around = int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) // 60 * 60
    offered = [service(random, key, small) for key in ("talk", "walk")[: random.choice([1, 2])]]
    teams = [{"id": "team_x", "name": "X", "members": ["host_a", "host_b"], **tier(random, day)}]
    if random.random() < 0.5:
        teams.append({"id": "team_y", "name": "Y", "members": ["host_b"], **tier(random, day)})
    stated = small.organization(
        timezone=zone,
        hosts=[{"id": host, "name": host, **tier(random, day, 0.3)} for host in HOSTS],
        teams=teams,
        services=offered,
        bookings=bookings(random, offered, around, small),
        **tier(random, day, 1.0),
    )
    return stated, around


@pytest.fixture(scope="module")
def agreed(
    small: Any, oracle: Callable[[Any], Any], calendar_of: Callable[[Any], BookingService]
) -> Callable[[Random], int]:
    """Asks both about each service of a random organization; answers how many slots they agreed on."""

    def slots(random: Random) -> int:
        stated, around = organization(random, small)
        calendar, truth, total = calendar_of(stated), oracle(stated), 0
        for wanted in stated["services"]:
            first = around + random.choice([-86400, -7200, 0, 3600, 1 - 3 * 3600])
            last = first + random.choice([3601, 9000, 6 * 3600, 86400, 86400 + 59])
            now = around + random.choice([-7 * 86400, -86400 - 1800, -86400 - 1801, -3600, 3599])
            question = wanted["key"], first, last, random.choice([1, 1, 2]), now
            slots = calendar.availability(calendar.organization("small"), *question)
            assert [tuple(slot) for slot in slots] == truth.slots(*question), (question, stated)
            total += len(slots)
        return total

    return slots


@settings(max_examples=draws(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=False))
def test_the_engine_offers_what_counting_every_minute_offers(agreed: Callable[[Random], int], random: Random) -> None:
    agreed(random)


@pytest.mark.parametrize("hundred", range(draws(25)))
def test_they_agree_for_hundreds_of_organizations(agreed: Callable[[Random], int], hundred: int) -> None:
    """The same ones in every run, and a hundred times as fast as Hypothesis draws them."""
    offered = [agreed(Random(seed)) for seed in range(hundred * 100, hundred * 100 + 100)]
    assert sum(count > 0 for count in offered) > 25, "too many of them offer nothing: this proves little"
