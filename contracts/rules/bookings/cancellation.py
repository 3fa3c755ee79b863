"""Canceling a booking: who may, what is answered, and what becomes of the booking and its slot."""

from dataclasses import dataclass

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.fixtures import free_seats
from contracts.harness.slots import instant
from contracts.outcome import NotRunError
from contracts.rules.bookings.rescheduling import only_times
from contracts.rules.bookings.self_service import contact_mismatch, contact_parameter, lookup, missing_contact
from contracts.rules.rule import WRITES, not_by_chance, rule

CANCELED = {"canceled", "cancelled"}  # which of them is right is for another rule


@dataclass(frozen=True, slots=True)
class Cancellation:
    """`with_body` is what was answered when the first, which had no body, had been refused."""

    booking: Booking
    answer: Answer
    with_body: Answer | None

    @property
    def done(self) -> Answer:
        return self.with_body or self.answer


@rule("operations.cancelBooking", "A booking can be canceled", needs=WRITES, requests=2 + BOOKED)
def cancel(check: Check) -> None:
    check.expect_success(_canceled(check).done)


@rule(
    "bookings.cancel_body",
    "To cancel takes no body",
    needs=WRITES,
    builds_on=[cancel],
    requests=2 + BOOKED,
)
def cancel_body(check: Check) -> None:
    check.expect_success(_canceled(check).answer)


@rule(
    "spelling.canceled",
    "A canceled booking is spelled with one l",
    needs=WRITES,
    builds_on=[cancel],
    requests=2 + BOOKED,
)
def spelling(check: Check) -> None:
    check.expect_member(_canceled(check).done, check.contract.rule("spelling.canceled")["status"], "booking", "status")


@rule(
    "contradiction.cancel_members",
    "A cancellation is answered with the whole booking",
    needs=WRITES,
    builds_on=[cancel, lookup],
    requests=3 + BOOKED,
)
def cancel_members(check: Check) -> None:
    canceled = _canceled(check)
    found = check.need_served(check.bookings.lookup(canceled.booking)).member("booking")
    told = canceled.done.member("booking")
    missing = sorted(set(found) - set(told if isinstance(told, dict) else ())) if isinstance(found, dict) else []
    count = check.contract.rule("contradiction.cancel_members")["example"]
    check.expect(
        not missing,
        f"the {count} members of the booking that lookup tells",
        f"answered without {', '.join(missing)}",
        canceled.done,
    )


@rule(
    "bookings.cancel_is_final",
    "A canceled booking stays canceled",
    needs=WRITES,
    builds_on=[cancel, lookup],
    requests=5 + BOOKED,
)
def cancel_is_final(check: Check) -> None:
    booking = _canceled(check).booking
    check.bookings.reschedule(booking, check.offers.free_slot())
    found = check.need_served(check.bookings.lookup(booking))
    status = found.member("booking", "status")
    check.bookings.cancel(booking)  # if it is none
    check.expect(
        status not in {"confirmed", "pending"}, "the booking to stay canceled", f"has made it {status} again", found
    )


@rule(
    "errors.422.already_canceled",
    "A canceled booking is not canceled or moved again",
    needs=WRITES,
    builds_on=[cancel_body, cancel_is_final, only_times],
    requests=4 + BOOKED,
)
def already_canceled(check: Check) -> None:
    booking = _canceled(check).booking
    check.expect_refused(check.bookings.cancel(booking), "already_canceled")
    check.expect_refused(check.bookings.reschedule(booking, check.offers.free_slot()), "already_canceled")


@rule(
    "bookings.cancel_releases_slot",
    "A canceled booking's slot is offered again",
    needs=WRITES,
    builds_on=[cancel_body],
    requests=10 + SETUP,
)
@not_by_chance
def cancel_releases_slot(check: Check) -> None:
    slot = check.offers.free_slot()
    free = free_seats(check, slot)
    booking = check.bookings.book(slot=slot)
    before = free_seats(check, slot)
    if before >= free:
        raise NotRunError("a booking takes no seat that could be released")
    check.need_served(check.bookings.cancel(booking))
    after = free_seats(check, slot)
    check.expect(
        after > before,
        f"the seat at {instant(slot.start)} to be offered again",
        f"offered {after} seats after the cancellation, {before} before",
    )


@rule(
    "self_service.contact_elsewhere",
    "Whoever cancels or moves a booking must give its contact",
    needs=WRITES,
    builds_on=[contact_parameter, contact_mismatch, missing_contact, cancel_body],
    requests=6 + BOOKED,
)
def contact_elsewhere(check: Check) -> None:
    booking, stranger = check.bookings.book(), check.fakes.email()
    body = {"start_at": instant(booking.slot.start), "end_at": instant(booking.slot.end)}
    for query in (None, {"contact": stranger}):
        for operation, sent in (("rescheduleBooking", body), ("cancelBooking", None)):
            answer = check.call(operation, query=query, body=sent, confirmation_number=booking.number)
            given = "no contact" if query is None else "another contact"
            check.expect_refusal(answer, f"{operation} with {given} to be refused")
    check.expect_success(check.bookings.cancel(booking, booking.phone))


def _canceled(check: Check) -> Cancellation:
    """A booking that was canceled, as several rules look at it."""

    def canceled() -> Cancellation:
        booking = check.bookings.book()
        answer = check.bookings.cancel(booking)
        refused = answer.status >= 400
        return Cancellation(booking, answer, check.bookings.cancel(booking, body={}) if refused else None)

    made: Cancellation = check.once("cancellation", canceled)
    return made
