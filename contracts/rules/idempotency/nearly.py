"""Idempotency-Keys and bodies that are nearly those of another creation, and retries after the booking has changed."""

from typing import Any

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.settings import DAY
from contracts.harness.slots import Slot
from contracts.outcome import Broken, NotRunError
from contracts.rules.bookings.cancellation import cancel_body
from contracts.rules.bookings.rescheduling import only_times
from contracts.rules.idempotency.idempotency import no_duplicate, repeat, replay, reused
from contracts.rules.idempotency.idempotency_keys import long_key, refusal, shown
from contracts.rules.rule import WRITES, rule


@rule(
    "idempotency",
    "An Idempotency-Key that is nearly another one is a key of its own",
    needs=WRITES,
    builds_on=[reused],
    requests=10 + SETUP,
)
def nearly_equal_keys(check: Check) -> None:
    """With bodies that lack almost everything: a used key tells by how they are refused, and nothing is booked."""
    short, long = check.fakes.idempotency_key() + "-nearly", long_key(check)[:-1]
    for used in (short, long):
        _refuse_for_good(check, used)
    fresh = refusal(check, check.fakes.idempotency_key())
    if refusal(check, short) == fresh:
        raise NotRunError("a body that lacks members is refused before its Idempotency-Key is looked at")
    last = "x" if long[-1] != "x" else "y"
    for near, used in (
        (short.swapcase(), short),
        (short[:-1], short),
        (f'"{short}"', short),
        (short.replace("-", "%2D"), short),
        (long + last, long),
        (long[:-1] + last, long),
    ):
        seen = refusal(check, near)
        told = f"answered {seen} to {shown(near)}, where {shown(used)} was used"
        check.expect(seen == fresh, f"{fresh}, as with a new Idempotency-Key", told)


@rule(
    "errors.422.idempotency_key_reused",
    "An Idempotency-Key that was used is refused where one optional member is another",
    needs=WRITES,
    builds_on=[reused],
    requests=6 + BOOKED,
)
def one_member_changed(check: Check) -> None:
    booking = check.bookings.shared()
    contact = booking.body["contact"]
    changes: list[dict[str, Any]] = [
        {"notes": "Changed"},
        {"timezone": "Asia/Kolkata"},
        {"contact": {**contact, "phone": check.fakes.phone() + "1"}},
        {"contact": {**contact, "name": contact["name"].swapcase()}},
    ]
    if "host_id" in booking.body:
        changes.append({"host_id": None})
    for change in changes:
        check.expect_refused(repeat(check, booking, **change), "idempotency_key_reused")


@rule(
    "idempotency",
    "A creation sent again makes no second booking when the first was moved or canceled",
    needs=WRITES,
    builds_on=[no_duplicate, replay, cancel_body, only_times],
    requests=6 + BOOKED + SETUP,
)
def after_a_change(check: Check) -> None:
    booking, elsewhere = check.bookings.book(), check.offers.free_slot()
    before = repeat(check, booking)
    check.need_served(check.bookings.reschedule(booking, elsewhere))
    _expect_the_same(check, booking, before, "was moved")
    check.need_served(check.bookings.cancel(booking))
    check.offers.release(elsewhere)
    _expect_the_same(check, booking, before, "was canceled")
    other = repeat(check, booking, notes="Changed")
    number = other.member("booking", "confirmation_number")
    expected = "no new booking for another body, also where the first was canceled"
    check.expect(other.status >= 400 or number == booking.number, expected, str(other), other)


def _expect_the_same(check: Check, booking: Booking, before: Answer, what: str) -> None:
    answer = repeat(check, booking)
    number = answer.member("booking", "confirmation_number")
    if answer.status < 300 and number != booking.number:
        raise Broken(f"the first answer again when the booking {what}", f"made another one, {number}", answer)
    if (answer.status, answer.body) != (before.status, before.body):
        expected = f"the first answer, {before.excerpt}, again when the booking {what}"
        raise Broken(expected, str(answer), answer, "idempotency.replay")


def _refuse_for_good(check: Check, idempotency_key: str) -> None:
    """A refusal is stored under it. Raises NotRunError."""
    slot = check.offers.spare_slot()
    back = ((slot.start - check.now()) // DAY + 2) * DAY
    past = Slot(slot.start - back, slot.end - back, slot.host, {})
    answer = check.bookings.create(check.bookings.body(past), idempotency_key=idempotency_key)
    if answer.status < 400 or answer.status not in check.contract.idempotency.stored:
        raise NotRunError(f"a start in the past is not refused with what is stored: createBooking {answer}")
