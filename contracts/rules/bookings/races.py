"""Requests at the same time: whichever comes first, what they leave must be what one after the other could leave."""

from contracts.exchange import Answer, Request
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.fixtures import free_seats, offered_at, seats_left
from contracts.harness.slots import Slot, instant
from contracts.outcome import NotRunError
from contracts.rules.bookings.bookings import create
from contracts.rules.bookings.cancellation import CANCELED, already_canceled, cancel_body
from contracts.rules.bookings.rescheduling import only_times
from contracts.rules.bookings.self_service import lookup
from contracts.rules.rule import WRITES, not_by_chance, rule

TOGETHER = 4  # requests at the same time
ROUNDS = 2


@rule(
    "bookings.seat_sold_once",
    "Of those who want the last seat at the same time one gets it",
    needs=WRITES,
    builds_on=[create],
    requests=ROUNDS * (1 + BOOKED + 2 * TOGETHER) + SETUP,
)
def last_seat(check: Check) -> None:
    for _ in range(ROUNDS):
        slot, bookings = _with_one_seat(check), check.bookings
        bodies = [bookings.body(slot) for _ in range(TOGETHER)]
        answers = bookings.create_together(bodies)
        made = [
            bookings.booked(answer, body, slot)
            for answer, body in zip(answers, bodies, strict=True)
            if answer.status < 300
        ]
        _expect_sold_once(check, slot, answers)
        bookings.put_back(*made)
        check.offers.keep_off(slot)  # others may have its other seats


@rule(
    "bookings.seat_sold_once",
    "Of those who move to the last seat at the same time one gets it",
    needs=WRITES,
    builds_on=[only_times],
    requests=1 + 2 * BOOKED + 2 * 2,
)
def moved_to_last_seat(check: Check) -> None:
    slot = _with_one_seat(check)
    moving = [check.bookings.book() for _ in range(2)]
    answers = check.target.send_together([check.bookings.move(booking, slot) for booking in moving])
    if len({one.host for one in check.offers.offered() if one.start == slot.start}) > 1:
        raise NotRunError("another host may have taken one of them")
    _expect_sold_once(check, slot, answers)
    check.bookings.put_back(*moving)


@rule(
    "errors.422.already_canceled",
    "Of those who cancel a booking at the same time one does",
    needs=WRITES,
    builds_on=[already_canceled],
    requests=ROUNDS * (BOOKED + TOGETHER),
)
def canceled_once(check: Check) -> None:
    for _ in range(ROUNDS):
        booking = check.bookings.book()
        first, *others = sorted(
            check.target.send_together([_cancellation(check, booking)] * TOGETHER), key=lambda answer: answer.status
        )
        check.need_served(first)
        check.bookings.ledger.release(booking.number)
        check.offers.release(booking.slot)
        for answer in others:
            check.expect_refused(answer, "already_canceled")


@rule(
    "bookings.cancel_is_final",
    "A booking that is canceled while it is moved is canceled, and has no seat",
    needs=WRITES,
    builds_on=[cancel_body, only_times, lookup],
    requests=2 * ROUNDS * (BOOKED + 2 + 1 + 4) + SETUP,
)
@not_by_chance
def canceled_while_moved(check: Check) -> None:
    for _ in range(ROUNDS):
        old, new = check.offers.free_slot(), check.offers.free_slot()
        free = [free_seats(check, slot) for slot in (old, new)]
        booking = check.bookings.book(slot=old)
        canceled, _ = check.target.send_together([_cancellation(check, booking), check.bookings.move(booking, new)])
        check.need_served(canceled)
        _expect_gone(check, booking, canceled)
        left = [free_seats(check, slot) for slot in (old, new)]
        for slot, before, now in zip((old, new), free, left, strict=True):
            expected = f"the {before} seats at {instant(slot.start)} to be offered again"
            check.expect(now >= before, expected, f"offers {now} after the booking was canceled while it was moved")
        check.offers.release(old)
        check.offers.release(new)


def _expect_gone(check: Check, booking: Booking, canceled: Answer) -> None:
    found = check.need_served(check.bookings.lookup(booking))
    status = found.member("booking", "status")
    if status not in CANCELED:
        check.bookings.cancel(booking)
    told = f"answered {canceled.status} to the cancellation, and has it as {status}"
    check.expect(status in CANCELED, "a booking that was canceled to be canceled", told, found)
    check.bookings.ledger.release(booking.number)


def _cancellation(check: Check, booking: Booking) -> Request:
    return check.request("cancelBooking", query={"contact": booking.contact}, confirmation_number=booking.number)


def _with_one_seat(check: Check) -> Slot:
    """A slot of which its host has one seat left. Raises NotRunError."""
    slot = check.offers.free_slot()
    left = next((seats_left(one) for one in offered_at(check, slot.start) if one.host == slot.host), 0)
    if left < 1:
        raise NotRunError("the slot is not offered any more")
    if left > 1:
        check.bookings.book(slot=slot, party_size=left - 1)
    return slot


def _expect_sold_once(check: Check, slot: Slot, answers: list[Answer]) -> None:
    served = [answer for answer in answers if answer.status < 300]
    if not served:
        raise NotRunError(f"nobody got the seat: the server {answers[0]}")
    told = f"sold it {len(served)} times to {len(answers)} requests at the same time"
    check.expect(len(served) == 1, f"the last seat at {instant(slot.start)} to be sold once", told, served[-1])
