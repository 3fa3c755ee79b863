"""Why a booking is not moved: what is wrong with the new time, and with the range in which one is looked for."""

from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP, SURVEY, TAKEN, TRIES
from contracts.harness.fixtures import taken, with_seats
from contracts.harness.settings import DAY, HOUR
from contracts.harness.slots import Slot, instant
from contracts.rules.availability.seats import seat_for_each
from contracts.rules.bookings.rescheduling import asked, availability, only_times
from contracts.rules.rule import WRITES, rule


@rule(
    "errors.409.slot_not_offered",
    "A booking is not moved to a slot that is taken",
    needs=WRITES,
    builds_on=[only_times],
    requests=1 + TRIES + TAKEN + SETUP,
)
def taken_slot(check: Check) -> None:
    check.expect_refused(check.bookings.reschedule(check.bookings.book(), taken(check)), "slot_not_offered")


@rule(
    "errors.400.wrong_duration",
    "A booking keeps its length when it is moved",
    needs=WRITES,
    builds_on=[only_times],
    requests=1 + TRIES + SETUP,
)
def wrong_duration(check: Check) -> None:
    slot = check.offers.free_slot()
    answer = check.bookings.reschedule(check.bookings.book(), slot, end_at=instant(slot.end + 60))
    check.expect_refused(answer, "wrong_duration")


@rule(
    "errors.422.start_in_past",
    "A booking is not moved into the past",
    needs=WRITES,
    builds_on=[only_times],
    requests=1 + TRIES + SETUP,
)
def start_in_past(check: Check) -> None:
    booking = check.bookings.book()
    days = (booking.slot.start - check.now()) // DAY + 2
    check.expect_refused(check.bookings.reschedule(booking, _shifted(booking.slot, -days)), "start_in_past")


@rule(
    "errors.422.beyond_booking_window",
    "A booking is not moved beyond the booking window",
    needs=WRITES,
    builds_on=[only_times],
    requests=1 + TRIES + SETUP,
)
def beyond_booking_window(check: Check) -> None:
    booking = check.bookings.book()
    days = (check.now() + check.settings.window + HOUR - booking.slot.start) // DAY + 1
    check.expect_refused(check.bookings.reschedule(booking, _shifted(booking.slot, days)), "beyond_booking_window")


@rule(
    "errors.409.party_too_large",
    "A party is not moved to a slot that has too few seats left",
    needs=WRITES,
    builds_on=[only_times, seat_for_each],
    requests=3 + SURVEY,
)
def party_too_large(check: Check) -> None:
    service, full = with_seats(check)
    check.bookings.book(slot=full, service=service.slug, party_size=service.seats - 1)
    booking = check.bookings.book(slot=with_seats(check)[1], service=service.slug, party_size=2)
    check.expect_refused(check.bookings.reschedule(booking, full), "party_too_large")


@rule(
    "errors.400.range_reversed",
    "To move a booking, too, a range must end after its start",
    needs=WRITES,
    builds_on=[availability],
    requests=1 + BOOKED,
)
def range_reversed(check: Check) -> None:
    check.expect_refused(asked(check, check.bookings.shared(), -DAY), "range_reversed")


@rule(
    "errors.400.range_too_long",
    "To move a booking, too, a range must not be too long",
    needs=WRITES,
    builds_on=[availability],
    requests=1 + BOOKED,
)
def range_too_long(check: Check) -> None:
    days = check.contract.rule("availability.max_range_days")
    check.expect_refused(asked(check, check.bookings.shared(), 2 * days * DAY), "range_too_long")


def _shifted(slot: Slot, days: int) -> Slot:
    return slot._replace(start=slot.start + days * DAY, end=slot.end + days * DAY)
