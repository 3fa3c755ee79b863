"""Moving a booking: in one step, without being in its own way, and as what it was."""

from contextlib import suppress
from dataclasses import dataclass
from operator import eq
from typing import Any

from contracts.exchange import Answer
from contracts.harness.beside import Telling, beside, overlaps
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, MOST, MOVED, SETUP, SURVEY, TAKEN, TRIES
from contracts.harness.fixtures import free_seats, offered_at, pending, taken, with_hosts
from contracts.harness.settings import DAY, HOUR, Settings
from contracts.harness.slots import Slot, instant, slots_of
from contracts.outcome import NotRunError
from contracts.rules.availability.seats import one_seat
from contracts.rules.bookings.self_service import fields, lookup
from contracts.rules.rule import WRITES, not_by_chance, rule

HALF_DAY = 6 * HOUR
OPTIONAL = {"timezone": "Asia/Kathmandu", "notes": "Moved"}


@dataclass(frozen=True, slots=True)
class Move:
    booking: Booking
    slot: Slot
    answer: Answer


@rule("operations.rescheduleBooking", "A booking can be moved", needs=WRITES, requests=MOVED + TRIES)
def reschedule(check: Check) -> None:
    move = moved_booking(check)
    if move.answer.status >= 400:  # perhaps it wants what it should not
        move = moved(check, move.booking, **OPTIONAL)
    check.expect_success(move.answer)


@rule(
    "bookings.reschedule_body",
    "A new time is a start and an end, and needs nothing else",
    needs=WRITES,
    builds_on=[reschedule],
    requests=2 + MOVED,
)
def only_times(check: Check) -> None:
    move = moved_booking(check)
    check.expect_success(move.answer)
    slot = check.offers.free_slot()
    for name in ("start_at", "end_at"):
        answer = check.bookings.reschedule(move.booking, slot, **{name: None})
        check.expect_refusal(answer, f"a new time without {name} to be refused")


@rule(
    "bookings.reschedule_body",
    "A timezone and notes may be changed with the time",
    needs=WRITES,
    builds_on=[reschedule, fields],
    requests=1 + MOVED,
)
def optional_members(check: Check) -> None:
    move = moved(check, check.bookings.book(), **OPTIONAL)
    check.expect_success(move.answer)
    found = check.need_served(check.bookings.lookup(move.booking))
    if not found.member("booking", "timezone"):
        raise NotRunError("lookup does not tell the booking's timezone")
    check.expect_member(found, OPTIONAL["timezone"], "booking", "timezone")


@rule(
    "bookings.reschedule_answer",
    "The booking is answered at its new time",
    needs=WRITES,
    builds_on=[only_times],
    requests=MOVED,
)
def reschedule_answer(check: Check) -> None:
    move = moved_booking(check)
    check.expect_member(move.answer, move.booking.id, "booking", "id")
    check.expect_moment(move.answer, move.slot.start, "booking", "start_at")
    check.expect_moment(move.answer, move.slot.end, "booking", "end_at")


@rule(
    "bookings.reschedule_in_one_step",
    "The old slot is free and the new one taken when a booking has been moved",
    needs=WRITES,
    builds_on=[only_times, one_seat],
    requests=2 * (TRIES + 6) + SETUP,
)
@not_by_chance
def in_one_step(check: Check) -> None:
    old, new = check.offers.free_slot(), check.offers.free_slot()
    booking = check.bookings.book(slot=old)
    taken_from, free_at = free_seats(check, old), free_seats(check, new)
    check.need_served(check.bookings.reschedule(booking, new))
    released, left = free_seats(check, old), free_seats(check, new)
    check.expect(
        released == taken_from + 1,
        f"the seat at {instant(old.start)} to be offered again",
        f"offered {released} there, {taken_from} before the booking was moved away",
    )
    check.expect(
        left == free_at - 1,
        f"a seat at {instant(new.start)} to be taken",
        f"offered {left} there, {free_at} before the booking was moved there",
    )


@rule(
    "bookings.reschedule_in_one_step",
    "A booking that could not be moved is where it was",
    needs=WRITES,
    builds_on=[only_times, lookup],
    requests=5 + TAKEN + SETUP,
)
def not_halfway(check: Check) -> None:
    booking = check.bookings.book(slot=check.offers.free_slot())
    before = free_seats(check, booking.slot)
    answer = check.bookings.reschedule(booking, taken(check))
    if answer.status < 400:
        raise NotRunError("the booking could be moved to a slot that is taken")
    found = check.need_served(check.bookings.lookup(booking))
    check.expect_moment(found, booking.slot.start, "booking", "start_at")
    after = free_seats(check, booking.slot)
    check.expect(
        after <= before,
        f"the seat at {instant(booking.slot.start)} to stay taken",
        f"offers {after} there, {before} before it refused to move the booking",
    )


@rule(
    "bookings.reschedule_own_seats",
    "A booking is not in its own way",
    needs=WRITES,
    builds_on=[only_times],
    requests=2 * 5 + SURVEY,
)
@not_by_chance
def own_seats(check: Check) -> None:
    pair = beside(check, eq, _only_host_overlaps(check))
    free = pair.offered(check) if pair is not None else []
    booking = check.bookings.shared() if pair is None else check.bookings.book(slot=pair.slot, service=pair.booked.slug)
    answer = asked(check, booking)
    if answer.status == 200:
        own = (booking.slot.host, booking.slot.start)
        offered = {(slot.host, slot.start) for slot in slots_of(answer)}
        check.expect(
            own in offered, f"its own slot at {instant(own[1])} to be free for the booking", str(answer), answer
        )
    elif not free:
        raise NotRunError("no service has slots of one host that overlap")
    for near in free[:1]:
        check.offers.keep_off(near)
        answer = check.bookings.reschedule(booking, near)
        check.expect(
            answer.status < 400,
            f"the booking at {instant(booking.slot.start)} to be moved to {instant(near.start)}, where only itself is",
            str(answer),
            answer,
        )


@rule(
    "bookings.reschedule_same_time",
    "A booking may be moved to where it is",
    needs=WRITES,
    builds_on=[own_seats],
    requests=1 + TRIES + SETUP,
)
def same_time(check: Check) -> None:
    booking = check.bookings.book()
    answer = check.bookings.reschedule(booking, booking.slot)
    check.expect_refused(answer, "same_time")


@rule(
    "bookings.reschedule_keeps_host",
    "A booking keeps its host where it can",
    needs=WRITES,
    builds_on=[only_times],
    requests=2 * 6 + SURVEY,
)
@not_by_chance
def keeps_host(check: Check) -> None:
    """Who has it chosen as at creation may happen to choose the same."""
    keeps = check.contract.rule("bookings.reschedule_keeps_host") == "if it can"
    service, starts = with_hosts(check)
    host = max(str(slot.host) for slots in starts.values() for slot in slots)

    def of_host(slot: Slot) -> bool:
        return slot.host == host and slot.start in starts

    def idle(slot: Slot) -> bool:  # the others: who of them has bookings enough would not be chosen either
        return of_host(slot) and not any(check.offers.is_near(one) for one in starts[slot.start] if one.host != host)

    try:
        new = check.offers.free_slot(service=service.slug, where=idle)
    except NotRunError:
        new = check.offers.free_slot(service=service.slug, where=of_host)

    def same_day(slot: Slot) -> bool:
        return of_host(slot) and abs(slot.start - new.start) < HALF_DAY

    with suppress(NotRunError):  # there may be no such slots
        for _ in range(2):  # who has so many bookings would not be chosen anew
            busy = check.offers.free_slot(service=service.slug, where=same_day)
            check.bookings.book(slot=busy, service=service.slug)
    booking = check.bookings.book(
        slot=check.offers.free_slot(service=service.slug, where=of_host), service=service.slug
    )
    before = _hosts(check, service, new)
    check.need_served(check.bookings.reschedule(booking, new))
    gone = before - _hosts(check, service, new)
    if host not in before or not gone:
        raise NotRunError(f"it could not be seen who has the booking at {instant(new.start)}")
    if not keeps and host in gone:
        raise NotRunError(f"{host} may have been chosen again")
    check.expect(
        host in gone or not keeps,
        f"the booking to stay with {host}, who was free at {instant(new.start)}",
        f"gave it to {', '.join(sorted(map(str, gone)))}",
    )


@rule(
    "bookings.reschedule_keeps_status",
    "A booking that is moved keeps its status, also if it awaits confirmation",
    needs=WRITES,
    builds_on=[reschedule_answer],
    requests=(MOST + 1) * TRIES + MOVED + SURVEY,
)
def keeps_status(check: Check) -> None:
    moves = [moved_booking(check)]
    with suppress(NotRunError):
        moves.append(moved(check, check.bookings.book(service=pending(check).service)))
    for move in moves:
        status = move.booking.answer.member("booking", "status")
        check.expect_member(check.need_served(move.answer), status, "booking", "status")


@rule(
    "operations.getRescheduleAvailability",
    "The slots that a booking could be moved to can be asked for",
    needs=WRITES,
    builds_on=[lookup],
    requests=2 + BOOKED + MOVED,
)
def availability(check: Check) -> None:
    """Also for one that was moved before."""
    for booking in check.bookings.shared(), moved_booking(check).booking:
        answer = check.expect_served(asked(check, booking))
        check.expect(isinstance(answer.member("slots"), list), "a list called slots", str(answer), answer)


def moved_booking(check: Check) -> Move:
    """A booking that was moved, as several rules look at it."""
    move: Move = check.once("move", lambda: moved(check, check.bookings.book()))
    return move


def moved(check: Check, booking: Booking, **changes: Any) -> Move:
    """To another slot where one is taken: others may be booking too."""
    for attempt in range(1, TRIES + 1):
        slot = check.offers.free_slot(service=booking.service)
        answer = check.bookings.reschedule(booking, slot, **changes)
        if not check.bookings.is_taken(answer) or attempt == TRIES:
            return Move(booking, slot, answer)
    raise AssertionError("TRIES is at least one")


def asked(check: Check, booking: Booking, length: int = DAY) -> Answer:
    """Slots that the booking could be moved to, from its own start on."""
    start = booking.slot.start
    query = {"contact": booking.contact, "from": instant(start), "to": instant(start + length)}
    return check.call("getRescheduleAvailability", query=query, confirmation_number=booking.number)


def _only_host_overlaps(check: Check) -> Telling:
    def telling(booked: Settings, slot: Slot, other: Settings, near: Slot) -> bool:
        if not overlaps(booked, slot, other, near):
            return False
        return sum(one.start == near.start for one in check.offers.offered(other.slug)) == 1

    return telling


def _hosts(check: Check, service: Settings, slot: Slot) -> set[str | None]:
    return {one.host for one in offered_at(check, slot.start, service.slug)}
