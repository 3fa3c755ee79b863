"""The engine against a calendar by brute force, for thousands of random organizations, zones, bookings and ranges.

Days around clock changes are chosen often: there the two are most likely to part.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from mockserver.service import Calendar

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
EMPTY: list[str] = []


def opening(opens: int, closes: int) -> str:
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"


@st.composite
def openings(draw: st.DrawFn) -> list[str]:
    """Of one day; often at its edges, so that days adjoin, and where clocks are changed."""
    usual = [EMPTY, ["00:00-24:00"], ["09:00-12:00", "13:00-17:00"], ["20:00-24:00"], ["00:00-03:00", "22:30-24:00"]]
    if draw(st.booleans()):
        return draw(st.sampled_from(usual))
    minutes = st.sampled_from([*range(0, 1441, 30), *range(0, 241, 15), 0, 0, 1440, 1440, 7, 61, 601, 1439])
    edges = sorted(draw(st.sets(minutes, min_size=2, max_size=6)))
    pairs = list(zip(edges, edges[1:], strict=False))
    # Every other pair leaves pauses; all of them adjoin.
    return [opening(*pair) for pair in (pairs if draw(st.integers(0, 4)) == 0 else pairs[::2])]


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[str]]:
    days = draw(st.lists(openings(), min_size=1, max_size=3))
    if len(days) == 1:
        return dict.fromkeys(WEEKDAYS, days[0])
    return {weekday: draw(st.sampled_from(days)) for weekday in WEEKDAYS}


@st.composite
def tiers(draw: st.DrawFn, around: date, own: float = 0.5) -> dict[str, Any]:
    """Hours, exceptions, both or neither; `own` is how often there are hours."""
    stated: dict[str, Any] = {}
    if draw(st.floats(0, 1)) <= own:
        stated["hours"] = draw(weeks())
    if draw(st.integers(0, 2)) == 0:
        days = st.integers(-9, 3).map(lambda n: (around + timedelta(days=n)).isoformat())
        stated["exceptions"] = draw(st.dictionaries(days, openings(), max_size=10))
    return stated


@st.composite
def services(draw: st.DrawFn, key: str, small: Any) -> dict[str, Any]:
    lengths = st.sampled_from([10, 15, 20, 30, 45, 60, 60, 90, 180, 480, 1440])
    members: dict[str, Any] = {"duration_minutes": draw(lengths), "seats": draw(st.sampled_from([1, 1, 2, 3, 12]))}
    if draw(st.booleans()):
        members["slot_interval_minutes"] = draw(st.sampled_from([10, 15, 30, 45, 60, 70, 7, 600, 1440]))
    if draw(st.booleans()):
        members["buffer_before_minutes"] = draw(st.sampled_from([0, 5, 15, 60, 700]))
        members["buffer_after_minutes"] = draw(st.sampled_from([0, 5, 15, 60, 700]))
    members["fulfillment"] = draw(st.sampled_from(["any", "any", {"host": "host_b"}, {"team": "team_x"}]))
    members["booking_window_days"] = draw(st.sampled_from([60, 60, 1, 2]))
    return dict(small.service(key, **members))


@st.composite
def bookings(draw: st.DrawFn, services: list[dict[str, Any]], around: int, small: Any) -> list[dict[str, Any]]:
    # Few moments, so that bookings of one slot meet.
    hours = st.integers(-36, 48).map(lambda hour: around + hour * 3600)
    moments = draw(st.lists(st.tuples(hours, st.sampled_from([0, 0, 0, 15, 30, 47])), min_size=1, max_size=4))
    made = []
    for number in range(draw(st.integers(0, 8))):
        service = draw(st.sampled_from(services))
        hour, minutes = draw(st.sampled_from(moments))
        takers = {"any": HOSTS}.get(str(service["fulfillment"])) or (
            ["host_b"] if "host" in service["fulfillment"] else ["host_a", "host_b"]
        )
        made.append(
            small.booking(
                number,
                service=service["key"],
                host=draw(st.sampled_from(takers)),
                start=f"{datetime.fromtimestamp(hour + minutes * 60, UTC):%Y-%m-%dT%H:%M:%SZ}",
                status=draw(st.sampled_from(["confirmed", "confirmed", "pending", "canceled"])),
                party_size=draw(st.integers(1, service["seats"])),
            )
        )
    return made


@st.composite
def organizations(draw: st.DrawFn, small: Any) -> tuple[dict[str, Any], int]:
    """An organization with its bookings, and an instant near which they lie."""
    zone, day = draw(st.sampled_from(CHANGES))
    around = int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) // 60 * 60
    offered = [draw(services(key, small)) for key in ("talk", "walk")[: draw(st.integers(1, 2))]]
    teams = [{"id": "team_x", "name": "X", "members": ["host_a", "host_b"], **draw(tiers(day))}]
    if draw(st.booleans()):
        teams.append({"id": "team_y", "name": "Y", "members": ["host_b"], **draw(tiers(day))})
    stated = small.organization(
        timezone=zone,
        hosts=[{"id": host, "name": host, **draw(tiers(day, 0.3))} for host in HOSTS],
        teams=teams,
        services=offered,
        bookings=draw(bookings(offered, around, small)),
        **{"hours": {}, **draw(tiers(day, 1.0))},
    )
    return stated, around


@pytest.fixture(scope="module")
def agree(
    small: Any, oracle: Callable[[Any], Any], calendar_of: Callable[[Any], Calendar]
) -> Callable[[st.DataObject], None]:
    def holds(data: st.DataObject) -> None:
        stated, around = data.draw(organizations(small), "organization")
        calendar, truth = calendar_of(stated), oracle(stated)
        total = 0
        for service in stated["services"]:
            first = around + data.draw(st.sampled_from([-86400, -7200, 0, 3600, -3 * 3600 + 1]), "from")
            last = first + data.draw(st.sampled_from([3601, 6 * 3600, 86400, 2 * 86400 + 59]), "to")
            now = around + data.draw(st.sampled_from([-7 * 86400, -86400 - 1800, -86400 - 1801, 3600, 1799]), "now")
            party = data.draw(st.sampled_from([1, 1, 2]), "party")
            it = calendar.organization("small")
            got = [tuple(slot) for slot in calendar.availability(it, service["key"], first, last, party, now)]
            assert got == truth.slots(service["key"], first, last, party, now)
            total += len(got)
        target(min(total, 50))

    return holds


@settings(max_examples=2500, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_the_engine_offers_what_counting_every_minute_offers(
    agree: Callable[[st.DataObject], None], data: st.DataObject
) -> None:
    agree(data)
