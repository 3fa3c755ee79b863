"""Seats that are counted as free and are taken, and bookings that are in the way too seldom or too often."""

from collections.abc import Sequence
from dataclasses import replace

from mockserver.application.availability import Availability, Search
from mockserver.application.bookings import Calendar
from mockserver.domain.bookings import Booking
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.domain.slots import Slots
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Store


class OverlooksPending(Availability):
    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        booked = super()._booked(organization, host, first, last)
        return [booking for booking in booked if booking.status != "pending"]


class ForgetsConfirmed(Availability):
    """What is confirmed goes on blocking what overlaps it, but takes no seat of its own slot."""

    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        booked = super()._booked(organization, host, first, last)
        return [replace(booking, party_size=0) if booking.status == "confirmed" else booking for booking in booked]


class OffersWhatIsConfirmed(Calendar):
    """Bookings are made by what is really free."""

    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        offers = ForgetsConfirmed(self._store)
        forgetful = Calendar(self.organizations, self._store, offers, self._ids, self._max_range, self._range_slack)
        return forgetful.availability(organization, service_slug, first, last, party_size, now)


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


class AlsoBuffersOf(Availability):
    """What is booked keeps the buffers of that service free besides its own."""

    def __init__(self, store: Store, service: Service) -> None:
        super().__init__(store)
        self._before, self._after = service.calendar.buffer_before * 60, service.calendar.buffer_after * 60

    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        reach = organization.widest_buffer
        return [
            replace(b, buffer_before=b.buffer_before + self._after, buffer_after=b.buffer_after + self._before)
            for b in super()._booked(organization, host, first - reach, last + reach)
        ]


class AddsBuffers(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        return AlsoBuffersOf(self._store, search.service).slots(search, first, last)


MUTANTS = (
    Mutant(
        "pending-takes-no-seat",
        "availability.seats_taken_by",
        "A pending booking leaves its slot free.",
        lambda parts: replace(parts, availability=OverlooksPending),
    ),
    Mutant(
        "confirmed-takes-no-seat",
        "availability.seats_taken_by",
        "A slot is offered with the seats that confirmed bookings have taken.",
        lambda parts: replace(parts, calendar=OffersWhatIsConfirmed),
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
    Mutant(
        "buffers-added",
        "availability.buffers",
        "Between two bookings the buffers of both are kept free, one after the other.",
        lambda parts: replace(parts, availability=AddsBuffers),
    ),
)
