"""A week of one host or one service, as staff would look at it: hours, exceptions, bookings, what is still free."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Literal, NamedTuple

from mockserver.application.refusals import UnknownError
from mockserver.application.world import World
from mockserver.domain.bookings import Booking
from mockserver.domain.hours import Openings, Schedule, union
from mockserver.domain.localtime import DAY, midnight, wall_time
from mockserver.domain.organizations import Organization
from mockserver.ports import SECOND

WEEK = 7
Kind = Literal["host", "service"]


class Subject(NamedTuple):
    """Whose calendar it is: `id` is a host's, or the slug of a service."""

    kind: Kind
    id: str
    name: str


class Day(NamedTuple):
    """A local day: when anybody who is meant is open. `exceptions` says whose hours are other than usual, `free` how
    many slots can still be booked, None for a host, who may have several services."""

    date: date
    openings: Openings
    exceptions: Sequence[str]
    free: int | None


class Calendar(NamedTuple):
    """`bookings` are those that any part of the week belongs to, canceled ones too; `seats` those of a slot, by
    service."""

    organization: Organization
    subject: Subject
    days: Sequence[Day]
    bookings: Sequence[Booking]
    seats: Mapping[str, int]


class Calendars:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> int:
        """In Unix seconds."""
        return self._world.clock.now() // SECOND

    def today(self, organization: Organization) -> date:
        return wall_time(self.now, organization.timezone).date()

    def week(self, slug: str, kind: Kind, id: str, monday: date) -> Calendar:
        """Raises UnknownError."""
        organization = self._world.bookings.organizations.get(slug)
        if organization is None:
            raise UnknownError(f"there is no organization {slug}")
        subject = next((each for each in subjects(organization) if each[:2] == (kind, id)), None)
        if subject is None:
            raise UnknownError(f"{slug} has no {kind} {id}")
        dates = [monday + number * DAY for number in range(WEEK)]
        first, last = midnight(dates[0], organization.timezone), midnight(monday + WEEK * DAY, organization.timezone)
        schedules = _schedules(organization, subject)
        free = self._free(organization, subject, first, last)
        days = [
            Day(
                day,
                reduce(union, (schedule.on(day) for schedule in schedules), ()),
                list(_exceptions(organization, schedules, day)),
                None if free is None else free[day],
            )
            for day in dates
        ]
        seats = {service.slug: service.calendar.seats for service in organization.services.values()}
        return Calendar(organization, subject, days, self._bookings(organization, subject, first, last), seats)

    def _bookings(self, organization: Organization, subject: Subject, first: int, last: int) -> list[Booking]:
        longest = max((service.calendar.duration for service in organization.services.values()), default=0) * 60
        found = []
        with self._world.state.look() as work:
            for booking in work.bookings.of_organization(organization.slug, (first - longest, "")):
                if booking.start >= last:
                    break
                mine = booking.host if subject.kind == "host" else booking.service
                if booking.end > first and mine == subject.id:
                    found.append(booking)
        return found

    def _free(self, organization: Organization, subject: Subject, first: int, last: int) -> Counter[date] | None:
        """How many slots each day has; those of several hosts at one time are several."""
        if subject.kind == "host":
            return None
        if not organization.services[subject.id].bookable:
            return Counter()
        slots = self._world.bookings.availability(organization, subject.id, first, last, 1, self.now)
        return Counter(wall_time(slot.start, organization.timezone).date() for slot in slots)


def subjects(organization: Organization) -> list[Subject]:
    return [
        *(Subject("host", host.id, host.display_name) for host in organization.hosts.values()),
        *(Subject("service", service.slug, service.name) for service in organization.services.values()),
    ]


def _schedules(organization: Organization, subject: Subject) -> list[Schedule]:
    if subject.kind == "host":
        return [organization.schedules[subject.id]]
    hosts = organization.hosts_of(organization.services[subject.id])
    return [organization.schedules[host] for host in hosts]


def _exceptions(organization: Organization, schedules: Sequence[Schedule], day: date) -> list[str]:
    """Whose hours the dataset states for this very date."""
    found = [organization.name] if day in organization.hours.exceptions else []
    found += [
        team.name
        for team in organization.teams.values()
        if day in team.hours.exceptions and any(team.hours in schedule.teams for schedule in schedules)
    ]
    own = [schedule.own for schedule in schedules if day in schedule.own.exceptions]
    return found + [host.display_name for host in organization.hosts.values() if host.hours in own]
