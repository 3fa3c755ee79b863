"""The invite, read by a library that did not write it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import vobject

BOOKED = datetime(2025, 12, 3, 15, tzinfo=UTC)
MOVED = {"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"}
CUSTOMER = ("Sarah Lee", "sarah@example.com", "+15551234567")


class Invite:
    """A booking's invite, fetched again each time that it is looked at."""

    def __init__(self, client: Any, answer: dict[str, Any]) -> None:
        self._client = client
        self.path = urlsplit(answer["calendar_invite"]["ics_url"]).path
        self.booking = f"public/bookings/confirmation/{answer['booking']['confirmation_number']}"

    def bytes(self) -> bytes:
        response = self._client.get(self.path)
        assert response.status_code == 200
        assert response.mimetype == "text/calendar"
        return bytes(response.data)

    def calendar(self) -> Any:
        return vobject.readOne(self.bytes().decode())

    def event(self) -> Any:
        return self.calendar().vevent

    def change(self, how: str, **body: Any) -> None:
        assert self._client.post(f"{self.booking}/{how}?contact=sarah@example.com", **body).status_code == 200


@pytest.fixture
def invite(client: Any, booking_body: Callable[..., dict[str, Any]]) -> Invite:
    return Invite(client, client.post("public/bookings", json=booking_body()).json)


def test_it_says_what_was_booked_when_and_where(invite: Invite) -> None:
    event = invite.event()
    assert (event.dtstart.value, event.dtend.value) == (BOOKED, BOOKED + timedelta(hours=1))
    assert event.summary.value == "Haircut at Acme Salon"
    assert event.location.value == "123 Main St, Suite 100"
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "0")


def test_the_uid_stays_and_the_sequence_rises_when_a_booking_is_moved(invite: Invite) -> None:
    before = invite.event()
    invite.change("reschedule", json=MOVED)
    after = invite.event()
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) == int(before.sequence.value) + 1
    assert after.dtstart.value == datetime(2025, 12, 4, 16, tzinfo=UTC)


def test_a_canceled_booking_cancels_the_event(invite: Invite) -> None:
    assert invite.calendar().method.value == "PUBLISH"
    uid = invite.event().uid.value
    invite.change("cancel")
    assert invite.calendar().method.value == "CANCEL"
    event = invite.event()
    assert (event.uid.value, event.status.value, event.sequence.value) == (uid, "CANCELLED", "1")


def test_a_pending_booking_is_tentative_until_staff_confirm_it(
    client: Any, booking_body: Callable[..., dict[str, Any]]
) -> None:
    times = {"starts_at": "2025-12-03T15:00:00Z", "ends_at": "2025-12-03T17:00:00Z"}
    answer = client.post("public/bookings", json=booking_body(service_slug="bridal-styling", host_id=None, **times))
    invite = Invite(client, answer.json)
    assert invite.event().status.value == "TENTATIVE"
    client.post(f"/_mock/bookings/{answer.json['booking']['id']}/confirm")
    event = invite.event()
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "1")


def test_the_stamp_is_the_moment_at_which_the_file_was_made(client: Any, invite: Invite) -> None:
    assert invite.event().dtstamp.value == datetime(2025, 12, 1, 8, tzinfo=UTC)
    client.advance(3600)
    event = invite.event()
    assert event.dtstamp.value == datetime(2025, 12, 1, 9, tzinfo=UTC)
    assert event.created.value == datetime(2025, 12, 1, 8, tzinfo=UTC)


def test_the_organizer_that_its_method_wants_is_the_business(invite: Invite) -> None:
    organizer = invite.event().organizer
    assert organizer.value == "mailto:bookings@acme-salon.example"
    assert organizer.params["CN"] == ["Acme Salon"]


def test_it_tells_nobody_who_booked(invite: Invite) -> None:
    content = invite.bytes().decode()
    assert "ATTENDEE" not in content
    assert not [secret for secret in CUSTOMER if secret in content]


def test_lines_end_as_rfc_5545_wants_and_none_is_longer_than_75_bytes(
    small: Any, dataset_file: Callable[..., str], start: Callable[..., Any], booking_body: Callable[..., dict[str, Any]]
) -> None:
    name = "Überaus gründliche Beratung; mit Rückfragen, Notizen und einer Tasse Kaffee ☕ danach"
    service = small.service("talk", name=name)
    client = start(data=dataset_file(small.organization(services=[service])))
    body = booking_body(
        org_slug="small",
        service_slug="talk",
        host_id=None,
        starts_at="2025-12-03T15:00:00Z",
        ends_at="2025-12-03T16:00:00Z",
    )
    invite = Invite(client, client.post("public/bookings", json=body).json)
    lines = invite.bytes().split(b"\r\n")
    assert lines[-1] == b""
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    assert max(map(len, lines)) <= 75
    assert [line for line in lines if line.startswith(b" ")], "this summary has to be folded"
    assert invite.event().summary.value == f"{name} at Small"


def test_an_unknown_booking_has_no_invite(client: Any) -> None:
    assert client.get("/calendar/book_000000000.ics").status_code == 404
