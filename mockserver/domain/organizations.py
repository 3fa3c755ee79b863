"""Who offers services: organizations, their hosts and teams (/api/services/list-services, /platform/teams)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mockserver.domain.errors import Refused
from mockserver.domain.hours import WeeklyHours
from mockserver.domain.services import Service


@dataclass(frozen=True, slots=True)
class Branding:
    primary_color: str
    logo: str | None
    company_name: str
    favicon: str | None
    og_image: str | None


@dataclass(frozen=True, slots=True)
class Host:
    id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Organization:
    """Hosts and teams by id, services by slug, each in the order of the dataset."""

    id: str
    slug: str
    name: str
    tagline: str | None
    branding: Branding
    hours: WeeklyHours
    hosts: Mapping[str, Host]
    teams: Mapping[str, Team]
    services: Mapping[str, Service]

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

    def hosts_of(self, service: Service) -> tuple[str, ...]:
        """Ids of the hosts that may take a booking of the service, in order."""
        match service.fulfillment.kind:
            case "host":
                return (service.fulfillment.id or "",)
            case "team":
                return tuple(sorted(self.teams[service.fulfillment.id or ""].members))
            case _:
                return tuple(sorted(self.hosts))
