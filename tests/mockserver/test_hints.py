"""Members that are ignored because they are misspelled: the answer is as promised, and says so."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from mockserver.observing.journal import Entry
from mockserver.observing.request_log import RequestLog

Start = Callable[..., Any]
Body = Callable[..., dict[str, Any]]

BOOKINGS, AVAILABILITY = "public/bookings", "public/availability"
HINT = "X-Kordkit-Hint"
PARTY = "`partySize` is the spelling of the availability query; createBooking wants `party_size`"
HOST = "`hostId` is the spelling of availability slots; createBooking wants `host_id`"
ASKED = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "from": "2025-12-03T00:00:00Z",
    "to": "2025-12-04T00:00:00Z",
}


def test_a_booking_is_told_which_members_were_overlooked(client: Any, booking_body: Body) -> None:
    answer = client.post(BOOKINGS, json=booking_body(partySize=3, hostId="host_nobody"))
    assert answer.status_code == 201
    assert answer.headers[HINT] == f"{PARTY}; {HOST}"


def test_a_query_is_told_which_parameter_was_overlooked(client: Any) -> None:
    answer = client.get(AVAILABILITY, query_string={**ASKED, "party_size": "9"})
    assert answer.status_code == 200
    assert (
        answer.headers[HINT]
        == "`party_size` is the spelling of the createBooking body; getAvailability wants `partySize`"
    )


def test_a_refusal_by_the_rules_is_told_too(client: Any, booking_body: Body) -> None:
    answer = client.post(BOOKINGS, json=booking_body(partySize=3, host_id="host_nobody"))
    assert (answer.status_code, answer.headers[HINT]) == (404, PARTY)


@pytest.mark.parametrize("members", [{}, {"favorite_tea": "Assam"}, {"notes": "partySize"}, {"party_size": 1}])
def test_what_resembles_nothing_is_ignored_in_silence(client: Any, booking_body: Body, members: dict[str, Any]) -> None:
    answer = client.post(BOOKINGS, json=booking_body(**members))
    assert answer.status_code == 201
    assert HINT not in answer.headers


def test_a_name_that_no_header_can_carry_is_escaped(client: Any, booking_body: Body) -> None:
    answer = client.post(BOOKINGS, json={**booking_body(), "host_\u0130d": "x", "notes-": "x", "\u212a": "x"})
    assert answer.status_code == 201
    assert answer.headers[HINT] == "`notes-` is the spelling of nothing in this API; createBooking wants `notes`"


CONTACT = {"name": "Sarah Johnson", "email": "sarah@example.com"}


@pytest.mark.parametrize("name", ["phoneNumber", "phone_number", "telephone", "Phone", "PHONE-NUMBER"])
def test_members_of_the_contact_are_told_of_by_their_path(client: Any, booking_body: Body, name: str) -> None:
    answer = client.post(BOOKINGS, json=booking_body(contact={**CONTACT, name: "+15551234567"}))
    assert answer.status_code == 201
    assert (
        answer.headers[HINT]
        == f"`contact.{name}` is the spelling of nothing in this API; createBooking wants `contact.phone`"
    )


@pytest.mark.parametrize("name", ["eMail", "e-mail", "mail", "emailAddress", "email_address", "Email"])
def test_whoever_is_booked_by_phone_is_told_of_a_lost_address(client: Any, booking_body: Body, name: str) -> None:
    contact = {"name": "Sarah Johnson", "phone": "+15551234567", name: "sarah@example.com"}
    answer = client.post(BOOKINGS, json=booking_body(contact=contact))
    assert answer.status_code == 201
    assert f"`contact.{name}` is the spelling of nothing in this API" in answer.headers[HINT]
    assert answer.headers[HINT].endswith("createBooking wants `contact.email`")


@pytest.mark.parametrize(
    ("members", "meant"),
    [
        ({"party": 3, "party_size": None}, "party_size"),
        ({"host": "host_nobody"}, "host_id"),
        ({"timezone_id": "UTC", "timezone": None}, "timezone"),
    ],
)
def test_a_name_that_has_a_part_in_common_is_told_of(
    client: Any, booking_body: Body, members: dict[str, Any], meant: str
) -> None:
    assert client.post(BOOKINGS, json=booking_body(**members)).headers[HINT].endswith(f"wants `{meant}`")


@pytest.mark.parametrize(
    "members",
    [
        {"contact": {**CONTACT, "company_name": "Johnson Ltd"}},  # there is a name
        {"contact": {**CONTACT, "email_consent": True}},
        {"contact": {**CONTACT, "phone\r\nX-Forged": "1"}},
        {"contact": {**CONTACT, f"phone{60 * 'x'}": "1"}},
        {"notes_for_staff": "x", "notes": "y"},
    ],
)
def test_what_merely_has_a_name_in_it_is_ignored_in_silence(
    client: Any, booking_body: Body, members: dict[str, Any]
) -> None:
    answer = client.post(BOOKINGS, json=booking_body(**members))
    assert (answer.status_code, HINT in answer.headers) == (201, False)


def test_a_member_of_the_body_is_not_read_in_the_query(client: Any, booking_body: Body) -> None:
    answer = client.post(f"{BOOKINGS}?party_size=3&org_slug=acme-salon", json=booking_body())
    assert answer.status_code == 201
    assert answer.headers[HINT] == (
        "createBooking reads `org_slug` in the body, not in the query; "
        "createBooking reads `party_size` in the body, not in the query"
    )


def test_a_refused_request_is_told_as_well(client: Any, booking_body: Body) -> None:
    answer = client.post(BOOKINGS, json=booking_body(starts_at="tomorrow", hostId="host_nobody"))
    assert (answer.status_code, answer.headers[HINT]) == (400, HOST)


def test_who_wants_no_hints_gets_none(start: Start, booking_body: Body) -> None:
    client = start(hints=False)
    assert HINT not in client.post(BOOKINGS, json=booking_body(partySize=3)).headers
    assert client.get("/_mock/requests").json["requests"][0]["hint"] is None


def test_the_journal_keeps_a_hint(client: Any, booking_body: Body) -> None:
    client.post(BOOKINGS, json=booking_body(partySize=3))
    client.post(BOOKINGS, json=booking_body(party_size=1))
    right, wrong = client.get("/_mock/requests").json["requests"]
    assert (right["hint"], wrong["hint"]) == (None, PARTY)
    assert wrong["answer"]["headers"][HINT] == PARTY


@pytest.mark.parametrize(("log_format", "hints"), [("text", f"hint req_1: {PARTY}"), ("json", PARTY)])
def test_the_log_has_a_line_for_a_hint(log_format: Any, hints: str) -> None:
    stream = StringIO()
    log = RequestLog(log_format, stream)
    plain = Entry("req_1", 0, 0, "POST", "/a", "", "", (), b"", None, None, None, 201, None, (), b"")
    log.write(plain._replace(hint=PARTY))
    log.write(plain)
    log.start()
    log.stop()
    first, hint, second = stream.getvalue().splitlines()
    assert "hint" not in first + second
    assert (
        hint.endswith(hints)
        if log_format == "text"
        else json.loads(hint)
        == {
            "event": "hint",
            "request_id": "req_1",
            "detail": hints,
        }
    )


def test_where_a_contact_has_no_unknown_members_the_right_spelling_is_told(
    start: Start, booking_body: Body, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        """
        overlay: 1.0.0
        info: {title: no unknown members, version: "1"}
        actions: [{target: $.components.schemas.NewContact, update: {additionalProperties: false}}]
        """
    )
    client = start(overlays=[overlay])
    answer = client.post(BOOKINGS, json=booking_body(contact={**CONTACT, "Phone": "+15551234567"}))
    assert (answer.status_code, answer.json["detail"]) == (
        400,
        "`contact.Phone` is the spelling of nothing in this API; createBooking wants `contact.phone`",
    )


def test_where_unknown_members_are_refused_the_right_spelling_is_told(
    start: Start, booking_body: Body, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        """
        overlay: 1.0.0
        info: {title: no unknown members, version: "1"}
        actions: [{target: $.components.schemas.CreateBooking, update: {additionalProperties: false}}]
        """
    )
    client = start(overlays=[overlay])
    answer = client.post(BOOKINGS, json=booking_body(partySize=3))
    assert (answer.status_code, answer.json["detail"]) == (400, PARTY)
    answer = client.post(BOOKINGS, json=booking_body(favorite_tea="Assam", partySize=3))
    assert (answer.status_code, answer.json["detail"]) == (400, PARTY)
    answer = client.post(BOOKINGS, json=booking_body(favorite_tea="Assam"))
    assert (answer.status_code, answer.json["detail"]) == (400, "body has the unknown member favorite_tea")
