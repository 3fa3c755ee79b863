"""How slots are found, and who of several hosts takes one. Bookings are read from the store at each call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.hours import Schedule
from mockserver.domain.localtime import local_day
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.domain.slots import Slot, Slots, bookable_starts, free_seats
from mockserver.ports import Store


@dataclass(frozen=True, slots=True)
class Search:
    """Slots of a service with seats for a party, at any of some hosts; `now` in Unix seconds.

    The booking `moving` is in nobody's way: it is about to leave its place.
    """

    organization: Organization
    service: Service
    hosts: tuple[str, ...]
    now: int
    party_size: int
    moving: Booking | None = None


class Availability:
    def __init__(self, store: Store) -> None:
        self._store = store

    def slots(self, search: Search, first: int, last: int) -> Slots:
        """Those that start in [first, last)."""
        organization, calendar = search.organization, search.service.calendar
        length, reach = calendar.duration * 60, organization.widest_buffer
        offered: dict[Schedule, list[int]] = {}
        found = Slots(length, calendar.seats, {})
        for host in sorted(search.hosts):
            schedule = organization.schedules[host]
            if schedule not in offered:
                offered[schedule] = bookable_starts(schedule, search.service, first, last, search.now)
            if candidates := offered[schedule]:
                near = candidates[0] - reach, candidates[-1] + length + reach
                booked = self._booked(organization, host, *near)
                if search.moving is not None:
                    booked = [booking for booking in booked if booking.id != search.moving.id]
                found.add(host, candidates, free_seats(search.service, candidates, booked), search.party_size)
        return found

    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        """What takes seats of a host, or stands in the way, in [first, last)."""
        return self._store.bookings.of_host(organization.slug, host, first, last)

    def take(self, search: Search, start: int) -> Slot:
        """The slot of the host that a booking falls to: its present one, else who has the fewest that day, then by id.

        Raises Refused(slot_not_offered | party_too_large).
        """
        fitting = list(self.slots(search, start, start + 1))
        if not fitting:
            if list(self.slots(replace(search, party_size=1), start, start + 1)):
                raise Refused("party_too_large")
            raise Refused("slot_not_offered")
        if len(fitting) == 1:
            return fitting[0]
        moving, slug = search.moving, search.organization.slug
        first, last = local_day(start, search.organization.timezone)

        def preference(slot: Slot) -> tuple[bool, int, str]:
            of_day = self._store.bookings.of_host(slug, slot.host, first, last)
            load = sum(1 for b in of_day if b.start >= first and (moving is None or b.id != moving.id))
            return moving is None or slot.host != moving.host, load, slot.host

        return min(fitting, key=preference)
