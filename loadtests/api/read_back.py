"""Reading the server before and after a load: what the invariants are judged from."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from contracts.errors import TargetError, UnreachableError
from loadtests.api.client import Client, ImpatientError, object_of
from loadtests.judge.invariants import After, Before
from loadtests.judge.lives import Booking, lives_of
from loadtests.measure.result import Change
from loadtests.run.plan import Organization

PAGE = "200"  # bookings: as many as listBookings gives at once
DEFAULT_WINDOW = 30  # days, where the service states no booking window

T = TypeVar("T")


@dataclass(slots=True)
class Reader:
    """Of one service of one organization. `read_before` goes first: it sets the span of time that both look at.

    A client's patience is for one reading: the second one wants a new client.
    """

    client: Client
    organization: Organization
    service: str = field(init=False)
    _span: tuple[datetime, datetime] = field(init=False)

    def read_before(self) -> Before:
        """Raises UnreachableError, ImpatientError, TargetError where the target lacks what the load is to use."""
        slug = {"org_slug": self.organization.slug}
        self.service = self.organization.service or self._first_service(slug)
        answer = self._public("getService", {**slug, "service_slug": self.service})
        with _understood("getService"):
            settings = answer["calendarSettings"]
            buffer = max(settings.get("buffer_before") or 0, settings.get("buffer_after") or 0)
            spacing = timedelta(minutes=settings["duration_minutes"] + buffer)
            days = timedelta(days=settings.get("booking_window_days") or DEFAULT_WINDOW)
        self._span = self.client.now, self.client.now + days
        known = frozenset(booking.confirmation_number for booking in self._listed() or ())
        return Before(self._free(), spacing, known)

    def read_after(self, changes: Sequence[Change]) -> After:
        """Bookings come from the list where there is a platform key, what is not in it one by one."""
        lives = lives_of(changes)
        contacts = {change.confirmation_number: change.contact for change in changes if change.kind == "created"}
        listed, free = _perhaps(self._listed), _perhaps(self._free)
        found: dict[str, Booking | None] = {}
        unread: dict[str, str] = {}
        for booking in listed or ():
            if booking.confirmation_number in lives:
                found[booking.confirmation_number] = booking
        missing = [number for number in lives if number not in found]
        try:
            for number in missing:
                found[number] = self._looked_up(number, contacts[number])
        except (ImpatientError, UnreachableError) as error:
            unread = {number: str(error) for number in missing if number not in found}
        return After(self.client.now, free, found, unread, listed)

    def _first_service(self, slug: Mapping[str, str]) -> str:
        answer = self._public("getOrganization", slug)
        with _understood("getOrganization"):
            service = next((str(service["slug"]) for service in answer["services"]), None)
        if service is None:
            raise TargetError(f"{self.organization.slug} offers no service to book")
        return service

    def _free(self) -> Mapping[datetime, int]:
        """Seats by start, over all hosts, in as many questions as the contract's longest range wants."""
        free: Counter[datetime] = Counter()
        begin, end = self._span
        while begin < end:
            until = min(begin + timedelta(days=self.client.surface.range_days), end)
            query = {"org_slug": self.organization.slug, "service_slug": self.service}
            span = {"from": _iso(begin), "to": _iso(until)}
            answer = self._public("getAvailability", {}, {**query, **span})
            with _understood("getAvailability"):
                for slot in answer["slots"]:
                    free[datetime.fromisoformat(slot["startsAt"])] += int(slot["availableCapacity"])
            begin = until
        return free

    def _public(
        self, operation: str, members: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        answer = self.client.ask(operation, members, query, {self.client.surface.key_header: self.organization.keys[0]})
        if not answer.ok:
            what = " ".join(members.values()) or self.organization.slug
            raise TargetError(
                f"{operation} of {what} was answered with {answer.status_code}: check --key, --org and --service"
            )
        return object_of(answer)

    def _listed(self) -> Sequence[Booking] | None:
        """The organization's bookings in the span; None without a platform key."""
        organization = self.organization
        if not organization.platform_keys or not organization.id:
            return None
        return tuple(self._pages(organization.platform_keys[0], organization.id.removeprefix("org_")))

    def _pages(self, key: str, identifier: str) -> Iterator[Booking]:
        surface = self.client.surface
        headers = {surface.key_header: key, surface.organization_header: identifier}
        begin, end = self._span
        query = {"from": _iso(begin), "to": _iso(end), "limit": PAGE}
        while True:
            answer = self.client.ask("listBookings", {}, query, headers)
            if not answer.ok:
                raise TargetError(
                    f"listBookings was answered with {answer.status_code}: check --platform-key and --organization-id"
                )
            page = object_of(answer)
            with _understood("listBookings"):
                bookings = [_booking(stated) for stated in page["bookings"]]
            yield from bookings
            if not page.get("next_cursor"):
                return
            query = {**query, "cursor": page["next_cursor"]}

    def _looked_up(self, number: str, contact: str) -> Booking | None:
        answer = self.client.ask("lookupBooking", {"confirmation_number": number}, {"contact": contact})
        if answer.status_code in (403, 404):
            return None
        if not answer.ok:
            raise UnreachableError(f"the lookup of {number} was answered with {answer.status_code}")
        with _understood("lookupBooking"):
            return _booking(object_of(answer)["booking"])


def _booking(stated: Mapping[str, Any]) -> Booking:
    contact = stated.get("contact") or {}
    return Booking(
        confirmation_number=stated["confirmation_number"],
        status=stated["status"],
        starts_at=datetime.fromisoformat(stated["start_at"]),
        contacts=frozenset(contact[name] for name in ("email", "phone") if contact.get(name)),
    )


@contextmanager
def _understood(operation: str) -> Iterator[None]:
    """Raises UnreachableError for an answer without the members that the contract promises."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreachableError(f"{operation} was not answered as the contract says: {error}") from error


def _perhaps(read: Callable[[], T]) -> T | None:
    """None where the server does not let it be read."""
    try:
        return read()
    except (ImpatientError, TargetError, UnreachableError):
        return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
