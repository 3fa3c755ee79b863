"""Slots that the server offers, given out so that no two rules count on the same."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

from contracts.exchange import Answer
from contracts.harness.catalogue import Catalogue
from contracts.harness.session import Session
from contracts.harness.settings import DAY
from contracts.harness.slots import Slot, has_seats, instant, slots_of
from contracts.outcome import NotRunError

RANGE_DAYS = 28  # how far ahead slots are looked for, where the booking window reaches that far
FEWER_DAYS = (7, 1)  # where a server answers for no longer ranges
AT_BEST_APART = 7200  # seconds between two bookings of a check


class Taken:
    """What is booked of one host, or may be: asked for every slot on offer, again and again."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = sorted(slots, key=lambda slot: slot.start)
        self._starts = [slot.start for slot in self.slots]
        self._ends = list(accumulate((slot.end for slot in self.slots), max))  # the latest of each and those before

    def meets(self, begin: int, end: int) -> bool:
        """Whether any of it lies within these times, or reaches into them."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > begin


class Offers:
    """`service_slug` is the service under test: the user's choice, or the first listed one with a slot to be had."""

    def __init__(self, session: Session, catalogue: Catalogue) -> None:
        self._session = session
        self._catalogue = catalogue
        self._offered: dict[tuple[str, int], list[Slot]] = {}
        self._taken: dict[str | None, Taken] = {}
        self._spare: Slot | None = None
        self._reach = RANGE_DAYS

    @property
    def service_slug(self) -> str:
        """Raises NotRunError where the user named none, and none that is listed can be booked."""
        named = self._session.credentials.service
        return named if named is not None else str(self._session.once("service", self._first_bookable))

    def slots(
        self, start: int, end: int, *, service: str | None = None, party_size: int = 1, **query: Any
    ) -> list[Slot]:
        """What the server offers in [start, end), asked afresh."""
        listed = self.listed(start, end, service=service, party_size=party_size, **query)
        return [slot for slot in listed if has_seats(slot, party_size)]

    def listed(
        self, start: int, end: int, *, service: str | None = None, party_size: int = 1, **query: Any
    ) -> list[Slot]:
        """What it lists, with what it tells has no seats for so many."""
        if party_size != 1:
            query["partySize"] = party_size
        asked = self._session.call("getAvailability", query=self.query(start, end, service=service, **query))
        return slots_of(self._session.need_served(asked))

    def query(self, start: int, end: int, *, service: str | None = None, **more: Any) -> dict[str, Any]:
        """Of getAvailability."""
        return {
            "org_slug": self._session.credentials.organization,
            "service_slug": service or self.service_slug,
            "from": instant(start),
            "to": instant(end),
            **more,
        }

    def bookable_range(self, service: str | None = None) -> tuple[int, int]:
        """When a booking can be made that can still be canceled a day from now: [start, end) in Unix seconds."""
        settings = self._catalogue.settings(service or self.service_slug)
        now = self._session.now()
        start = (now + settings.notice + DAY) // DAY * DAY + DAY
        days = min(self._reach, self._session.contract.rule("availability.max_range_days"))
        return start, min(start + days * DAY, now + settings.window - DAY)

    def offered(self, service: str | None = None, party_size: int = 1) -> list[Slot]:
        """What was offered when it was first asked for, far enough ahead to be canceled again."""
        name = service or self.service_slug
        if (name, party_size) not in self._offered:
            self._offered[name, party_size] = self._looked_for(name, party_size)
        return self._offered[name, party_size]

    def free_slot(
        self,
        *,
        service: str | None = None,
        party_size: int = 1,
        where: Callable[[Slot], object] = lambda _: True,
    ) -> Slot:
        """One that no booking of this check is in the way of, nor near it if that can be. Raises NotRunError."""
        name = service or self.service_slug
        settings = self._catalogue.settings(name)
        apart = settings.before + settings.after
        offered = self.offered(name, party_size)
        for distance in (apart + AT_BEST_APART, apart):
            if free := [slot for slot in offered if self._is_free(slot, distance) and where(slot)]:
                slot = self._session.fakes.choice(free)
                self.keep_off(slot)
                return slot
        raise NotRunError(f"{name} has no slot left that could be booked for this")

    def keep_off(self, slot: Slot) -> None:
        """It is booked, or may be: no other rule is to count on it."""
        self._taken[slot.host] = Taken([*self._taken_of(slot), slot])

    def release(self, slot: Slot) -> None:
        """Nothing of this check is there any more: others may count on it again."""
        if slot in (taken := self._taken_of(slot)):
            taken.remove(slot)
            self._taken[slot.host] = Taken(taken)

    def is_near(self, slot: Slot) -> bool:
        """Whether a booking of this check may be in its way, or was looked for there."""
        return not self._is_free(slot, DAY)

    def spare_slot(self) -> Slot:
        """A free slot for creations that must be refused: the same until one of them was not."""
        if self._spare is None:
            self._spare = self.free_slot()
        return self._spare

    def look_again(self) -> None:
        """In another range than before: what was offered is asked for anew."""
        self._offered.clear()
        self._reach = RANGE_DAYS

    @contextmanager
    def forgotten(self) -> Iterator[None]:
        """What was taken meanwhile is free again afterwards."""
        taken, spare = dict(self._taken), self._spare
        try:
            yield
        finally:
            self._taken, self._spare = taken, spare

    def was_booked(self, starts_at: object) -> None:
        """The spare slot is none any more where it starts then."""
        if self._spare is not None and starts_at == instant(self._spare.start):
            self._spare = None

    def _is_free(self, slot: Slot, apart: int) -> bool:
        taken = self._taken.get(slot.host)
        return taken is None or not taken.meets(slot.start - apart, slot.end + apart)

    def _taken_of(self, slot: Slot) -> list[Slot]:
        """A copy: of its host."""
        taken = self._taken.get(slot.host)
        return [] if taken is None else list(taken.slots)

    def _looked_for(self, name: str, party_size: int) -> list[Slot]:
        """In less than the whole range, where the server finds that too long: how long it may be is another rule's."""
        more: dict[str, Any] = {}
        if party_size != 1:
            more["partySize"] = party_size
        answer = self._range(name, more)
        too_long = self._session.contract.errors["range_too_long"].status
        for fewer in FEWER_DAYS:
            if answer is None or answer.status != too_long:
                break
            self._reach = min(self._reach, fewer)
            answer = self._range(name, more)
        listed = [] if answer is None else slots_of(self._session.need_served(answer))
        return [slot for slot in listed if has_seats(slot, party_size)]

    def _range(self, name: str, more: dict[str, Any]) -> Answer | None:
        """None where nothing can be booked at all."""
        start, end = self.bookable_range(name)
        if start >= end:
            return None
        return self._session.call("getAvailability", query=self.query(start, end, service=name, **more))

    def _first_bookable(self) -> str:
        for slug in self._catalogue.services():
            if self.offered(slug):
                return slug
        raise NotRunError(f"{self._session.credentials.organization} lists no service that could be booked now")
