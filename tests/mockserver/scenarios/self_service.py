"""What is true of looking up, canceling and moving bookings, and would not be if a mutant had its way."""

from tests.mockserver.mutant_server import Server, at, truths
from tests.mockserver.scenarios.slots import BRIDAL

THURSDAY = ("2025-12-04T16:00:00Z", "2025-12-04T17:00:00Z")
TODAY = {"starts_at": "2025-12-01T15:00:00Z", "ends_at": "2025-12-01T16:00:00Z"}


def status_now(server: Server, number: str) -> str:
    return str(at(server.lookup(number), "booking", "status"))


def timezone_of_a_booking(server: Server) -> None:
    assert at(server.lookup(server.booked()), "booking", "timezone") == "America/New_York"


def phone_of_a_booking(server: Server) -> None:
    assert at(server.lookup(server.booked()), "booking", "contact", "phone") == "+15551234567"


def email_of_a_booking(server: Server) -> None:
    server.create()
    assert at(server.list(), "bookings", 0, "contact", "email") == "sarah@example.com"


def service_of_a_booking(server: Server) -> None:
    assert at(server.lookup(server.booked()), "booking", "service_id") == "haircut"


def members_of_a_canceled_booking(server: Server) -> None:
    assert len(at(server.cancel(server.booked()), "booking")) > 7


def status_of_a_canceled_booking(server: Server) -> None:
    assert at(server.cancel(server.booked()), "booking", "status") == "canceled"


def other_forms_of_a_contact(server: Server, *contacts: str) -> None:
    number = server.booked()
    assert [server.lookup(number, contact).status_code for contact in contacts] == [200] * len(contacts)


def contact_by_phone(server: Server) -> None:
    other_forms_of_a_contact(server, "+15551234567")


def email_in_another_case(server: Server) -> None:
    other_forms_of_a_contact(server, "SARAH@Example.com")


def phone_as_people_write_it(server: Server) -> None:
    other_forms_of_a_contact(server, "+1 (555) 123-4567")


def phone_with_raw_plus(server: Server) -> None:
    path = f"public/bookings/confirmation/{server.booked()}"
    assert server.get(path, None, query_string="contact=+15551234567").status_code == 200


def email_with_raw_plus(server: Server) -> None:
    number = server.booked(contact={"name": "Ada", "email": "ada+test@example.com"})
    answer = server.get(f"public/bookings/confirmation/{number}", None, query_string="contact=ada+test@example.com")
    assert answer.status_code == 200


def no_contact(server: Server) -> None:
    assert server.get(f"public/bookings/confirmation/{server.booked()}", None).status_code == 400


def canceling_with_a_wrong_contact(server: Server) -> None:
    path = f"public/bookings/confirmation/{server.booked()}/cancel"
    answer = server.ask("POST", path, None, query_string={"contact": "somebody@else.com"})
    assert answer.status_code == 403


def canceling_what_has_begun(server: Server) -> None:
    number = server.booked(**{**TODAY, "service_slug": "bang-trim", "ends_at": "2025-12-01T15:15:00Z"})
    server.advance(7 * 3600 + 60)
    assert server.cancel(number).status_code == 422


def moving_a_canceled_booking(server: Server) -> None:
    number = server.booked()
    server.cancel(number)
    assert server.reschedule(number, *THURSDAY).status_code == 422


def moving_to_another_zone(server: Server) -> None:
    number = server.booked()
    server.reschedule(number, *THURSDAY, timezone="Europe/Berlin")
    assert at(server.lookup(number), "booking", "timezone") == "Europe/Berlin"


def moving_to_a_taken_slot(server: Server) -> None:
    number = server.booked()
    server.booked(starts_at=THURSDAY[0], ends_at=THURSDAY[1])
    assert server.reschedule(number, *THURSDAY).status_code == 409
    assert status_now(server, number) == "confirmed"


def slot_of_a_moved_booking(server: Server) -> None:
    server.reschedule(server.booked(), *THURSDAY)
    assert "2025-12-03T15:00:00Z" in server.starts()


def moving_to_the_same_time(server: Server) -> None:
    assert server.reschedule(server.booked(), "2025-12-03T15:00:00Z", "2025-12-03T16:00:00Z").status_code == 200


def moving_by_half_an_hour(server: Server) -> None:
    assert server.reschedule(server.booked(), "2025-12-03T15:30:00Z", "2025-12-03T16:30:00Z").status_code == 200


def host_after_moving(server: Server) -> None:
    wanted = {"service_slug": "consultation", "ends_at": "2025-12-03T15:10:00Z", "host_id": "host_sarah"}
    server.reschedule(server.booked(**wanted), "2025-12-04T15:00:00Z", "2025-12-04T15:10:00Z")
    slots = server.slots("consultation", **{"from": "2025-12-04T15:00:00Z", "to": "2025-12-04T15:00:01Z"})
    assert [slot["hostId"] for slot in at(slots, "slots")] == ["host_james", "host_maria"]


def status_after_moving(server: Server) -> None:
    number = server.booked(**BRIDAL)
    assert server.reschedule(number, "2025-12-11T15:00:00Z", "2025-12-11T17:00:00Z").status_code == 200
    assert status_now(server, number) == "pending"


def moving_seven_hours_before(server: Server) -> None:
    assert server.reschedule(server.booked(**TODAY), *THURSDAY).status_code == 422


def moving_to_seven_hours_ahead(server: Server) -> None:
    assert server.reschedule(server.booked(), TODAY["starts_at"], TODAY["ends_at"]).status_code == 200


def moving_within_the_notice_period(server: Server) -> None:
    assert server.reschedule(server.booked(**TODAY), "2025-12-01T17:00:00Z", "2025-12-01T18:00:00Z").status_code == 422


def end_of_a_booking(server: Server) -> None:
    found = server.lookup(server.booked())
    assert at(found, "booking", "end_at") == "2025-12-03T16:00:00Z"


CASES = truths(
    {
        "booking-without-timezone": timezone_of_a_booking,
        "booking-ends-when-it-starts": end_of_a_booking,
        "contact-without-phone": phone_of_a_booking,
        "email-with-its-state": email_of_a_booking,
        "booking-service-prefixed": service_of_a_booking,
        "cancel-answers-seven": members_of_a_canceled_booking,
        "canceled-with-two-ls": status_of_a_canceled_booking,
        "reschedule-keeps-timezone": moving_to_another_zone,
        "phone-not-verified": contact_by_phone,
        "email-case-sensitive": email_in_another_case,
        "phone-as-written": phone_as_people_write_it,
        "raw-plus-in-email-is-space": email_with_raw_plus,
        "raw-plus-is-space": phone_with_raw_plus,
        "missing-contact-forbidden": no_contact,
        "contact-for-lookup-only": canceling_with_a_wrong_contact,
        "begun-booking-canceled": canceling_what_has_begun,
        "begun-booking-conflict": canceling_what_has_begun,
        "canceled-booking-revived": moving_a_canceled_booking,
        "failed-reschedule-cancels": moving_to_a_taken_slot,
        "old-slot-kept": slot_of_a_moved_booking,
        "same-time-refused": moving_to_the_same_time,
        "own-seats-block": moving_by_half_an_hour,
        "host-chosen-anew": host_after_moving,
        "moved-is-confirmed": status_after_moving,
        "notice-of-new-start": moving_seven_hours_before,
        "new-start-needs-notice": moving_to_seven_hours_ahead,
        "moved-inside-notice": moving_within_the_notice_period,
    }
)
IMPLIED = {
    "booking-without-timezone": {"bookings.reschedule_body"},
    "moved-inside-notice": {"bookings.notice_of_old_start"},
    "phone-not-verified": {"self_service.phone_characters", "self_service.phone_raw_plus"},
}
