"""What is true of making bookings, and would not be if a mutant had its way."""

import json
import re

from werkzeug.test import TestResponse

from tests.mockserver.mutant_server import ABSENT, Server, at, truths
from tests.mockserver.scenarios.slots import BRIDAL, CLASS

NAMELESS = {"name": "Sarah Johnson"}
SHORT = "2025-12-03T15:30:00Z"
PAST = {"starts_at": "2025-11-26T15:00:00Z", "ends_at": "2025-11-26T16:00:00Z"}
BEYOND = {"starts_at": "2026-02-04T15:00:00Z", "ends_at": "2026-02-04T16:00:00Z"}


def made(answer: TestResponse) -> bool:
    return answer.status_code < 300


def status_of_a_new_booking(server: Server) -> None:
    assert server.create().status_code == 201


def invite_to_a_booking(server: Server) -> None:
    assert at(server.create(), "calendar_invite", "ics_url") is not ABSENT


def members_of_a_new_booking(server: Server) -> None:
    assert set(at(server.create(), "booking")) == set(server.example("BookingCreated")["booking"])


def form_of_an_id(server: Server) -> None:
    assert re.fullmatch("book_[a-z0-9]{9}", at(server.create(), "booking", "id"))


def form_of_a_number(server: Server) -> None:
    assert re.fullmatch("BOOK_[A-Z0-9]+", server.booked())


def number_and_id(server: Server) -> None:
    booking = at(server.create(), "booking")
    assert booking["confirmation_number"].lower() == booking["id"]


def file_behind_ics_url(server: Server) -> None:
    url = str(at(server.create(), "calendar_invite", "ics_url"))
    answer = server.built.app.test_client().get(url)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")


def body_without_timezone(server: Server) -> None:
    assert server.create(timezone=None).status_code == 400


def body_with_required_members_alone(server: Server) -> None:
    assert made(server.create(party_size=None, notes=None))


def party_of_none(server: Server) -> None:
    assert server.create(party_size=0).status_code == 400


def longest_notes(server: Server) -> None:
    assert [made(server.create(notes="n" * length)) for length in (2001, 2000)] == [False, True]


def contact_by_name_alone(server: Server) -> None:
    assert server.create(contact=NAMELESS).status_code == 400


def contact_by_phone(server: Server) -> None:
    assert made(server.create(contact={**NAMELESS, "phone": "+15551234567"}))


def email_that_is_none(server: Server) -> None:
    assert server.create(contact={**NAMELESS, "email": "sarah@"}).status_code == 400


def phone_that_is_none(server: Server) -> None:
    assert server.create(contact={**NAMELESS, "phone": "555-1234"}).status_code == 400


def unknown_member(server: Server) -> None:
    assert made(server.create(favorite_tea="Assam"))


def null_for_optional_members(server: Server) -> None:
    nulls = dict.fromkeys(("party_size", "host_id", "team_id"))
    contact = {**NAMELESS, "email": "sarah@example.com", "phone": None}
    assert made(server.send(json.dumps({**server.wish(contact=contact), **nulls})))


def booking_that_awaits_confirmation(server: Server) -> None:
    created = server.create(**BRIDAL)
    answers = [created, server.lookup(at(created, "booking", "confirmation_number"))]
    assert [at(answer, "booking", "status") for answer in answers] == ["pending", "pending"]


def wrong_duration(server: Server) -> None:
    assert server.create(ends_at=SHORT).status_code == 400


def wrong_duration_and_unknown_host(server: Server) -> None:
    assert server.create(ends_at=SHORT, host_id="host_nobody").status_code == 400


def wrong_duration_in_the_past(server: Server) -> None:
    assert server.create(**{**PAST, "ends_at": SHORT}).status_code == 400


def start_in_the_past(server: Server) -> None:
    assert server.create(**PAST).status_code == 422


def start_beyond_the_window(server: Server) -> None:
    assert server.create(**BEYOND).status_code == 422


def slot_twice(server: Server) -> None:
    assert made(server.create())
    assert server.create().status_code == 409


def party_of_nine_for_eight_seats(server: Server) -> None:
    assert server.create(**CLASS, party_size=9).status_code == 409


CASES = truths(
    {
        "invite-missing": invite_to_a_booking,
        "created-with-ok": status_of_a_new_booking,
        "number-unlike-id": number_and_id,
        "number-lower-case": form_of_a_number,
        "summary-without-location": members_of_a_new_booking,
        "id-one-longer": form_of_an_id,
        "invite-leads-nowhere": file_behind_ics_url,
        "timezone-optional": body_without_timezone,
        "notes-required": body_with_required_members_alone,
        "party-of-none-booked": party_of_none,
        "long-notes-accepted": longest_notes,
        "notes-half-as-long": longest_notes,
        "contact-by-name-alone": contact_by_name_alone,
        "email-required": contact_by_phone,
        "email-unchecked": email_that_is_none,
        "phone-unchecked": phone_that_is_none,
        "null-member-refused": null_for_optional_members,
        "unknown-member-refused": unknown_member,
        "pending-confirms-itself": booking_that_awaits_confirmation,
        "duration-unchecked": wrong_duration,
        "duration-unprocessable": wrong_duration,
        "host-before-duration": wrong_duration_and_unknown_host,
        "past-before-duration": wrong_duration_in_the_past,
        "past-booked": start_in_the_past,
        "past-invalid": start_in_the_past,
        "beyond-window-booked": start_beyond_the_window,
        "beyond-window-conflict": start_beyond_the_window,
        "slot-booked-twice": slot_twice,
        "taken-slot-unprocessable": slot_twice,
        "seats-overbooked": party_of_nine_for_eight_seats,
        "large-party-invalid": party_of_nine_for_eight_seats,
    }
)
IMPLIED = {
    "invite-missing": {"bookings.ics"},
    "duration-unchecked": {"bookings.precedence"},
    "duration-unprocessable": {"bookings.precedence"},
}
