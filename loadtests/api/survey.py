"""What the server offers before the load begins: one service, and slots that a client can book and cancel again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from contracts.errors import TargetError, UnreachableError
from loadtests.api.client import Client, object_of

DEFAULT_WINDOW = 30  # days, where the service states no booking window
_MARGIN = timedelta(hours=2)  # beyond the notice period and the run, for what comes after it


@dataclass(frozen=True, slots=True)
class Slot:
    """Times as the API writes them."""

    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class Offer:
    """`slots` do not touch each other, buffers included: each can be booked whatever becomes of the others."""

    service: str
    timezone: str
    slots: tuple[Slot, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Self:
        return cls(stated["service"], stated["timezone"], tuple(Slot(**slot) for slot in stated["slots"]))


def fetch(client: Client, organization: str, service: str, duration: float = 0.0) -> Offer:
    """`service` "" takes the first that is offered. Its slots can be canceled still `duration` seconds from now.

    Raises UnreachableError where nobody answers, ImpatientError, TargetError where the answer is not one to go on with.
    """
    try:
        return _fetched(client, organization, service, duration)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreachableError(f"{client.surface.origin} is no Booking API: it answers in another shape") from error


def _fetched(client: Client, organization: str, service: str, duration: float) -> Offer:
    if not service:
        shown = _ask(client, organization, "getOrganization", {"org_slug": organization})
        service = next((entry["slug"] for entry in shown["services"]), "")
        if not service:
            raise TargetError(f"{organization} offers no service")
    members = {"org_slug": organization, "service_slug": service}
    settings = _ask(client, organization, "getService", members)["calendarSettings"]
    notice = timedelta(hours=(settings.get("cancellation_policy") or {}).get("noticeHours") or 0)
    begin = client.now + timedelta(seconds=duration) + notice + _MARGIN
    end = client.now + timedelta(days=settings.get("booking_window_days") or DEFAULT_WINDOW)
    slots: list[Mapping[str, Any]] = []
    while begin < end:
        until = min(begin + timedelta(days=client.surface.range_days), end)
        query = {**members, "from": _iso(begin), "to": _iso(until)}
        slots += _ask(client, organization, "getAvailability", {}, query)["slots"]
        begin = until
    gap = timedelta(minutes=max(settings.get("buffer_before") or 0, settings.get("buffer_after") or 0))
    return Offer(service, settings.get("timezone") or "UTC", tuple(_apart(slots, gap)))


def _ask(
    client: Client, slug: str, operation: str, members: Mapping[str, str], query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    surface = client.surface
    answer = client.ask(operation, members, query, {surface.key_header: surface.key_for(slug).value})
    if answer.status_code >= 500:
        raise UnreachableError(
            f"{client.surface.origin} is not well: {operation} was answered with {answer.status_code}"
        )
    if not answer.ok:
        raise TargetError(
            f"{operation} was answered with {answer.status_code}: is the key one of {slug}, and the service its own?"
        )
    return object_of(answer)


def _apart(slots: list[Mapping[str, Any]], gap: timedelta) -> Iterator[Slot]:
    """The earliest, then the earliest that leaves it alone, and so on."""
    free = datetime.min.replace(tzinfo=UTC)
    for slot in sorted(slots, key=lambda slot: str(slot["startsAt"])):
        if datetime.fromisoformat(slot["startsAt"]) >= free:
            free = datetime.fromisoformat(slot["endsAt"]) + gap
            yield Slot(slot["startsAt"], slot["endsAt"])


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
