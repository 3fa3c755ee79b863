"""Who offers services: organizations, their hosts and teams (/api/services/list-services, /platform/teams)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mockserver.domain.errors import Refused
from mockserver.domain.hours import INHERITED, Hours, Schedule, outside_parent
from mockserver.domain.services import Fulfillment, Service


class Branding(NamedTuple):
    primary_color: str
    logo: str | None
    company_name: str
    favicon: str | None
    og_image: str | None


class Host(NamedTuple):
    id: str
    display_name: str
    hours: Hours = INHERITED


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    members: tuple[str, ...]
    hours: Hours = INHERITED

    def __post_init__(self) -> None:
        if not self.members or len(set(self.members)) < len(self.members):
            raise ValueError(f"the team {self.id} needs members, and each of them once")


@dataclass(frozen=True)
class Organization:
    """Hosts and teams by id, services by slug, each in the order of the dataset."""

    id: str
    slug: str
    name: str
    tagline: str | None
    branding: Branding
    timezone: str
    hours: Hours
    hosts: Mapping[str, Host]
    teams: Mapping[str, Team]
    services: Mapping[str, Service]

    @cached_property
    def schedules(self) -> Mapping[str, Schedule]:
        """By host. Hosts whose tiers are alike share one."""
        shared: dict[tuple[tuple[str, ...], int], Schedule] = {}
        found: dict[str, Schedule] = {}
        for host in self.hosts.values():
            teams = tuple(team.id for team in self.teams.values() if host.id in team.members)
            alike = teams, id(host.hours)
            if alike not in shared:
                tiers = [self.teams[team].hours for team in teams]
                shared[alike] = Schedule(self.timezone, self.hours, tiers, host.hours)
            found[host.id] = shared[alike]
        return found

    def warnings(self) -> Iterator[str]:
        """One sentence for each tier that is open while its parent is not (/platform/availability)."""
        business = Schedule(self.timezone, self.hours, (), INHERITED)
        for team in self.teams.values():
            if when := ", ".join(outside_parent(business, team.hours)):
                yield f"{self.slug}: {team.id} has hours outside the business hours, which do not count: {when}"
        for host in self.hosts.values():
            schedule = self.schedules[host.id]
            parent = Schedule(self.timezone, self.hours, schedule.teams, INHERITED)
            if when := ", ".join(outside_parent(parent, host.hours)):
                whose = "the hours of its teams" if schedule.teams else "the business hours"
                yield f"{self.slug}: {host.id} has hours outside {whose}, which do not count: {when}"

    @cached_property
    def widest_buffer(self) -> int:
        """Seconds: no booking's buffer reaches further than this."""
        calendars = [service.calendar for service in self.services.values()]
        return 60 * max((max(c.buffer_before, c.buffer_after) for c in calendars), default=0)

    def bookable_service(self, slug: str) -> Service:
        """Raises Refused(unknown_service) for one that does not exist, is internal or inactive."""
        service = self.services.get(slug)
        if service is None or not service.bookable:
            raise Refused("unknown_service")
        return service

    def hosts_of(self, service: Service, team: str | None = None) -> tuple[str, ...]:
        """Who may take a booking of the service, of those in a team where one is asked for: ids, in order."""
        fulfillment = service.fulfillment
        wanted = fulfillment.kind, fulfillment.id, team
        hosts = self._hosts.get(wanted)
        if hosts is None:
            hosts = self._hosts[wanted] = tuple(sorted(self._found_hosts(fulfillment, team)))
        return hosts

    @cached_property
    def _hosts(self) -> dict[tuple[str, str | None, str | None], tuple[str, ...]]:
        """What has been asked of `hosts_of`."""
        return {}

    def _found_hosts(self, fulfillment: Fulfillment, team: str | None) -> Iterator[str]:
        match fulfillment.kind:
            case "host":
                hosts: Iterable[str] = (fulfillment.id or "",)
            case "team":
                hosts = self.teams[fulfillment.id or ""].members
            case _:
                hosts = self.hosts
        return (host for host in hosts if team is None or host in self.teams[team].members)
