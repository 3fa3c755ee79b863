"""Slots that are offered and cannot be had, and slots that could be had and are not offered."""

from collections.abc import Sequence
from dataclasses import replace

from mockserver.availability import Availability, Search
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.domain.slots import Slot, Slots
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Store
from mockserver.service import DAY, Calendar

TWENTY_MINUTES = 20
WEEK = 7 * DAY


class OffersToEveryParty(Calendar):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        return super().availability(organization, service_slug, first, last, 1, now)


class OffersThePast(Availability):
    """What began in the last week; none of it can be booked."""

    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        earlier = super().slots(replace(search, now=search.now - WEEK), first, min(last, search.now + 1))
        return replace(found, by_start={**earlier.by_start, **found.by_start})


class OffersBeyondTheWindow(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        later = super().slots(replace(search, now=search.now + WEEK), first, last)
        return replace(found, by_start={**later.by_start, **found.by_start})


class GivesAllToTheFirst(Availability):
    def take(self, search: Search, start: int) -> Slot:
        fitting = sorted(self.slots(search, start, start + 1), key=lambda slot: slot.host)
        return fitting[0] if fitting and search.moving is None else super().take(search, start)


class LeavesOutTheFirstMoment(Calendar):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        slots = super().availability(organization, service_slug, first, last, party_size, now)
        slots.by_start.pop(first, None)
        return slots


class CountsTheLastMomentIn(Calendar):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        slots = super().availability(organization, service_slug, first, last, party_size, now)
        at_last = super().availability(organization, service_slug, last, last + 1, party_size, now)
        return replace(slots, by_start={**slots.by_start, **at_last.by_start})


class TakesOneDayLess(Calendar):
    def require_range(self, first: int, last: int) -> None:
        super().require_range(first, last)
        if last - first > (self._max_range - 1) * DAY:
            raise Refused("range_too_long", days=self._max_range - 1)


class TakesEveryRange(Calendar):
    def require_range(self, first: int, last: int) -> None:
        super().require_range(first, min(last, first + 1))


class FindsNothingInReversedRanges(Calendar):
    def require_range(self, first: int, last: int) -> None:
        super().require_range(min(first, last), max(first + 1, last))


class FindsNothingInEmptyRanges(Calendar):
    def require_range(self, first: int, last: int) -> None:
        super().require_range(first, last + 1 if first == last else last)


class KeepsItsOwnGrid(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        calendar = replace(search.service.calendar, slot_interval=TWENTY_MINUTES)
        return super().slots(replace(search, service=replace(search.service, calendar=calendar)), first, last)


class OverlooksPending(Availability):
    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        booked = super()._booked(organization, host, first, last)
        return [booking for booking in booked if booking.status != "pending"]


class SeatsEveryPartyOnOneChair(Availability):
    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        return [replace(booking, party_size=1) for booking in super()._booked(organization, host, first, last)]


class LooksAtTheSameStartOnly(Availability):
    """Two bookings of one host may overlap, if only they begin at different times."""

    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        for start, takers in list(found.by_start.items()):
            left = [(host, seats - self._taken(search, host, start)) for host, seats in takers]
            found.by_start[start] = [(host, seats) for host, seats in left if seats >= search.party_size]
            if not found.by_start[start]:
                del found.by_start[start]
        return found

    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        return []

    def _taken(self, search: Search, host: str, start: int) -> int:
        booked = super()._booked(search.organization, host, start, start + 1)
        same = [b for b in booked if b.start == start and b.service == search.service.slug]
        return sum(b.party_size for b in same if search.moving is None or b.id != search.moving.id)


class OneService(Availability):
    """Of all that is booked it sees one service."""

    def __init__(self, store: Store, service: str) -> None:
        super().__init__(store)
        self._service = service

    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        booked = super()._booked(organization, host, first, last)
        return [booking for booking in booked if booking.service == self._service]


class OverlooksOtherServices(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        return OneService(self._store, search.service.slug).slots(search, first, last)


class KnowsNoBuffers(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        calendar = replace(search.service.calendar, buffer_before=0, buffer_after=0)
        return super().slots(replace(search, service=replace(search.service, calendar=calendar)), first, last)

    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        booked = super()._booked(organization, host, first, last)
        return [replace(booking, buffer_before=0, buffer_after=0) for booking in booked]


MUTANTS = (
    Mutant(
        "first-member-takes-all",
        "availability.team_spread",
        "A booking for anybody goes to the first free host, whatever that host has already.",
        lambda parts: replace(parts, availability=GivesAllToTheFirst),
    ),
    Mutant(
        "party-size-ignored",
        "availability.too_few_seats",
        "Availability offers slots that have fewer free seats than partySize.",
        lambda parts: replace(parts, calendar=OffersToEveryParty),
    ),
    Mutant(
        "past-slots-offered",
        "availability.past_slots",
        "Availability offers what began within the last week.",
        lambda parts: replace(parts, availability=OffersThePast),
    ),
    Mutant(
        "slots-beyond-window",
        "availability.beyond_window",
        "Availability offers slots up to a week beyond the booking window.",
        lambda parts: replace(parts, availability=OffersBeyondTheWindow),
    ),
    Mutant(
        "range-start-exclusive",
        "availability.range_half_open",
        "A slot that starts at `from` is left out.",
        lambda parts: replace(parts, calendar=LeavesOutTheFirstMoment),
    ),
    Mutant(
        "range-end-inclusive",
        "availability.range_half_open",
        "A slot that starts at `to` is offered.",
        lambda parts: replace(parts, calendar=CountsTheLastMomentIn),
    ),
    Mutant(
        "range-a-day-shorter",
        "availability.max_range_days",
        "A range of 31 days is too long: there must not be more than 30.",
        lambda parts: replace(parts, calendar=TakesOneDayLess),
    ),
    Mutant(
        "long-range-accepted",
        "errors.400.range_too_long",
        "A range may be as long as one likes.",
        lambda parts: replace(parts, calendar=TakesEveryRange),
    ),
    Mutant(
        "reversed-range-accepted",
        "errors.400.range_reversed",
        "A range whose end is not after its start has no slots, and is no error.",
        lambda parts: replace(parts, calendar=FindsNothingInReversedRanges),
    ),
    Mutant(
        "empty-range-accepted",
        "errors.400.range_reversed",
        "A range that ends where it starts has no slots, and is no error.",
        lambda parts: replace(parts, calendar=FindsNothingInEmptyRanges),
    ),
    Mutant(
        "grid-of-its-own",
        "availability.grid",
        "Slots start every twenty minutes, whatever the service's slot interval is.",
        lambda parts: replace(parts, availability=KeepsItsOwnGrid),
    ),
    Mutant(
        "pending-takes-no-seat",
        "availability.seats_taken_by",
        "A pending booking leaves its slot free.",
        lambda parts: replace(parts, availability=OverlooksPending),
    ),
    Mutant(
        "party-takes-one-seat",
        "availability.seats_taken_by",
        "A booking takes one seat, however large its party is.",
        lambda parts: replace(parts, availability=SeatsEveryPartyOnOneChair),
    ),
    Mutant(
        "overlap-allowed",
        "availability.overlap",
        "A slot that overlaps a booking of its host is free, unless both start together.",
        lambda parts: replace(parts, availability=LooksAtTheSameStartOnly),
    ),
    Mutant(
        "other-services-overlooked",
        "availability.overlap",
        "A slot is free although its host has a booking of another service then.",
        lambda parts: replace(parts, availability=OverlooksOtherServices),
    ),
    Mutant(
        "buffers-ignored",
        "availability.buffers",
        "Slots follow upon bookings without the buffers of either.",
        lambda parts: replace(parts, availability=KnowsNoBuffers),
    ),
)
