"""Bookings, who may see and change them, and the slots that they take."""

from urllib.parse import urlsplit

from tests.mockserver.mutant_server import Case, Server


def slot_of_a_canceled_booking(server: Server) -> list[bool]:
    number = server.booked()
    while_booked = "2025-12-03T15:00:00Z" in server.starts()
    server.cancel(number)
    return [while_booked, "2025-12-03T15:00:00Z" in server.starts()]


def canceling_twice(server: Server) -> list[int]:
    number = server.booked()
    return [server.cancel(number).status_code, server.cancel(number).status_code]


def status_of_a_canceled_booking(server: Server) -> list[str]:
    number = server.booked()
    answers = [server.lookup(number), server.cancel(number), server.lookup(number)]
    return [answer.json["booking"]["status"] for answer in answers if answer.json]


def number_in_lower_case(server: Server) -> list[int]:
    number = server.booked()
    return [server.lookup(number).status_code, server.lookup(number.lower()).status_code]


def wrong_contact(server: Server) -> int:
    return server.lookup(server.booked(), "somebody@else.com").status_code


def canceling_seven_hours_before(server: Server) -> int:
    number = server.booked(starts_at="2025-12-01T15:00:00Z", ends_at="2025-12-01T16:00:00Z")
    return server.cancel(number).status_code


def offers_for_nine_where_eight_fit(server: Server) -> list[bool]:
    return [bool(server.starts("styling-class", partySize=size)) for size in (8, 9)]


def statuses_listed(server: Server) -> list[str]:
    server.cancel(server.booked())
    server.create(starts_at="2025-12-04T15:00:00Z", ends_at="2025-12-04T16:00:00Z")
    return sorted(booking["status"] for booking in server.list().json["bookings"])  # type: ignore[index]


def host_of_an_invite(server: Server) -> str | None:
    return urlsplit(server.create().json["calendar_invite"]["ics_url"]).hostname  # type: ignore[index]


CASES = {
    "no-slot-unprocessable": Case(
        lambda s: s.create(starts_at="2025-12-03T15:10:00Z", ends_at="2025-12-03T16:10:00Z").status_code, 409, 422
    ),
    "invite-elsewhere": Case(host_of_an_invite, "localhost", "calendar.example.com"),
    "canceled-slot-kept": Case(slot_of_a_canceled_booking, [False, True], [False, False]),
    "second-cancel-succeeds": Case(canceling_twice, [200, 422], [200, 200]),
    "status-cancelled": Case(
        status_of_a_canceled_booking, ["confirmed", "canceled", "canceled"], ["confirmed", "cancelled", "cancelled"]
    ),
    "number-case-sensitive": Case(number_in_lower_case, [200, 200], [200, 404]),
    "contact-not-verified": Case(wrong_contact, 403, 200),
    "notice-ignored": Case(canceling_seven_hours_before, 422, 200),
    "party-size-ignored": Case(offers_for_nine_where_eight_fit, [True, False], [True, True]),
    "canceled-not-listed": Case(statuses_listed, ["canceled", "confirmed"], ["confirmed"]),
}

IMPLIED: dict[str, set[str]] = {}
