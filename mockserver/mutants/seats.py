"""Seats that are counted as free and are taken, and bookings that are in the way too seldom or too often."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mockserver.application.availability import Availability, Search
from mockserver.application.bookings import BookingService
from mockserver.domain.bookings import Booking, Occupied
from mockserver.domain.choices import Choices
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.domain.slots import Slots
from mockserver.mutants.amended import ruled
from mockserver.mutants.mutant import Mutant
from mockserver.ports import State
from mockserver.storage.occupancy import Occupancy


class SeesEachBooking(Availability):
    """Looks at every booking by itself, so that one can be seen as something else, or not at all."""

    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        with self._state.work() as work:
            seen = [self._seen(booking) for booking in work.bookings.of_organization(organization.slug, None)]
        occupancy = Occupancy()
        for booking in seen:
            if booking is not None:
                occupancy.add(booking)
        return {host: occupancy.within(organization.slug, host, first, last) for host in hosts}

    def _seen(self, booking: Booking) -> Booking | None:
        return booking if booking.active else None


class OverlooksPending(SeesEachBooking):
    def _seen(self, booking: Booking) -> Booking | None:
        return None if booking.status == "pending" else super()._seen(booking)


class ForgetsConfirmed(SeesEachBooking):
    """What is confirmed goes on blocking what overlaps it, but takes no seat of its own slot."""

    def _seen(self, booking: Booking) -> Booking | None:
        return booking._replace(party_size=0) if booking.status == "confirmed" else super()._seen(booking)


class OffersWhatIsConfirmed(BookingService):
    """Bookings are made by what is really free."""

    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        offers = ForgetsConfirmed(self._state, self._choices)
        forgetful = BookingService(
            self.organizations,
            self._state,
            offers,
            self._max_range,
            self._range_slack,
            self._webhooks,
            self._choices,
        )
        return forgetful.availability(organization, service_slug, first, last, party_size, now)


class SeatsEveryPartyOnOneChair(Availability):
    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        taken = super()._occupied(organization, hosts, first, last)
        return {host: [one._replace(seats=one.bookings) for one in found] for host, found in taken.items()}


class LooksAtTheSameStartOnly(Availability):
    """Two bookings of one host may overlap, if only they begin at different times."""

    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        by_start = {}
        for start, takers in found.by_start.items():
            left = [(host, seats - self._taken(search, host, start)) for host, seats in takers]
            if fitting := [(host, seats) for host, seats in left if seats >= search.party_size]:
                by_start[start] = fitting
        return replace(found, by_start=by_start)

    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        return {}

    def _taken(self, search: Search, host: str, start: int) -> int:
        found = super()._occupied(search.organization, (host,), start, start + 1).get(host, ())
        same = [one for one in found if one.start == start and one.service == search.service.slug]
        if search.moving is not None and search.moving.host == host:
            same = [one.without(search.moving) for one in same]
        return sum(one.seats for one in same)


class OneService(Availability):
    """Of all that is booked it sees one service."""

    def __init__(self, state: State, choices: Choices, service: str) -> None:
        super().__init__(state, choices)
        self._service = service

    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        taken = super()._occupied(organization, hosts, first, last)
        return {host: [one for one in found if one.service == self._service] for host, found in taken.items()}


class OverlooksOtherServices(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        return OneService(self._state, self._choices, search.service.slug).slots(search, first, last)


class KnowsNoBuffers(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        calendar = replace(search.service.calendar, buffer_before=0, buffer_after=0)
        return super().slots(search._replace(service=replace(search.service, calendar=calendar)), first, last)

    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        taken = super()._occupied(organization, hosts, first, last)
        return {host: [one._replace(buffer_before=0, buffer_after=0) for one in found] for host, found in taken.items()}


class AlsoBuffersOf(Availability):
    """What is booked keeps the buffers of that service free besides its own."""

    def __init__(self, state: State, choices: Choices, service: Service) -> None:
        super().__init__(state, choices)
        self._before, self._after = service.calendar.buffer_before * 60, service.calendar.buffer_after * 60

    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        reach = organization.widest_buffer
        taken = super()._occupied(organization, hosts, first - reach, last + reach)
        return {host: [self._widened(one) for one in found] for host, found in taken.items()}

    def _widened(self, one: Occupied) -> Occupied:
        return one._replace(buffer_before=one.buffer_before + self._after, buffer_after=one.buffer_after + self._before)


class AddsBuffers(Availability):
    def slots(self, search: Search, first: int, last: int) -> Slots:
        return AlsoBuffersOf(self._state, self._choices, search.service).slots(search, first, last)


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
        lambda parts: replace(parts, bookings=OffersWhatIsConfirmed),
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
    Mutant(
        "full-slots-listed",
        "availability.full_slots",
        "Slots without a free seat are listed.",
        ruled("availability.full_slots", "listed"),
    ),
)
