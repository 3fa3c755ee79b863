"""Situations that rules need: found in what an organization offers (by settings, never by name), or made."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import MOST
from contracts.harness.settings import MINUTE, Settings
from contracts.harness.slots import Slot
from contracts.outcome import NotRunError


def listed(check: Check) -> Iterator[Settings]:
    """The check's own service and other listed ones, with the least that a rule must look at."""
    own = check.service_slug
    for slug in islice([own, *(other for other in check.catalogue.services() if other != own)], MOST):
        yield check.catalogue.settings(slug)


def with_seats(check: Check) -> tuple[Settings, Slot]:
    """A service with several seats in a slot, and a free slot of it with all its seats. Raises NotRunError."""
    for one in listed(check):
        whole = partial(_has_seats, one.seats)
        if one.seats > 1 and any(map(whole, check.offers.offered(one.slug))):
            return one, check.offers.free_slot(service=one.slug, where=whole)
    raise NotRunError("no listed service has several seats in one slot (max_parallel_bookings)")


def offered_at(check: Check, start: int, service: str | None = None) -> list[Slot]:
    """What is offered now with just that start, each host once."""
    around = check.offers.slots(start - MINUTE, start + MINUTE, service=service)
    return list({(slot.host, str(slot.offered.get("teamId"))): slot for slot in around if slot.start == start}.values())


def seats_left(slot: Slot) -> int:
    """As it was offered; none where that is no number."""
    left = slot.offered.get("availableCapacity")
    return left if isinstance(left, int) else 0


def free_seats(check: Check, slot: Slot) -> int:
    """What is offered now at the slot's start, with whichever host."""
    return sum(map(seats_left, offered_at(check, slot.start)))


def _has_seats(seats: int, slot: Slot) -> bool:
    return seats_left(slot) >= seats


def with_hosts(check: Check) -> tuple[Settings, Mapping[int, Sequence[Slot]]]:
    """A service that several hosts can take at the same time: those starts, with a slot of each. Raises NotRunError."""
    for one in listed(check):
        starts: dict[int, list[Slot]] = {}
        for slot in check.offers.offered(one.slug):
            if slot.host is not None:
                starts.setdefault(slot.start, []).append(slot)
        if shared := {start: slots for start, slots in starts.items() if len({slot.host for slot in slots}) > 1}:
            return one, shared
    raise NotRunError("no listed service can be had from several hosts at the same time")


def pending(check: Check) -> Booking:
    """A booking that awaits confirmation. Raises NotRunError where all are confirmed at once."""

    def looked_for() -> Booking | None:
        for one in listed(check):
            if check.offers.offered(one.slug):
                booking = check.bookings.book(service=one.slug)
                if booking.answer.member("booking", "status") == "pending":
                    return booking
        return None

    found: Booking | None = check.once("pending booking", looked_for)
    if found is None:
        raise NotRunError("the bookings of every listed service are confirmed at once")
    return found


def taken(check: Check) -> Slot:
    """A slot of the check's own service at whose start nothing is offered any more. Raises NotRunError."""

    def filled() -> Slot:
        slot = check.offers.free_slot()
        for _ in range(MOST):
            left = offered_at(check, slot.start)
            if not left:
                return slot
            check.bookings.book(slot=left[0], party_size=max(1, seats_left(left[0])))
        raise NotRunError(f"{MOST} bookings did not take all that is offered at one start")

    found: Slot = check.once("taken slot", filled)
    return found
