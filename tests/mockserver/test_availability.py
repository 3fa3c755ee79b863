"""Which slots are on offer (/api/availability/get-slots); all times are UTC, the salon is five hours behind."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

Book = Callable[..., dict[str, Any]]
Keys = Callable[..., str]
Refused = Callable[..., None]
Slots = Callable[..., list[dict[str, Any]]]
PATH = "public/availability"
ASKED = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "from": "2025-12-03T00:00:00Z",
    "to": "2025-12-04T00:00:00Z",
}


def starts(slots: list[dict[str, Any]], host: str | None = None) -> list[str]:
    """`15:00` of each slot."""
    return [slot["startsAt"][11:16] for slot in slots if host in (None, slot["hostId"])]


def test_a_slot_has_the_documented_members(client: Any, slots: Slots) -> None:
    assert slots(client)[0] == {
        "startsAt": "2025-12-03T14:00:00Z",
        "endsAt": "2025-12-03T15:00:00Z",
        "capacity": 1,
        "availableCapacity": 1,
        "serviceId": "haircut",
        "hostId": "host_sarah",
        "teamId": None,
        "timezone": "America/New_York",
        "host": {"id": "host_sarah", "displayName": "Sarah"},
        "team": None,
    }


def test_slots_begin_on_the_grid_and_end_within_the_opening(client: Any, slots: Slots) -> None:
    hours = [f"{hour}:{minute}" for hour in range(14, 22) for minute in ("00", "30")]
    assert starts(slots(client)) == hours[:-1]


@pytest.mark.parametrize(
    ("day", "morning", "afternoon"),
    [("2025-12-02", range(7, 11), range(12, 17)), ("2025-12-03", range(7, 12), range(0)), ("2025-12-06", (), ())],
)
def test_each_weekday_has_its_own_openings(client: Any, keys: Keys, day: str, morning: range, afternoon: range) -> None:
    asked = {"org_slug": "harbor-clinic", "service_slug": "checkup"}
    asked |= {"from": f"{day}T00:00:00Z", "to": f"{day}T23:59:59Z"}
    answer = client.with_key(keys(client, "public", "harbor")).get(PATH, query_string=asked)
    expected = [f"{hour:02}:{minute}" for hour in (*morning, *afternoon) for minute in ("00", "30")]
    assert starts(answer.get_json()["slots"], "host_weber") == expected


def test_a_day_without_opening_has_no_slots(client: Any, slots: Slots) -> None:
    assert slots(client, **{"from": "2025-12-07T00:00:00Z", "to": "2025-12-08T00:00:00Z"}) == []


def test_the_range_includes_its_first_second_and_not_its_last(client: Any, slots: Slots) -> None:
    asked = {"from": "2025-12-03T15:00:00Z", "to": "2025-12-03T16:00:00Z"}
    assert starts(slots(client, **asked)) == ["15:00", "15:30"]
    asked = {"from": "2025-12-03T15:00:01Z", "to": "2025-12-03T16:00:01Z"}
    assert starts(slots(client, **asked)) == ["15:30", "16:00"]


def test_the_range_may_be_given_with_offsets(client: Any, slots: Slots) -> None:
    asked = {"from": "2025-12-03T10:00:00-05:00", "to": "2025-12-03T17:00:00.9+01:00"}
    assert starts(slots(client, **asked)) == ["15:00", "15:30"]


def test_a_slot_is_past_when_it_begins(client: Any, slots: Slots) -> None:
    client.advance(2 * 86400 + 7 * 3600 - 1)
    assert starts(slots(client))[0] == "15:00"
    client.advance(1)
    assert starts(slots(client))[0] == "15:30"


def test_the_booking_window_ends_at_the_second(client: Any, slots: Slots) -> None:
    day = {"from": "2025-12-15T00:00:00Z", "to": "2025-12-16T00:00:00Z"}
    client.advance(7 * 3600 - 1)  # 14 days before 2025-12-15T14:59:59Z
    assert starts(slots(client, "consultation", **day))[-1] == "14:50"
    client.advance(1)
    assert starts(slots(client, "consultation", **day))[-1] == "15:00"


def test_slots_are_ordered_by_start_and_host(client: Any, slots: Slots) -> None:
    order = [(slot["startsAt"], slot["hostId"]) for slot in slots(client, "consultation")]
    assert order == sorted(order)
    assert order[:3] == [("2025-12-03T14:00:00Z", host) for host in ("host_james", "host_maria", "host_sarah")]


def test_the_slots_of_a_team_are_those_of_its_members(client: Any, slots: Slots) -> None:
    found = slots(client, "color")
    assert {slot["hostId"] for slot in found} == {"host_james", "host_maria"}
    assert {slot["teamId"] for slot in found} == {"team_color"}
    assert found[0]["team"] == {"id": "team_color", "name": "Color Team"}


def test_the_timezone_changes_nothing_but_its_own_member(client: Any, slots: Slots) -> None:
    here, there = slots(client, "color"), slots(client, "color", timezone="Asia/Tokyo")
    assert {slot.pop("timezone") for slot in here} == {"America/New_York"}
    assert {slot.pop("timezone") for slot in there} == {"Asia/Tokyo"}
    assert here == there


# --- seats


@pytest.mark.parametrize(("size", "offered"), [(1, True), (5, True), (6, False), (8, False)])
def test_a_slot_with_too_few_seats_is_left_out(client: Any, slots: Slots, book: Book, size: int, offered: bool) -> None:
    book(client, "styling-class", "2025-12-03T15:30:00Z", party_size=3)
    found = slots(client, "styling-class", partySize=size)
    assert ("15:30" in starts(found)) is offered
    assert "14:00" in starts(found)


def test_the_seats_of_a_party_are_taken_from_its_slot_alone(client: Any, slots: Slots, book: Book) -> None:
    book(client, "styling-class", "2025-12-03T15:30:00Z", party_size=3)
    book(client, "styling-class", "2025-12-03T15:30:00Z")
    seats = {slot["startsAt"][11:16]: slot["availableCapacity"] for slot in slots(client, "styling-class")}
    assert seats == {"14:00": 8, "15:30": 4, "17:00": 8, "18:30": 8, "20:00": 8}


def test_a_full_slot_is_left_out(client: Any, slots: Slots, book: Book) -> None:
    book(client, "styling-class", "2025-12-03T15:30:00Z", party_size=8)
    assert "15:30" not in starts(slots(client, "styling-class"))


def test_more_seats_than_a_slot_has_are_never_on_offer(client: Any, slots: Slots) -> None:
    assert slots(client, "styling-class", partySize=9) == []


def test_another_service_blocks_the_host_whatever_seats_are_free(client: Any, slots: Slots, book: Book) -> None:
    before = starts(slots(client, "bang-trim"), "host_james")
    book(client, "styling-class", "2025-12-03T15:30:00Z")
    after = slots(client, "bang-trim")
    blocked = ["15:30", "15:45", "16:00", "16:15", "16:30", "16:45"]
    assert starts(after, "host_james") == [start for start in before if start not in blocked]
    assert starts(after, "host_sarah") == before


def test_a_single_seat_taken_by_another_service_blocks_a_class(client: Any, slots: Slots, book: Book) -> None:
    book(client, "bang-trim", "2025-12-03T15:30:00Z", host_id="host_james")
    assert starts(slots(client, "styling-class")) == ["14:00", "17:00", "18:30", "20:00"]


# --- buffers


def test_buffers_keep_bookings_of_a_host_apart(client: Any, slots: Slots, book: Book) -> None:
    before = starts(slots(client, "color"), "host_maria")
    book(client, "color", "2025-12-03T16:00:00Z", host_id="host_maria")
    after = slots(client, "color")
    gone = [start for start in before if start not in starts(after, "host_maria")]
    # 90 minutes and a quarter of an hour on each side.
    assert gone == ["14:30", "15:00", "15:30", "16:00", "16:30", "17:00", "17:30"]
    assert starts(after, "host_james") == before


def test_the_buffers_of_a_booking_keep_other_services_away(client: Any, slots: Slots, book: Book) -> None:
    book(client, "color", "2025-12-03T16:00:00Z", host_id="host_maria")
    found = starts(slots(client, "consultation"), "host_maria")
    assert [start for start in found if "15:20" <= start <= "18:00"] == ["15:20", "15:30", "17:50", "18:00"]


def test_of_two_buffers_the_larger_counts_and_not_the_sum(client: Any, slots: Slots, book: Book) -> None:
    book(client, "bridal-styling", "2025-12-03T14:00:00Z")  # until 16:00, half an hour after it
    assert starts(slots(client, "color"), "host_maria")[0] == "16:30"


def test_buffers_may_reach_outside_the_opening(client: Any, slots: Slots) -> None:
    found = starts(slots(client, "color"), "host_james")
    assert (found[0], found[-1]) == ("14:00", "20:30")


# --- what is refused


@pytest.mark.parametrize("field", ASKED)
def test_a_required_parameter_is_required(client: Any, refused: Refused, field: str) -> None:
    asked = {name: value for name, value in ASKED.items() if name != field}
    refused(client.get(PATH, query_string=asked), "missing_field", field=field)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("partySize", "0", "must be at least 1"),
        ("partySize", "-1", "must be at least 1"),
        ("partySize", "1.5", "must be an integer"),
        ("partySize", "two", "must be an integer"),
        ("partySize", "", "must be an integer"),
        ("service_slug", "", "must not be empty"),
        ("timezone", "", "must not be empty"),
        ("timezone", "Mars/Olympus_Mons", "is not an IANA time zone such as America/New_York"),
        ("timezone", "../../etc/passwd", "is not an IANA time zone such as America/New_York"),
        ("from", "", "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"),
        ("from", "2025-12-03", "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"),
        ("to", "2025-12-04T00:00:00", "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"),
        ("to", "1764806400", "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"),
        ("from", "1969-12-31T23:59:59Z", "must be in the years 1970 to 9998"),
    ],
)
def test_an_invalid_parameter_is_named(client: Any, refused: Refused, field: str, value: str, problem: str) -> None:
    answer = client.get(PATH, query_string={**ASKED, field: value})
    refused(answer, "invalid_field", field=field, problem=problem)


@pytest.mark.parametrize(
    ("wrong", "right", "where"),
    [
        ("organization_slug", "org_slug", "booking answers"),
        ("orgSlug", "org_slug", "nothing in this API"),
        ("serviceId", "service_slug", "availability slots and webhooks"),
        ("serviceSlug", "service_slug", "nothing in this API"),
    ],
)
def test_a_misspelled_parameter_is_told_its_right_spelling(
    client: Any, refused: Refused, wrong: str, right: str, where: str
) -> None:
    asked = {wrong if name == right else name: value for name, value in ASKED.items()}
    details = {"found": wrong, "where": where, "operation": "getAvailability", "wanted": right}
    refused(client.get(PATH, query_string=asked), "misspelled_field", **details)


@pytest.mark.parametrize("field", [*ASKED, "partySize", "timezone"])
def test_a_parameter_is_given_once(client: Any, refused: Refused, field: str) -> None:
    asked = [*ASKED.items(), ("partySize", "1"), ("timezone", "UTC")]
    query = "&".join(f"{name}={value}" for name, value in [*asked, (field, dict(asked)[field])])
    refused(client.get(f"{PATH}?{query}"), "repeated_parameter", field=field)


def test_unknown_parameters_are_ignored(client: Any, slots: Slots) -> None:
    assert slots(client, party_size=0, page="x") == slots(client)


@pytest.mark.parametrize(
    ("last", "cause"),
    [
        ("2025-12-02T23:59:59Z", "range_reversed"),
        ("2025-12-03T00:00:00Z", "range_reversed"),
        ("2026-01-03T00:00:00Z", None),
        ("2026-01-03T01:00:01Z", "range_too_long"),
    ],
)
def test_a_range_has_at_least_a_second_and_at_most_31_days(
    client: Any, refused: Refused, last: str, cause: str | None
) -> None:
    answer = client.get(PATH, query_string={**ASKED, "to": last})
    if cause is None:
        assert answer.status_code == 200
    else:
        refused(answer, cause, **({"days": 31} if cause == "range_too_long" else {}))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
def test_every_calendar_month_of_a_zone_may_be_asked_for(client: Any, zone: str) -> None:
    edges = [datetime(2026, month, 1, tzinfo=ZoneInfo(zone)) for month in range(1, 13)]
    spans = [[edge.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for edge in pair] for pair in pairwise(edges)]
    answers = [client.get(PATH, query_string={**ASKED, "from": first, "to": last}) for first, last in spans]
    assert [answer.status_code for answer in answers] == [200] * 11


@pytest.mark.parametrize("slug", ["nothing", "staff-training", "perm"])
def test_a_service_that_is_not_on_offer_does_not_exist(client: Any, refused: Refused, slug: str) -> None:
    refused(client.get(PATH, query_string={**ASKED, "service_slug": slug}), "unknown_service")


def test_an_unknown_service_is_looked_for_in_valid_requests_only(client: Any, refused: Refused) -> None:
    asked = {**ASKED, "service_slug": "nothing", "to": ASKED["from"]}
    refused(client.get(PATH, query_string=asked), "range_reversed")
