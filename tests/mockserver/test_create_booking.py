"""Making a booking (/api/bookings/create): what is answered, what is refused, and in which order."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

BOOKINGS = "public/bookings"
NOT_A_TIME = "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"
THREE = "2025-12-03T15:00:00Z"
Body = Callable[..., dict[str, Any]]
Refused = Callable[..., None]
Slots = Callable[..., list[dict[str, Any]]]


def found(client: Any, booking: dict[str, Any], contact: str = "sarah@example.com") -> dict[str, Any]:
    path = f"public/bookings/confirmation/{booking['confirmation_number']}"
    answer: dict[str, Any] = client.get(path, query_string={"contact": contact}).get_json()["booking"]
    return answer


def test_the_documented_request_has_the_documented_answer(client: Any, booking_body: Body) -> None:
    answer = client.post(BOOKINGS, json=booking_body()).get_json()
    documented = client.built.contract.document["components"]["examples"]["BookingCreated"]["value"]
    assert answer["booking"] == documented["booking"]


def test_the_invite_is_on_the_host_that_was_asked(client: Any, booking_body: Body) -> None:
    answer = client.post(BOOKINGS, json=booking_body(), base_url="http://mock.test:4020")
    assert answer.get_json()["calendar_invite"] == {"ics_url": "http://mock.test:4020/calendar/book_abc123xyz.ics"}


def test_later_bookings_get_ids_of_their_own(client: Any, book: Body) -> None:
    made = [book(client, start=f"2025-12-03T{hour}:00:00Z") for hour in (15, 16, 17)]
    assert made[0]["id"] == "book_abc123xyz"
    assert len({booking["id"] for booking in made}) == 3
    for booking in made:
        assert re.fullmatch("book_[a-z0-9]{9}", booking["id"])
        assert booking["confirmation_number"] == booking["id"].upper()


def test_a_booking_begins_pending_where_staff_confirm(client: Any, book: Body, slots: Slots) -> None:
    booking = book(client, "bridal-styling")
    assert booking["status"] == found(client, booking)["status"] == "pending"
    assert THREE not in [slot["startsAt"] for slot in slots(client, "bridal-styling")]


def test_unknown_members_are_ignored(client: Any, book: Body, slots: Slots) -> None:
    book(client, "styling-class", "2025-12-03T15:30:00Z", partySize=5, coupon={"code": [None]}, party_size=None)
    assert slots(client, "styling-class")[1]["availableCapacity"] == 7


def test_null_for_an_optional_member_counts_as_absent(client: Any, book: Body, booking_body: Body) -> None:
    nulls = dict.fromkeys(("party_size", "host_id", "team_id", "notes"))
    body = {**booking_body(contact={"name": "Sarah", "email": None, "phone": "+15551234567"}), **nulls}
    answer = client.post(BOOKINGS, json=body)
    assert answer.status_code == 201
    [kept] = client.stored("bookings")
    assert (kept.party_size, kept.team, kept.notes, kept.contact.email) == (1, None, None, None)


@pytest.mark.parametrize(
    ("change", "cause", "details"),
    [
        ({"timezone": None}, "invalid_field", {"field": "timezone", "problem": "must be a string"}),
        ({"contact": {"name": "S", "email": None, "phone": None}}, "missing_field", "contact.email or contact.phone"),
        ({"contact": {"name": None, "email": "a@b.example"}}, "invalid_field", "contact.name"),
    ],
)
def test_null_for_a_required_member_is_no_value(
    client: Any, refused: Refused, booking_body: Body, change: dict[str, Any], cause: str, details: Any
) -> None:
    if not isinstance(details, dict):
        details = {"field": details, **({"problem": "must be a string"} if cause == "invalid_field" else {})}
    refused(client.post(BOOKINGS, json={**booking_body(), **change}), cause, **details)


@pytest.mark.parametrize("contact", [{"email": "sarah@example.com"}, {"phone": "+15551234567"}])
def test_one_way_to_reach_the_customer_is_enough(client: Any, book: Body, contact: dict[str, str]) -> None:
    booking = book(client, contact={"name": "Sarah", **contact})
    stored = found(client, booking, *contact.values())["contact"]
    assert stored == {"name": "Sarah", "email": None, "phone": None, **contact}


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("2025-12-03T10:00:00-05:00", "2025-12-03T17:00:00+01:00"),
        ("2025-12-03T20:30:00+05:30", "2025-12-03T16:00:00-00:00"),
        ("2025-12-03T15:00:00.999Z", "2025-12-03T16:00:00.000001Z"),
        ("2025-12-03t15:00:00z", "2025-12-03T16:00:00z"),
    ],
)
def test_times_are_answered_in_utc_to_the_second(client: Any, book: Body, begins: str, ends: str) -> None:
    booking = book(client, starts_at=begins, ends_at=ends)
    assert (booking["start_at"], booking["end_at"]) == (THREE, "2025-12-03T16:00:00Z")


def test_the_timezone_is_kept_for_display(client: Any, book: Body) -> None:
    booking = book(client, timezone="Asia/Kolkata")
    assert booking["start_at"] == THREE
    assert found(client, booking)["timezone"] == "Asia/Kolkata"


def test_notes_may_have_2000_characters(client: Any, book: Body) -> None:
    assert book(client, notes="ü" * 2000)["status"] == "confirmed"


# --- what is refused before the rules are asked


@pytest.mark.parametrize("field", ["org_slug", "service_slug", "starts_at", "ends_at", "timezone", "contact"])
def test_a_required_member_is_required(client: Any, refused: Refused, booking_body: Body, field: str) -> None:
    refused(client.post(BOOKINGS, json=booking_body(**{field: None})), "missing_field", field=field)


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        ({}, "contact.name"),
        ({"email": "sarah@example.com"}, "contact.name"),
        ({"name": "Sarah"}, "contact.email or contact.phone"),
    ],
)
def test_a_contact_has_a_name_and_can_be_reached(
    client: Any, refused: Refused, booking_body: Body, contact: dict[str, str], field: str
) -> None:
    refused(client.post(BOOKINGS, json=booking_body(contact=contact)), "missing_field", field=field)


PHONE = r"must match ^\+[1-9][0-9]{1,14}$"


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("service_slug", "", "must not be empty"),
        ("service_slug", 7, "must be a string"),
        ("starts_at", 1764774000, "must be a string"),
        ("starts_at", "", NOT_A_TIME),
        ("starts_at", "tomorrow", NOT_A_TIME),
        ("starts_at", "2025-12-03", NOT_A_TIME),
        ("starts_at", "2025-12-03T15:00:00", NOT_A_TIME),
        ("starts_at", "2025-12-03T15:00Z", NOT_A_TIME),
        ("starts_at", "2025-12-03T15:00:00+0100", NOT_A_TIME),
        ("starts_at", "2025-12-03T15:00:00+24:00", NOT_A_TIME),
        ("starts_at", "2025-12-03T24:00:00Z", NOT_A_TIME),
        ("starts_at", "2025-02-29T15:00:00Z", NOT_A_TIME),
        ("starts_at", "2016-12-31T23:59:60Z", NOT_A_TIME),
        ("starts_at", "0000-01-01T00:00:00Z", NOT_A_TIME),
        ("starts_at", "1969-12-31T23:59:59Z", "must be in the years 1970 to 9998"),
        ("starts_at", "1970-01-01T00:30:00+01:00", "must be in the years 1970 to 9998"),
        ("ends_at", "9999-01-01T00:00:00Z", "must be in the years 1970 to 9998"),
        ("ends_at", "9999-12-31T23:59:59-23:59", "must be in the years 1970 to 9998"),
        ("timezone", "", "must not be empty"),
        ("timezone", "Mars/Olympus_Mons", "is not an IANA time zone such as America/New_York"),
        ("timezone", "+01:00", "is not an IANA time zone such as America/New_York"),
        ("contact", "Sarah", "must be an object"),
        ("contact.name", "", "must not be empty"),
        ("contact.name", "x" * 201, "must not have more than 200 characters"),
        ("contact.email", "sarah", "is not a valid email address"),
        ("contact.email", "sarah@", "is not a valid email address"),
        ("contact.email", "sarah@example.com, x@example.com", "is not a valid email address"),
        ("contact.phone", "15551234567", PHONE),
        ("contact.phone", "+0155512345", PHONE),
        ("contact.phone", "+1 555 123 4567", PHONE),
        ("contact.phone", "+1234567890123456", PHONE),
        ("contact.phone", "+15551234567\n", PHONE),
        ("party_size", 0, "must be at least 1"),
        ("party_size", -1, "must be at least 1"),
        ("party_size", 1.5, "must be an integer"),
        ("party_size", "1", "must be an integer"),
        ("party_size", True, "must be an integer"),
        ("host_id", "", "must not be empty"),
        ("team_id", 7, "must be a string"),
        ("notes", "x" * 2001, "must not have more than 2000 characters"),
        ("notes", ["x"], "must be a string"),
    ],
)
def test_an_invalid_value_is_named_as_the_client_wrote_it(
    client: Any, refused: Refused, booking_body: Body, field: str, value: object, problem: str
) -> None:
    name, _, inner = field.partition(".")
    body = booking_body()
    body[name] = {**body[name], inner: value} if inner else value
    refused(client.post(BOOKINGS, json=body), "invalid_field", field=field, problem=problem)


@pytest.mark.parametrize(
    ("wrong", "right", "where"),
    [
        ("startsAt", "starts_at", "availability slots and webhooks"),
        ("start_at", "starts_at", "booking answers and the rescheduleBooking body"),
        ("StartsAt", "starts_at", "nothing in this API"),
        ("endsAt", "ends_at", "availability slots and webhooks"),
        ("end_at", "ends_at", "booking answers and the rescheduleBooking body"),
        ("organization_slug", "org_slug", "booking answers"),
        ("orgSlug", "org_slug", "nothing in this API"),
        ("serviceId", "service_slug", "availability slots and webhooks"),
        ("service_id", "service_slug", "booking answers"),
    ],
)
def test_a_misspelled_member_is_told_its_right_spelling(
    client: Any, refused: Refused, booking_body: Body, wrong: str, right: str, where: str
) -> None:
    body = booking_body()
    body[wrong] = body.pop(right)
    details = {"found": wrong, "where": where, "operation": "createBooking", "wanted": right}
    refused(client.post(BOOKINGS, json=body), "misspelled_field", **details)


# --- the rules, in the order in which they are asked

RULES: list[tuple[str, dict[str, Any], str, dict[str, object]]] = [
    ("service", {"service_slug": "nothing"}, "unknown_service", {}),
    ("duration", {"ends_at": "2025-12-03T16:00:01Z"}, "wrong_duration", {"field": "ends_at", "minutes": 60}),
    ("host", {"host_id": "host_nobody"}, "unknown_host", {}),
    ("team", {"team_id": "team_nobody"}, "unknown_team", {}),
    ("past", {"starts_at": "2025-11-26T15:00:00Z"}, "start_in_past", {"field": "starts_at"}),
    ("window", {"starts_at": "2026-02-04T15:00:00Z"}, "beyond_booking_window", {"field": "starts_at", "days": 60}),
    ("slot", {"starts_at": "2025-12-03T15:07:00Z"}, "not_a_slot", {}),
]


def broken(wish: Body, client: Any, rules: tuple[int, ...]) -> dict[str, Any]:
    """A body that breaks these rules of the table and, unless duration is among them, has the right length."""
    changes: dict[str, Any] = {}
    for rule in reversed(rules):
        changes |= RULES[rule][1]
    start = changes.pop("starts_at", THREE)
    if "duration" in {RULES[rule][0] for rule in rules}:
        changes["ends_at"] = "2025-12-03T17:00:00Z"
    return wish(client, "haircut", start, **changes)


@pytest.mark.parametrize(
    "rules", [*((rule,) for rule in range(7)), *pairwise(range(7)), (0, 4), (1, 4), (1, 6), (3, 6)]
)
def test_of_several_broken_rules_the_first_answers(
    client: Any, refused: Refused, wish: Body, rules: tuple[int, ...]
) -> None:
    _, _, cause, details = RULES[rules[0]]
    refused(client.post(BOOKINGS, json=broken(wish, client, rules)), cause, **details)


@pytest.mark.parametrize("service", ["nothing", "staff-training", "perm", "checkup"])
def test_a_service_that_is_not_on_offer_does_not_exist(
    client: Any, refused: Refused, booking_body: Body, service: str
) -> None:
    refused(client.post(BOOKINGS, json=booking_body(service_slug=service)), "unknown_service")


@pytest.mark.parametrize("end", ["2025-12-03T15:59:59Z", "2025-12-03T16:00:01Z", THREE, "2025-12-03T14:00:00Z"])
def test_a_booking_lasts_as_long_as_its_service(client: Any, refused: Refused, booking_body: Body, end: str) -> None:
    refused(client.post(BOOKINGS, json=booking_body(ends_at=end)), "wrong_duration", field="ends_at", minutes=60)


def test_a_slot_can_be_booked_until_the_second_before_it_begins(client: Any, refused: Refused, wish: Body) -> None:
    today, late = "2025-12-01T15:00:00Z", wish(client, "haircut", "2025-12-01T16:00:00Z")
    client.advance(7 * 3600 - 1)
    assert client.post(BOOKINGS, json=wish(client, "haircut", today)).status_code == 201
    client.advance(3601)
    refused(client.post(BOOKINGS, json=late), "start_in_past", field="starts_at")


def test_a_slot_can_be_booked_from_the_second_when_the_window_reaches_it(
    client: Any, refused: Refused, wish: Body
) -> None:
    body = wish(client, "consultation", "2025-12-15T15:00:00Z")
    client.advance(7 * 3600 - 1)
    refused(client.post(BOOKINGS, json=body), "beyond_booking_window", field="starts_at", days=14)
    client.advance(1)
    assert client.post(BOOKINGS, json=body).status_code == 201


@pytest.mark.parametrize("year", [1970, 9998])
def test_the_first_and_the_last_year_are_judged_by_the_rules(client: Any, wish: Body, year: int) -> None:
    assert client.post(BOOKINGS, json=wish(client, "haircut", f"{year}-06-01T15:00:00Z")).status_code == 422
