"""A seat is sold once, and what is offered is sold: availability says what can be booked, 409 that it cannot."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP, SURVEY, TAKEN
from contracts.harness.fixtures import offered_at, seats_left, taken, with_seats
from contracts.harness.slots import Slot, instant, local
from contracts.outcome import Broken, NotRunError
from contracts.rules.bookings.bookings import optional_members
from contracts.rules.bookings.cancellation import cancel_body
from contracts.rules.bookings.rescheduling import only_times
from contracts.rules.rule import WRITES, rule

LATER = 1  # seconds
INDIA = 330  # minutes ahead of UTC


@rule(
    "bookings.seat_sold_once",
    "A slot that is taken is sold to nobody else, however it is asked for",
    needs=WRITES,
    builds_on=[optional_members],
    requests=12 + TAKEN + SETUP,
    waits=LATER,
)
def sold_out(check: Check) -> None:
    slot = taken(check)
    for _ in range(2):
        if offered_at(check, slot.start):
            raise NotRunError("what was taken is offered again: somebody has canceled")
        for how, answer in _attempts(check, slot):
            _expect_unsold(answer, f"{instant(slot.start)}, where nothing is offered any more, {how}")
        check.wait(LATER)


@rule(
    "bookings.seat_sold_once",
    "A booking is not moved to a seat that is somebody's",
    needs=WRITES,
    builds_on=[only_times],
    requests=2 * BOOKED + 3,
)
def sold_by_moving(check: Check) -> None:
    slot = check.offers.free_slot()
    first = _filled(check, slot)
    second = check.bookings.book()
    if any(one.host == slot.host for one in offered_at(check, slot.start)):
        raise NotRunError("a slot is offered still when all its seats are booked")
    answer = check.bookings.reschedule(second, slot)
    if answer.status < 300 and not offered_at(check, slot.start) and _hosts(check, slot) == {slot.host}:
        raise Broken(f"the seats of {first.number} to be sold once", f"moved another booking there: {answer}", answer)
    check.bookings.put_back(first, second)


@rule(
    "bookings.seat_sold_once",
    "A seat that was canceled is sold once again, and not twice",
    needs=WRITES,
    builds_on=[cancel_body],
    requests=BOOKED + 6,
)
def sold_after_cancellation(check: Check) -> None:
    slot = check.offers.free_slot()
    check.need_served(check.bookings.cancel(_filled(check, slot)))
    again = _filled(check, slot)
    answer = check.bookings.create(check.bookings.body(slot))
    _expect_unsold(answer, f"{instant(slot.start)}, whose seats were canceled once and booked twice,")
    check.bookings.put_back(again)


@rule(
    "availability.offered_is_bookable",
    "What is offered can be booked",
    needs=WRITES,
    builds_on=[optional_members],
    requests=3 * 4 + SURVEY,
)
def offered(check: Check) -> None:
    slot = check.offers.free_slot()
    _expect_bookable(check, slot, "with its host", check.bookings.body(slot))
    slot = check.offers.free_slot()
    _expect_bookable(check, slot, "with no host named", check.bookings.body(slot, host_id=None))
    try:
        service, slot = with_seats(check)
    except NotRunError:
        return
    body = check.bookings.body(slot, service=service.slug, party_size=service.seats)
    _expect_bookable(check, slot, f"to a party of {service.seats}", body, service.slug)


@rule(
    "availability.offered_is_bookable",
    "What is offered again after a cancellation or a move can be booked",
    needs=WRITES,
    builds_on=[cancel_body, only_times],
    requests=3 * BOOKED + 6,
)
def offered_again(check: Check) -> None:
    slot = check.offers.free_slot()
    check.need_served(check.bookings.cancel(_filled(check, slot)))
    _expect_bookable(check, slot, "after it was canceled", check.bookings.body(slot))
    slot, other = check.offers.free_slot(), check.offers.free_slot()
    check.need_served(check.bookings.reschedule(check.bookings.book(slot=slot), other))
    _expect_bookable(check, slot, "after a booking was moved away", check.bookings.body(slot))


def _attempts(check: Check, slot: Slot) -> Iterator[tuple[str, Answer]]:
    bookings = check.bookings
    yield "with its host", bookings.create(bookings.body(slot))
    yield "with no host named", bookings.create(bookings.body(slot, host_id=None))
    written = {"starts_at": local(slot.start, INDIA), "ends_at": local(slot.end, INDIA)}
    yield "in another offset", bookings.create(bookings.body(slot, **written))


def _expect_unsold(answer: Answer, where: str) -> None:
    if answer.status < 300:
        raise Broken("a seat to be sold once", f"made a booking at {where}: {answer}", answer)


def _expect_bookable(check: Check, slot: Slot, how: str, body: Mapping[str, Any], service: str | None = None) -> None:
    """It is refused in vain when availability offers it before and after."""
    wanted = int(body.get("party_size", 1))
    if not _is_offered(check, slot, wanted, service):
        return  # somebody else has it, or it is another rule's to judge
    answer = check.bookings.create(body)
    if answer.status >= 400 and _is_offered(check, slot, wanted, service):
        told = f"refused it {how}, and offers it still: {answer}"
        raise Broken(f"the slot at {instant(slot.start)}, which is offered, to be booked", told, answer)


def _is_offered(check: Check, slot: Slot, wanted: int, service: str | None) -> bool:
    return any(one.host == slot.host and seats_left(one) >= wanted for one in offered_at(check, slot.start, service))


def _filled(check: Check, slot: Slot) -> Booking:
    """A booking of all that its host has left at that start. Raises NotRunError."""
    left = next((seats_left(one) for one in offered_at(check, slot.start) if one.host == slot.host), 0)
    return check.bookings.book(slot=slot, party_size=max(1, left))


def _hosts(check: Check, slot: Slot) -> set[str | None]:
    """Who could have had it when it was first asked for."""
    return {one.host for one in check.offers.offered() if one.start == slot.start}
