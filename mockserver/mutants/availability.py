"""Slots that are offered and cannot be had, and slots that could be had and are not offered."""

from dataclasses import replace

from mockserver.application.availability import Availability, Search
from mockserver.application.bookings import DAY, BookingService
from mockserver.domain.organizations import Organization
from mockserver.domain.slots import Slot, Slots
from mockserver.mutants.amended import ruled
from mockserver.mutants.mutant import Mutant

TWENTY_MINUTES = 20
WEEK = 7 * DAY


class OffersToEveryParty(BookingService):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        return super().availability(organization, service_slug, first, last, 1, now)


class OffersThePast(Availability):
    """What began in the last week; none of it can be booked."""

    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        earlier = super().slots(search._replace(now=search.now - WEEK), first, min(last, search.now + 1))
        return replace(found, by_start={**earlier.by_start, **found.by_start})


class OffersBeyondTheWindow(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        later = super().slots(search._replace(now=search.now + WEEK), first, last)
        return replace(found, by_start={**later.by_start, **found.by_start})


class GivesAllToTheFirst(Availability):
    def take(self, search: Search, start: int) -> Slot:
        fitting = sorted(self.slots(search, start, start + 1), key=lambda slot: slot.host)
        return fitting[0] if fitting and search.moving is None else super().take(search, start)


class LeavesOutTheFirstMoment(BookingService):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        slots = super().availability(organization, service_slug, first, last, party_size, now)
        return replace(slots, by_start={start: takers for start, takers in slots.by_start.items() if start != first})


class CountsTheLastMomentIn(BookingService):
    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        slots = super().availability(organization, service_slug, first, last, party_size, now)
        at_last = super().availability(organization, service_slug, last, last + 1, party_size, now)
        return replace(slots, by_start={**slots.by_start, **at_last.by_start})


class FindsNothingInReversedRanges(BookingService):
    def require_range(self, first: int, last: int) -> tuple[int, int]:
        super().require_range(min(first, last), max(first + 1, last))
        return first, last


class FindsNothingInEmptyRanges(BookingService):
    def require_range(self, first: int, last: int) -> tuple[int, int]:
        super().require_range(first, last + 1 if first == last else last)
        return first, last


class KeepsItsOwnGrid(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        calendar = replace(search.service.calendar, slot_interval=TWENTY_MINUTES)
        return super().slots(search._replace(service=replace(search.service, calendar=calendar)), first, last)


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
        lambda parts: replace(parts, bookings=OffersToEveryParty),
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
        lambda parts: replace(parts, bookings=LeavesOutTheFirstMoment),
    ),
    Mutant(
        "range-end-inclusive",
        "availability.range_half_open",
        "A slot that starts at `to` is offered.",
        lambda parts: replace(parts, bookings=CountsTheLastMomentIn),
    ),
    Mutant(
        "range-a-day-shorter",
        "availability.max_range_days",
        "A range of 31 days is too long: there must not be more than 30.",
        ruled("availability.max_range_days", 30),
    ),
    Mutant(
        "month-with-clock-change-refused",
        "availability.range_slack",
        "A range of 31 days and an hour, as October has in Berlin, is too long.",
        ruled("availability.range_slack", 0),
    ),
    Mutant(
        "long-range-accepted",
        "errors.400.range_too_long",
        "A range may be as long as one likes.",
        ruled("availability.max_range_days", 3_000_000),
    ),
    Mutant(
        "reversed-range-accepted",
        "errors.400.range_reversed",
        "A range whose end is not after its start has no slots, and is no error.",
        lambda parts: replace(parts, bookings=FindsNothingInReversedRanges),
    ),
    Mutant(
        "empty-range-accepted",
        "errors.400.range_reversed",
        "A range that ends where it starts has no slots, and is no error.",
        lambda parts: replace(parts, bookings=FindsNothingInEmptyRanges),
    ),
    Mutant(
        "grid-of-its-own",
        "availability.grid",
        "Slots start every twenty minutes, whatever the service's slot interval is.",
        lambda parts: replace(parts, availability=KeepsItsOwnGrid),
    ),
)
