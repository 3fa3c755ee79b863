"""Slots of one host that are close together: what a booking of one of them does to the others."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from contracts.harness.check import Check
from contracts.harness.costs import TRIES
from contracts.harness.fixtures import listed
from contracts.harness.settings import MINUTE, Settings
from contracts.harness.slots import Slot
from contracts.outcome import NotRunError

Telling = Callable[[Settings, Slot, Settings, Slot], bool]
Pairs = Callable[[Settings, Settings], bool]


@dataclass(frozen=True, slots=True)
class Beside:
    """A slot to be booked, and slots of another service (or the same) that such a booking may be in the way of."""

    booked: Settings
    slot: Slot
    other: Settings
    watched: Sequence[Slot]

    def offered(self, check: Check) -> list[Slot]:
        """Which of the watched ones are offered now."""
        first, last = self.watched[0].start, self.watched[-1].start
        around = check.offers.slots(first - MINUTE, last + MINUTE, service=self.other.slug)
        now = {(slot.host, slot.start) for slot in around}
        return [slot for slot in self.watched if (slot.host, slot.start) in now]


def booked_beside(check: Check, pairs: Pairs, telling: Telling, which: str) -> tuple[Beside, list[Slot], list[Slot]]:
    """Books a slot that has telling ones beside it: which of these were offered before, and which are now."""
    for _ in range(TRIES):
        pair = beside(check, pairs, telling)
        if pair is None:
            break
        if before := pair.offered(check):
            check.bookings.book(slot=pair.slot, service=pair.booked.slug)
            return pair, before, pair.offered(check)
    raise NotRunError(f"no two slots of one host were found that {which}")


def beside(check: Check, pairs: Pairs, telling: Telling) -> Beside | None:
    """A free slot with others of its host that are `telling`, which is asked (service to be booked, its slot, other
    service, its slot) of the `pairs` of services that may have such slots: most have not, and thousands to look at."""
    for booked in listed(check):
        for other in listed(check):
            if not pairs(booked, other):
                continue
            watched = partial(_watched, telling, booked, other, _by_host(check, other))
            if any(watched(slot) for slot in check.offers.offered(booked.slug)):
                slot = check.offers.free_slot(service=booked.slug, where=watched)
                return Beside(booked, slot, other, watched(slot))
    return None


def gap(slot: Slot, near: Slot) -> int:
    """Seconds between them; negative where they overlap."""
    return max(near.start - slot.end, slot.start - near.end)


def overlaps(_booked: Settings, slot: Slot, _other: Settings, near: Slot) -> bool:
    """Telling are slots that overlap the one to be booked, and begin at another time."""
    return near.start != slot.start and gap(slot, near) < 0


@dataclass(frozen=True, slots=True)
class _OfHost:
    """Slots of one host in order, and when each starts."""

    slots: Sequence[Slot]
    starts: Sequence[int]


def _by_host(check: Check, service: Settings) -> Mapping[str | None, _OfHost]:
    def by_host() -> Mapping[str | None, _OfHost]:
        found: dict[str | None, list[Slot]] = {}
        for one in sorted(check.offers.offered(service.slug), key=lambda one: one.start):
            found.setdefault(one.host, []).append(one)
        return {host: _OfHost(slots, [one.start for one in slots]) for host, slots in found.items()}

    known: Mapping[str | None, _OfHost] = check.once(f"slots of {service.slug} by host", by_host, by_contract=True)
    return known


def _watched(
    telling: Telling, booked: Settings, other: Settings, by_host: Mapping[str | None, _OfHost], slot: Slot
) -> Sequence[Slot]:
    """Of the other service's slots that one's host could take, in order, as far as either's buffers reach."""
    of_host = by_host.get(slot.host)
    if of_host is None or slot.host is None:
        return ()
    reach = booked.before + booked.after + other.before + other.after
    first = bisect_left(of_host.starts, slot.start - other.duration - reach)
    last = bisect_right(of_host.starts, slot.end + reach)
    return [near for near in of_host.slots[first:last] if telling(booked, slot, other, near)]
