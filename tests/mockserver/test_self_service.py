"""What customers do themselves with confirmation number and contact (/api/bookings/lookup, /cancel, /reschedule)."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

DAY = 86400
NEW_TIME = {"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"}
RANGE = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "lookup": ("GET", "", {}),
    "cancel": ("POST", "/cancel", {}),
    "reschedule": ("POST", "/reschedule", {"json": NEW_TIME}),
    "availability": ("GET", "/availability", {"query_string": RANGE}),
}
Body = Callable[..., dict[str, Any]]
Refused = Callable[..., None]
Slots = Callable[..., list[dict[str, Any]]]
each_operation = pytest.mark.parametrize("operation", OPERATIONS)


def ask(
    client: Any, operation: str, number: str, contact: str | None = "sarah@example.com", **changes: Any
) -> TestResponse:
    """`changes` to the operation's query or body."""
    method, path, sent = OPERATIONS[operation]
    body = {"json": {**sent["json"], **changes}} if "json" in sent else {}
    query = {**sent.get("query_string", {}), **({} if "json" in sent else changes)}
    query |= {} if contact is None else {"contact": contact}
    answer: TestResponse = client.request(
        method, f"public/bookings/confirmation/{number}{path}", query_string=query, **body
    )
    return answer


def move(client: Any, booking: dict[str, Any], start: str, end: str, **more: Any) -> TestResponse:
    return ask(client, "reschedule", booking["id"], start_at=start, end_at=end, **more)


def host_of(client: Any, booking: dict[str, Any]) -> str:
    """Answers do not tell the host."""
    return next(str(held.host) for held in client.stored("bookings") if held.id == booking["id"])


def times(slots: list[dict[str, Any]]) -> list[str]:
    return [slot["startsAt"] for slot in slots]


# --- who may


@each_operation
@pytest.mark.parametrize("number", ["BOOK_ABC123XYZ", "book_abc123xyz", "Book_Abc123Xyz"])
def test_upper_and_lower_case_of_a_number_are_the_same(client: Any, book: Body, operation: str, number: str) -> None:
    book(client)
    assert ask(client, operation, number).status_code == 200


@each_operation
@pytest.mark.parametrize("number", ["BOOK_NOTHING00", "book_abc123xy", "x", "book_abc123xyz%20"])
def test_an_unknown_number_is_not_found(client: Any, book: Body, refused: Refused, operation: str, number: str) -> None:
    book(client)
    refused(ask(client, operation, number), "unknown_booking")


@each_operation
def test_a_contact_is_required(client: Any, book: Body, refused: Refused, operation: str) -> None:
    number = book(client)["id"]
    refused(ask(client, operation, number, contact=None), "missing_contact")
    refused(ask(client, operation, number, contact=""), "invalid_field", field="contact", problem="must not be empty")


@each_operation
@pytest.mark.parametrize(
    "contact", ["sarah@example.org", "Sarah Johnson", "sarah", "+15551234568", "+1555123456", "15551234567", "+"]
)
def test_a_contact_that_does_not_match_is_forbidden(
    client: Any, book: Body, refused: Refused, operation: str, contact: str
) -> None:
    refused(ask(client, operation, book(client)["id"], contact), "contact_mismatch")


@pytest.mark.parametrize("contact", ["", "none", "null", "None", "+", "%20"])
@pytest.mark.parametrize("given", [{"email": "sarah@example.com"}, {"phone": "+15551234567"}])
def test_what_a_contact_lacks_matches_nothing(client: Any, book: Body, given: dict[str, str], contact: str) -> None:
    number = book(client, contact={"name": "Sarah", **given})["id"]
    assert client.get(f"public/bookings/confirmation/{number}?contact={contact}").status_code in (400, 403)


@pytest.mark.parametrize(
    "contact",
    [
        "sarah@example.com",
        "Sarah%40EXAMPLE.com",
        "%2B15551234567",
        "+15551234567",
        "%2B1%20555%20123%204567",
        "%2B1-(555)-123.4567",
        "+1+555+123+4567",
    ],
)
def test_case_of_an_address_and_form_of_a_number_do_not_matter(client: Any, book: Body, contact: str) -> None:
    number = book(client)["id"]
    assert client.get(f"public/bookings/confirmation/{number}?contact={contact}").status_code == 200


@pytest.mark.parametrize(
    ("contact", "status"),
    [
        ("ada+test@example.com", 200),
        ("Ada+Test@Example.com", 200),
        ("ada%2Btest@example.com", 200),
        ("ada%20test@example.com", 200),
        ("adatest@example.com", 403),
        ("ada-test@example.com", 403),
        ("ada+test@example+com", 403),
        ("+ada+test@example.com", 403),
    ],
)
def test_a_raw_plus_in_an_address_is_understood(client: Any, book: Body, contact: str, status: int) -> None:
    number = book(client, contact={"name": "Ada", "email": "ada+test@example.com"})["id"]
    assert client.get(f"public/bookings/confirmation/{number}?contact={contact}").status_code == status


@pytest.mark.parametrize("operation", ["reschedule", "availability"])
def test_an_invalid_request_is_refused_before_the_booking_is_looked_for(
    client: Any, refused: Refused, operation: str
) -> None:
    answer = ask(client, operation, "BOOK_NOTHING00", timezone="Mars/Olympus_Mons")
    problem = "is not an IANA time zone such as America/New_York"
    refused(answer, "invalid_field", field="timezone", problem=problem)


def test_a_reversed_range_is_invalid_whatever_booking_it_is_for(client: Any, refused: Refused) -> None:
    refused(ask(client, "availability", "BOOK_NOTHING00", to=RANGE["from"]), "range_reversed")


# --- lookup and cancel


def test_a_booking_is_found_as_documented(client: Any, book: Body) -> None:
    documented = client.built.contract.document["components"]["examples"]
    assert ask(client, "lookup", book(client)["id"]).get_json() == documented["BookingFound"]["value"]
    assert ask(client, "cancel", "BOOK_ABC123XYZ").get_json() == documented["BookingCanceled"]["value"]
    assert ask(client, "lookup", "BOOK_ABC123XYZ").get_json() == documented["BookingCanceled"]["value"]


def test_canceling_is_final_and_releases_the_slot(client: Any, book: Body, refused: Refused, slots: Slots) -> None:
    before = slots(client)
    number = book(client)["id"]
    assert slots(client) != before
    assert ask(client, "cancel", number).status_code == 200
    assert slots(client) == before
    refused(ask(client, "cancel", number), "already_canceled")
    refused(ask(client, "reschedule", number), "already_canceled")
    assert book(client)["id"] != number


@pytest.mark.parametrize("operation", ["cancel", "reschedule"])
@pytest.mark.parametrize(("service", "hours"), [("haircut", 24), ("consultation", 1)])
def test_notice_is_wanted_to_the_second(
    client: Any, book: Body, refused: Refused, operation: str, service: str, hours: int
) -> None:
    punctual, late = (book(client, service, f"2025-12-03T{hour}:00:00Z")["id"] for hour in (15, 16))
    end = {"end_at": "2025-12-04T16:10:00Z"} if (operation, service) == ("reschedule", "consultation") else {}
    client.advance(2 * DAY + (7 - hours) * 3600)
    assert ask(client, operation, punctual, **end).status_code == 200
    client.advance(3601)
    refused(ask(client, operation, late, **end), "inside_notice_period", hours=hours)


@pytest.mark.parametrize("operation", ["cancel", "reschedule"])
def test_a_booking_that_has_begun_stays(client: Any, book: Body, refused: Refused, operation: str) -> None:
    number = book(client)["id"]
    client.advance(2 * DAY + 7 * 3600 - 1)
    refused(ask(client, operation, number), "inside_notice_period", hours=24)
    client.advance(1)
    refused(ask(client, operation, number), "already_begun")


# --- reschedule


def test_a_booking_moves_in_one_step(client: Any, book: Body, slots: Slots) -> None:
    before, booking = slots(client), book(client)
    documented = client.built.contract.document["components"]["examples"]["BookingRescheduled"]["value"]
    assert ask(client, "reschedule", booking["id"]).get_json() == documented
    assert slots(client) == before
    assert NEW_TIME["start_at"] not in times(slots(client, **{"from": NEW_TIME["start_at"], "to": NEW_TIME["end_at"]}))


@pytest.mark.parametrize(("hour", "minute"), [(15, 0), (15, 30), (14, 30)])
def test_the_seats_of_a_booking_are_free_for_itself(client: Any, book: Body, hour: int, minute: int) -> None:
    start, end = f"2025-12-03T{hour}:{minute:02}:00Z", f"2025-12-03T{hour + 1}:{minute:02}:00Z"
    answer = move(client, book(client), start, end)
    assert (answer.status_code, answer.get_json()["booking"]["start_at"]) == (200, start)


@pytest.mark.parametrize(
    ("begins", "ends", "cause", "details"),
    [
        ("2025-12-03T17:00:00Z", "2025-12-03T18:00:00Z", "slot_not_offered", {}),  # of somebody else
        ("2025-12-03T16:15:00Z", "2025-12-03T17:15:00Z", "not_a_slot", {}),
        ("2025-12-04T16:00:00Z", "2025-12-04T17:30:00Z", "wrong_duration", {"field": "end_at", "minutes": 60}),
        ("2025-12-01T08:00:00Z", "2025-12-01T09:00:00Z", "start_in_past", {"field": "start_at"}),
        ("2026-02-04T15:00:00Z", "2026-02-04T16:00:00Z", "beyond_booking_window", {"field": "start_at", "days": 60}),
    ],
)
def test_a_booking_that_cannot_move_stays_where_it_is(
    client: Any, book: Body, refused: Refused, begins: str, ends: str, cause: str, details: dict[str, object]
) -> None:
    booking = book(client)
    book(client, start="2025-12-03T17:00:00Z")
    refused(move(client, booking, begins, ends), cause, **details)
    assert ask(client, "lookup", booking["id"]).get_json()["booking"]["start_at"] == booking["start_at"]


def test_a_booking_may_move_into_the_notice_period(client: Any, book: Body) -> None:
    assert move(client, book(client), "2025-12-01T15:00:00Z", "2025-12-01T16:00:00Z").status_code == 200


@pytest.mark.parametrize("field", NEW_TIME)
def test_both_ends_are_required_in_their_own_spelling(client: Any, book: Body, refused: Refused, field: str) -> None:
    path = f"public/bookings/confirmation/{book(client)['id']}/reschedule?contact=sarah@example.com"
    body = {name: value for name, value in NEW_TIME.items() if name != field}
    refused(client.post(path, json=body), "missing_field", field=field)
    wrong = field.replace("_", "s_")
    details = {"found": wrong, "where": "the createBooking body", "operation": "rescheduleBooking", "wanted": field}
    refused(client.post(path, json={**body, wrong: NEW_TIME[field]}), "misspelled_field", **details)


@pytest.mark.parametrize(("changes", "kept"), [({}, "America/New_York"), ({"timezone": "Asia/Tokyo"}, "Asia/Tokyo")])
def test_the_timezone_changes_only_if_one_is_given(client: Any, book: Body, changes: dict[str, str], kept: str) -> None:
    number = book(client)["id"]
    assert ask(client, "reschedule", number, **changes).status_code == 200
    assert ask(client, "lookup", number).get_json()["booking"]["timezone"] == kept


def test_a_pending_booking_stays_pending(client: Any, book: Body) -> None:
    booking = book(client, "bridal-styling", "2025-12-05T15:00:00Z")
    moved = move(client, booking, "2025-12-06T15:00:00Z", "2025-12-06T17:00:00Z").get_json()["booking"]
    assert (moved["status"], moved["start_at"]) == ("pending", "2025-12-06T15:00:00Z")


@pytest.mark.parametrize(("busy", "host"), [("18:00", "host_james"), ("16:00", "host_maria")])
def test_a_booking_keeps_its_host_if_that_one_is_free(client: Any, book: Body, busy: str, host: str) -> None:
    booking = book(client, "color", "2025-12-03T16:00:00Z")
    book(client, "color", f"2025-12-04T{busy}:00Z", host_id="host_james")
    assert host_of(client, booking) == "host_james"
    assert move(client, booking, "2025-12-04T16:00:00Z", "2025-12-04T17:30:00Z").status_code == 200
    assert host_of(client, booking) == host


def test_a_party_keeps_its_size(client: Any, book: Body, refused: Refused, slots: Slots) -> None:
    booking = book(client, "styling-class", "2025-12-03T15:30:00Z", party_size=5)
    book(client, "styling-class", "2025-12-03T17:00:00Z", party_size=4)
    refused(move(client, booking, "2025-12-03T17:00:00Z", "2025-12-03T18:30:00Z"), "party_too_large")
    assert move(client, booking, "2025-12-03T18:30:00Z", "2025-12-03T20:00:00Z").status_code == 200
    assert [slot["availableCapacity"] for slot in slots(client, "styling-class")] == [8, 8, 4, 3, 8]


# --- reschedule availability


def test_the_slots_to_move_to_include_the_own_one(client: Any, book: Body, slots: Slots) -> None:
    before = slots(client)
    offered = ask(client, "availability", book(client)["id"]).get_json()["slots"]
    assert offered == before
    assert times(slots(client)) != times(before)


def test_the_seats_of_others_stay_taken(client: Any, book: Body) -> None:
    own = book(client, "styling-class", "2025-12-03T15:30:00Z", party_size=5)
    book(client, "styling-class", "2025-12-03T15:30:00Z", party_size=3)
    book(client, "styling-class", "2025-12-03T17:00:00Z", party_size=4)
    offered = ask(client, "availability", own["id"]).get_json()["slots"]
    assert [(slot["startsAt"][11:16], slot["availableCapacity"]) for slot in offered] == [
        ("14:00", 8),
        ("15:30", 5),
        ("18:30", 8),
        ("20:00", 8),
    ]


@pytest.mark.parametrize("team", [None, "team_color"])
def test_a_booking_can_move_to_every_slot_that_is_offered_to_it(client: Any, book: Body, team: str | None) -> None:
    booking = book(client, "consultation", team_id=team)
    for host in ("host_james", "host_maria"):
        book(client, "consultation", "2025-12-03T16:00:00Z", host_id=host)
    span = {"from": "2025-12-03T15:50:00Z", "to": "2025-12-03T16:20:00Z"}
    offered = ask(client, "availability", booking["id"], **span).get_json()["slots"]
    assert offered
    answers = [move(client, booking, slot["startsAt"], slot["endsAt"]).status_code for slot in offered]
    assert answers == [200] * len(offered)


@pytest.mark.parametrize(
    ("last", "cause", "details"),
    [("2025-12-03T00:00:00Z", "range_reversed", {}), ("2026-01-03T01:00:01Z", "range_too_long", {"days": 31})],
)
def test_the_range_is_as_limited_as_that_of_availability(
    client: Any, book: Body, refused: Refused, last: str, cause: str, details: dict[str, object]
) -> None:
    refused(ask(client, "availability", book(client)["id"], to=last), cause, **details)


@pytest.mark.parametrize("field", RANGE)
def test_both_ends_of_the_range_are_required(client: Any, book: Body, refused: Refused, field: str) -> None:
    query = {name: value for name, value in RANGE.items() if name != field} | {"contact": "sarah@example.com"}
    path = f"public/bookings/confirmation/{book(client)['id']}/availability"
    refused(client.get(path, query_string=query), "missing_field", field=field)
