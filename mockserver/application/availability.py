"""How slots are found, and who of several hosts takes one. What is booked is read from the state at each call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mockserver.domain.bookings import Booking, Occupied
from mockserver.domain.choices import Choices
from mockserver.domain.errors import Refused
from mockserver.domain.hours import Schedule
from mockserver.domain.localtime import local_day
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.domain.slots import Slot, Slots, bookable_starts, free_seats
from mockserver.ports import State


@dataclass(frozen=True, slots=True)
class Search:
    """Slots of a service with seats for a party, at any of some hosts; `now` in Unix seconds.

    The booking `moving` is in nobody's way: it is about to leave its place. `listing`: they are to be told, not taken.
    """

    organization: Organization
    service: Service
    hosts: tuple[str, ...]
    now: int
    party_size: int
    moving: Booking | None = None
    listing: bool = False


class Availability:
    def __init__(self, state: State, choices: Choices) -> None:
        self._state = state
        self._choices = choices

    def slots(self, search: Search, first: int, last: int) -> Slots:
        """Those that start in [first, last)."""
        organization, calendar = search.organization, search.service.calendar
        add_up = self._choices.buffers_add_up
        length, reach = calendar.duration * 60, organization.widest_buffer * (2 if add_up else 1)
        offered: dict[Schedule, list[int]] = {}
        candidates: dict[str, list[int]] = {}
        for host in sorted(search.hosts):
            schedule = organization.schedules[host]
            if schedule not in offered:
                offered[schedule] = bookable_starts(schedule, search.service, first, last, search.now)
            if offered[schedule]:
                candidates[host] = offered[schedule]
        found = Slots(length, None if self._choices.capacity_left else calendar.seats, {})
        least = 1 if search.listing and self._choices.too_few_listed else search.party_size
        full = search.listing and self._choices.full_listed
        if not candidates:
            return found
        earliest = min(starts[0] for starts in candidates.values()) - reach
        latest = max(starts[-1] for starts in candidates.values()) + length + reach
        taken = self._occupied(organization, tuple(candidates), earliest, latest)
        for host, starts in candidates.items():
            of_host = taken.get(host, ())
            if search.moving is not None and search.moving.host == host:
                of_host = [occupied.without(search.moving) for occupied in of_host]
            found.add(host, starts, free_seats(search.service, starts, of_host, add_up), least, full)
        return found

    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        """What takes seats of the hosts, or stands in the way, in [first, last)."""
        with self._state.look() as work:
            return work.bookings.occupied(organization.slug, hosts, first, last)

    def take(self, search: Search, start: int) -> Slot:
        """The slot of the host that a booking falls to: its present one, else who has the fewest that day, then by id.

        Raises Refused(slot_not_offered | not_a_slot | party_too_large).
        """
        fitting = list(self.slots(search, start, start + 1))
        if not fitting:
            if list(self.slots(replace(search, party_size=1), start, start + 1)):
                raise Refused("party_too_large")
            if not self._begins(search, start):
                raise Refused("not_a_slot")
            raise Refused("slot_not_offered")
        if len(fitting) == 1:
            return fitting[0]
        kept = self._kept(search, fitting)
        if kept is not None:
            return kept
        loads = self._loads(search, [slot.host for slot in fitting], start)
        return min(fitting, key=lambda slot: (loads.get(slot.host, 0), slot.host))

    def _begins(self, search: Search, start: int) -> bool:
        """Whether a slot of the service begins then, free or not, and with whomever."""
        if "not_a_slot" not in self._choices.refusals:
            return True
        organization, service = search.organization, search.service
        schedules = {organization.schedules[host] for host in organization.hosts_of(service)}
        return any(bookable_starts(one, service, start, start + 1, search.now) for one in schedules)

    def _kept(self, search: Search, fitting: Sequence[Slot]) -> Slot | None:
        """The slot of the host that a booking has."""
        moving = search.moving if self._choices.host_kept else None
        return next((slot for slot in fitting if moving is not None and slot.host == moving.host), None)

    def _loads(self, search: Search, hosts: Sequence[str], start: int) -> Mapping[str, int]:
        """Bookings by host that begin on the local day of a start."""
        first, last = local_day(start, search.organization.timezone)
        with self._state.look() as work:
            return work.bookings.loads(search.organization.slug, hosts, first, last)
