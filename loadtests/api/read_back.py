"""Reading the server before and after a load: what the invariants are judged from."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from contracts.errors import TargetError, UnreachableError
from loadtests.api.client import Client, ImpatientError, object_of
from loadtests.api.survey import Survey, iso, slots_between
from loadtests.api.target import Organization
from loadtests.judge.invariants import After, Before
from loadtests.judge.lives import Booking, lives_of
from loadtests.measure.result import Change
from loadtests.measure.statuses import DENIED

PAGE = "200"  # bookings: as many as listBookings gives at once

T = TypeVar("T")


@dataclass(slots=True)
class Reader:
    """Of what was surveyed, in the same span of time.

    A client's patience is for one reading: the next one wants a new client.
    """

    client: Client
    organization: Organization
    survey: Survey

    def read_before(self) -> Before:
        """Raises UnreachableError, ImpatientError, TargetError where the list of bookings may not be read."""
        settings = self.survey.settings
        with _understood("getService"):
            buffer = max(settings.get("buffer_before") or 0, settings.get("buffer_after") or 0)
            spacing = timedelta(minutes=settings["duration_minutes"] + buffer)
        known = frozenset(booking.confirmation_number for booking in self._listed() or ())
        return Before(_seats(self.survey.slots), spacing, known)

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

    def _free(self) -> Mapping[datetime, int]:
        members = {"org_slug": self.organization.slug, "service_slug": self.survey.offer.service}
        return _seats(slots_between(self.client, members, *self.survey.span))

    def _listed(self) -> Sequence[Booking] | None:
        """The organization's bookings in the span; None without a platform key."""
        organization = self.organization
        if not organization.platform_keys or not organization.id:
            return None
        return tuple(self._pages(organization.platform_keys[0], organization.id.removeprefix("org_")))

    def _pages(self, key: str, identifier: str) -> Iterator[Booking]:
        endpoint = self.client.endpoint
        headers = {endpoint.key_header: key, endpoint.organization_header: identifier}
        begin, end = self.survey.span
        query = {"from": iso(begin), "to": iso(end), "limit": PAGE}
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
        if self.client.endpoint.meaning(answer.status_code) in DENIED:
            return None
        if not answer.ok:
            raise UnreachableError(f"the lookup of {number} was answered with {answer.status_code}")
        with _understood("lookupBooking"):
            return _booking(object_of(answer)["booking"])


def _seats(slots: Iterable[Mapping[str, Any]]) -> Mapping[datetime, int]:
    """Free ones by start, over all hosts."""
    free: Counter[datetime] = Counter()
    with _understood("getAvailability"):
        for slot in slots:
            free[datetime.fromisoformat(slot["startsAt"])] += int(slot["availableCapacity"])
    return free


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
