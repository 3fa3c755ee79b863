"""From a checked document to organizations, keys and bookings that cannot be wrong.

The schema has judged each member by itself; what lies between members is judged here: what stands
twice, hosts and teams that do not exist, time zones, hours.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, cast

from mockserver.datasets.document import Document, Place, suggestion
from mockserver.datasets.hours import hours_of
from mockserver.domain.bookings import Booking, BookingStatus, Contact
from mockserver.domain.instants import parse_instant, render_instant
from mockserver.domain.keys import ApiKey, KeyKind, digest_of
from mockserver.domain.localtime import zone, zones
from mockserver.domain.organizations import Branding, Host, Organization, Team
from mockserver.domain.overlaps import overlaps
from mockserver.domain.services import (
    CalendarSettings,
    CancellationPolicy,
    Fulfillment,
    Location,
    LocationType,
    Service,
)
from mockserver.domain.webhooks import Webhook

_LAST_INSTANT = parse_instant("9998-12-31T23:59:59Z")
_DAY = 86400
_TOLD = 10  # warnings of one kind for one organization


@dataclass(frozen=True, slots=True)
class Key:
    """An API key with its full value, which nothing but banner, ready-file and dashboard may show."""

    value: str = field(repr=False)
    record: ApiKey


class Dataset(NamedTuple):
    """Organizations by slug, in the order of the file.

    `bookings` were made before the mock starts; `booking_ids` go to the first that are made then. `faults` are named,
    written in one line, or values; `webhooks` have their places in the document.
    """

    name: str
    organizations: Mapping[str, Organization]
    keys: tuple[Key, ...]
    bookings: tuple[Booking, ...]
    booking_ids: tuple[str, ...]
    faults: tuple[str | Mapping[str, object], ...] = ()
    webhooks: tuple[tuple[str, Webhook], ...] = ()
    content: str = ""
    """A hash of all that the document says."""

    def warnings(self) -> Iterator[str]:
        """What is probably a mistake, a sentence each."""
        for organization in self.organizations.values():
            yield from organization.warnings()
            found = list(self._overlaps(organization))
            yield from found[:_TOLD]
            if len(found) > _TOLD:
                yield f"{organization.slug}: {len(found) - _TOLD} more bookings are in each other's way"

    def _overlaps(self, organization: Organization) -> Iterator[str]:
        seats = {service.slug: service.calendar.seats for service in organization.services.values()}
        own = (booking for booking in self.bookings if booking.organization == organization.slug)
        for first, second in overlaps(own, seats):
            yield (
                f"{organization.slug}: the bookings {first.id} and {second.id} are in each other's way at "
                f"{first.host} ({_times(first)} and {_times(second)}), which the mock itself would refuse"
            )


class Builder:
    """Turns one checked document into a Dataset; remembers what may stand only once."""

    def __init__(self, file: str) -> None:
        self._root = Place(file)
        self._claimed: dict[tuple[str, str], Place] = {}

    def dataset(self, raw: Document) -> Dataset:
        organizations: dict[str, Organization] = {}
        keys: list[Key] = []
        bookings: list[Booking] = []
        webhooks: list[tuple[str, Webhook]] = []
        for index, one in enumerate(raw["organizations"]):
            place = self._root.at("organizations", index)
            organization = self._organization(one, place)
            organizations[organization.slug] = organization
            keys += [self._key(key, organization.id, place.at("keys", i)) for i, key in enumerate(one["keys"])]
            bookings += [
                self._booking(booking, organization, place.at("bookings", i))
                for i, booking in enumerate(one["bookings"])
            ]
            webhooks += [
                self._webhook(webhook, organization.slug, place.at("webhooks", i))
                for i, webhook in enumerate(one["webhooks"])
            ]
        for index, booking_id in enumerate(raw["booking_ids"]):
            self._claim("booking", booking_id, self._root.at("booking_ids", index))
        return Dataset(
            raw["name"],
            organizations,
            tuple(keys),
            tuple(bookings),
            tuple(raw["booking_ids"]),
            tuple(raw["faults"]),
            tuple(webhooks),
        )

    def _organization(self, raw: Document, place: Place) -> Organization:
        self._claim("organization", raw["id"], place.at("id"))
        self._claim("slug", raw["slug"], place.at("slug"))
        hosts: dict[str, Host] = {}
        for index, host in enumerate(raw["hosts"]):
            self._claim(f"{raw['slug']} host", host["id"], place.at("hosts", index, "id"))
            hosts[host["id"]] = Host(host["id"], host["name"], hours_of(host, place.at("hosts", index)))
        teams: dict[str, Team] = {}
        for index, team in enumerate(raw["teams"]):
            here = place.at("teams", index)
            self._claim(f"{raw['slug']} team", team["id"], here.at("id"))
            for i, member in enumerate(team["members"]):
                _require_known("host", member, hosts, here.at("members", i))
            teams[team["id"]] = Team(team["id"], team["name"], tuple(team["members"]), hours_of(team, here))
        services: dict[str, Service] = {}
        for index, one in enumerate(raw["services"]):
            service = self._service(one, raw["slug"], hosts, teams, place.at("services", index))
            services[service.slug] = service
        return Organization(
            id=raw["id"],
            slug=raw["slug"],
            name=raw["name"],
            tagline=raw["tagline"],
            branding=Branding(**raw["branding"]),
            timezone=_timezone(raw["timezone"], place.at("timezone")),
            hours=hours_of(raw, place),
            hosts=hosts,
            teams=teams,
            services=services,
        )

    def _service(
        self,
        raw: Document,
        organization: str,
        hosts: Collection[str],
        teams: Collection[str],
        place: Place,
    ) -> Service:
        key, slug = raw["key"], raw.get("slug", raw["key"])
        self._claim(f"{organization} service key", key, place.at("key"))
        here = place.at("slug" if "slug" in raw else "key")
        self._claim(f"{organization} service slug", slug, here)
        location = raw["location"]
        duration = int(raw["duration_minutes"])
        try:
            # A schema takes 60.0 for an integer; the domain counts in int.
            calendar = CalendarSettings(
                duration=duration,
                slot_interval=int(raw.get("slot_interval_minutes", duration)),
                buffer_before=int(raw["buffer_before_minutes"]),
                buffer_after=int(raw["buffer_after_minutes"]),
                booking_window_days=int(raw["booking_window_days"]),
                location=Location(cast(LocationType, location["type"]), location["value"]),
                seats=int(raw["seats"]),
                cancellation=CancellationPolicy(**raw["cancellation"]),
            )
        except ValueError as error:
            raise place.error(str(error)) from None
        return Service(
            key=key,
            slug=slug,
            name=raw["name"],
            description=raw["description"],
            category=raw["category"],
            price=None if raw["price"] is None else float(raw["price"]),
            currency=raw["currency"],
            calendar=calendar,
            public=raw["public"],
            active=raw["active"],
            requires_confirmation=raw["requires_confirmation"],
            fulfillment=_fulfillment(raw["fulfillment"], hosts, teams, place.at("fulfillment")),
            metadata=raw["metadata"],
        )

    def _key(self, raw: Document, organization: str, place: Place) -> Key:
        value = raw["value"]
        self._claim("key value", value, place.at("value"), shown="this key")
        expires = raw["expires_at"]
        record = ApiKey.of_value(
            value,
            id=raw.get("id") or f"key_{digest_of(value).hex()[:12]}",
            organization=organization,
            kind=cast(KeyKind, raw["kind"]),
            label=raw["label"],
            environment=raw["environment"],
            created_at=_instant(raw["created_at"], place.at("created_at")),
            expires_at=_instant(expires, place.at("expires_at")) if expires else None,
            revoked=raw["revoked"],
        )
        self._claim("key", record.id, place.at("id"))
        return Key(value, record)

    def _booking(self, raw: Document, organization: Organization, place: Place) -> Booking:
        self._claim("booking", raw["id"], place.at("id"))
        _require_known("service", raw["service"], organization.services, place.at("service"))
        _require_known("host", raw["host"], organization.hosts, place.at("host"))
        service = organization.services[raw["service"]]
        if raw["host"] not in organization.hosts_of(service):
            raise place.at("host").error(f'"{raw["host"]}" does not take "{service.slug}"')
        if raw["party_size"] > service.calendar.seats:
            seats = service.calendar.seats
            raise place.at("party_size").error(f'"{service.slug}" has no more seats than {seats}')
        timezone = raw.get("timezone", organization.timezone)
        start = _instant(raw["start"], place.at("start"))
        contact = raw["contact"]
        return Booking(
            id=raw["id"],
            organization=organization.slug,
            service=service.slug,
            host=raw["host"],
            team=service.fulfillment.id if service.fulfillment.kind == "team" else None,
            status=cast(BookingStatus, raw["status"]),
            start=start,
            end=start + service.calendar.duration * 60,
            timezone=_timezone(timezone, place.at("timezone")),
            contact=Contact(contact["name"], contact.get("email"), contact.get("phone")),
            party_size=int(raw["party_size"]),
            notes=raw["notes"],
            buffer_before=service.calendar.buffer_before * 60,
            buffer_after=service.calendar.buffer_after * 60,
            created_at=max(start - _DAY, 0),
        )

    def _webhook(self, raw: Document, organization: str, place: Place) -> tuple[str, Webhook]:
        """What the contract says of it is judged where the contract is known."""
        webhook = Webhook(
            id=raw.get("id") or f"hook_{sha256(json.dumps([organization, raw['url']]).encode()).hexdigest()[:12]}",
            organization=organization,
            url=raw["url"],
            events=tuple(raw["events"]),
            secret=raw["secret"],
            created_at=_instant(raw["created_at"], place.at("created_at")),
        )
        self._claim("webhook", webhook.id, place.at("id"))
        return place.inside, webhook

    def _claim(self, kind: str, value: str, place: Place, shown: str | None = None) -> None:
        first = self._claimed.setdefault((kind, value), place)
        if first is not place:
            raise place.error(f"{shown or json.dumps(value)} is already taken by {first.inside}")


def _times(booking: Booking) -> str:
    return (
        f"{render_instant(booking.start)} to {render_instant(booking.end)}, {booking.party_size} of {booking.service}"
    )


def _fulfillment(
    raw: str | Mapping[str, str], hosts: Collection[str], teams: Collection[str], place: Place
) -> Fulfillment:
    if isinstance(raw, str):
        return Fulfillment()
    if "host" in raw:
        _require_known("host", raw["host"], hosts, place.at("host"))
        return Fulfillment("host", raw["host"])
    _require_known("team", raw["team"], teams, place.at("team"))
    return Fulfillment("team", raw["team"])


def _require_known(what: str, name: str, known: Collection[str], place: Place) -> None:
    if name not in known:
        raise place.error(f'the organization has no {what} "{name}"{suggestion(name, known)}')


def _timezone(name: str, place: Place) -> str:
    try:
        zone(name)
    except LookupError:
        near = suggestion(name, zones())
        raise place.error(f'"{name}" is not in the IANA time zone database{near}') from None
    return name


def _instant(text: str, place: Place) -> int:
    try:
        seconds = parse_instant(text)
    except ValueError as error:
        raise place.error(str(error)) from None
    if not 0 <= seconds <= _LAST_INSTANT:
        raise place.error(f'"{text}" lies outside the years 1970 to 9998')
    return seconds
