"""How slots are found, and who of several hosts takes one. What is booked is read from the state at each call."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mockserver.application.memo import Memo
from mockserver.domain.bookings import Booking, Occupied
from mockserver.domain.choices import Choices
from mockserver.domain.errors import Refused
from mockserver.domain.localtime import local_day
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.domain.slots import Slot, Slots, bookable_starts, free_seats
from mockserver.ports import State

REMEMBERED = 64
"""Searches, of which each may have found thousands of slots."""


class Search(NamedTuple):
    """Slots of a service with seats for a party, at any of some hosts; `now` in Unix seconds.

    `hosts` are in order. The booking `moving` is in nobody's way: it is about to leave its place. `listing`: slots are
    to be told, not taken.
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
        self._listed = Memo[Slots](REMEMBERED)

    def slots(self, search: Search, first: int, last: int) -> Slots:
        """Those that start in [first, last)."""
        organization, service = search.organization, search.service
        length = service.calendar.duration * 60
        reach = organization.widest_buffer * (2 if self._choices.buffers_add_up else 1)
        candidates: dict[str, Sequence[int]] = {}
        earliest, latest = last, first
        for host in search.hosts:
            starts = bookable_starts(organization.schedules[host], service, first, last, search.now)
            if starts:
                candidates[host] = starts
                earliest, latest = min(earliest, starts[0]), max(latest, starts[-1])
        if not candidates:
            return self._free(search, {}, {})
        taken = self._occupied(organization, tuple(candidates), earliest - reach, latest + length + reach)
        if not search.listing or search.moving is not None:
            return self._free(search, candidates, taken)
        # Clients ask for the same days again and again, and what is taken seldom changes.
        question = organization.slug, service.slug, first, last
        source = service, candidates, taken, search.party_size
        return self._listed.answer(question, source, lambda: self._free(search, candidates, taken))

    def _free(
        self, search: Search, candidates: Mapping[str, Sequence[int]], taken: Mapping[str, Sequence[Occupied]]
    ) -> Slots:
        """Those of the candidates, by host, that still have the seats."""
        calendar, choices, moving = search.service.calendar, self._choices, search.moving
        found = Slots(calendar.duration * 60, None if choices.capacity_left else calendar.seats, {})
        least = 1 if search.listing and choices.too_few_listed else search.party_size
        full = search.listing and choices.full_listed
        for host, starts in candidates.items():
            of_host = taken.get(host, ())
            if moving is not None and moving.host == host:
                of_host = [occupied.without(moving) for occupied in of_host]
            found.add(host, starts, free_seats(search.service, starts, of_host, choices.buffers_add_up), least, full)
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
        fitting = self.slots(search, start, start + 1).at(start)
        if not fitting:
            if self.slots(search._replace(party_size=1), start, start + 1).at(start):
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
