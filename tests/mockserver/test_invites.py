"""The iCalendar file behind a booking's `ics_url` (RFC 5545)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

Body = Callable[..., dict[str, Any]]
SELF_SERVICE = "public/bookings/confirmation/BOOK_ABC123XYZ"
CONTACT = "contact=sarah@example.com"
NEW_TIME = {"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"}


def invite(client: Any, booking_id: str = "book_abc123xyz") -> tuple[str, Any]:
    """The file's METHOD and its one event."""
    answer = client.get(f"/calendar/{booking_id}.ics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    calendar: Any = Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def test_the_url_that_was_answered_leads_to_the_invite(client: Any, booking_body: Body) -> None:
    url = client.post("public/bookings", json=booking_body()).get_json()["calendar_invite"]["ics_url"]
    assert url == "http://localhost/calendar/book_abc123xyz.ics"
    assert client.with_key(None).get(url.removeprefix("http://localhost")).status_code == 200


def test_the_invite_says_what_was_booked(client: Any, book: Body) -> None:
    book(client)
    method, event = invite(client)
    assert (method, event["STATUS"], event["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", 0)
    assert event["DTSTART"].dt == datetime(2025, 12, 3, 15, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2025, 12, 3, 16, tzinfo=UTC)
    assert event["SUMMARY"] == "Haircut at Acme Salon"
    assert event["LOCATION"] == "123 Main St, Suite 100"


def test_every_change_raises_the_sequence_of_the_same_event(client: Any, book: Body) -> None:
    book(client)
    _, made = invite(client)
    assert client.post(f"{SELF_SERVICE}/reschedule?{CONTACT}", json=NEW_TIME).status_code == 200
    method, moved = invite(client)
    assert (method, moved["STATUS"], moved["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", 1)
    assert moved["DTSTART"].dt == datetime(2025, 12, 4, 16, tzinfo=UTC)
    assert client.post(f"{SELF_SERVICE}/cancel?{CONTACT}").status_code == 200
    method, canceled = invite(client)
    assert (method, canceled["STATUS"], canceled["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)
    assert made["UID"] == moved["UID"] == canceled["UID"]


def test_a_pending_booking_is_tentative(client: Any, book: Body) -> None:
    _, event = invite(client, book(client, "bridal-styling")["id"])
    assert event["STATUS"] == "TENTATIVE"


def test_two_bookings_are_two_events(client: Any, book: Body) -> None:
    events = [invite(client, book(client, start=f"2025-12-03T{hour}:00:00Z")["id"])[1] for hour in (15, 16)]
    assert len({str(event["UID"]) for event in events}) == 2


def test_whoever_knows_the_link_does_not_learn_the_contact(client: Any, book: Body) -> None:
    book(client, notes="My number is +15551234567")
    text = client.get("/calendar/book_abc123xyz.ics").text.replace("\r\n ", "")
    for private in ("Sarah", "Johnson", "sarah@example.com", "15551234567", "My number"):
        assert private not in text


@pytest.mark.parametrize("name", ["book_nothing00.ics", "book_abc123xyz", "book_abc123xyz.ical", ".ics"])
def test_an_unknown_invite_is_not_found(client: Any, book: Body, refused: Callable[..., None], name: str) -> None:
    book(client)
    refused(client.get(f"/calendar/{name}"), "unknown_path")


def test_an_unforeseen_error_is_an_answer_like_every_other(
    client: Any, book: Body, refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("unforeseen")

    book(client)
    monkeypatch.setattr("mockserver.web.invites._ical", fail)
    answer = client.get("/calendar/book_abc123xyz.ics")
    refused(answer, "server_error")
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Date"] == "Mon, 01 Dec 2025 08:00:00 GMT"
