"""What the server offers before the load begins: one service, its slots, and those that a client can book and cancel.

Each server is surveyed once a run: what is loaded, what is judged before and after, all goes by the same answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.errors import TargetError, UnreachableError
from loadtests.api.client import Client, object_of
from loadtests.api.target import Organization
from loadtests.measure.statuses import Meaning

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
    timezone: str = "UTC"
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """`settings` are the service's calendar settings and `slots` all that it offers within `span`, as the API has them.

    `offer` is what clients may take.
    """

    offer: Offer
    settings: Mapping[str, Any]
    span: tuple[datetime, datetime]
    slots: tuple[Mapping[str, Any], ...]


def survey(client: Client, organization: Organization, duration: float = 0.0) -> Survey:
    """Of the organization's service, or of the first that is offered.

    What is on offer can be canceled still `duration` seconds from now.

    Raises UnreachableError where nobody answers, ImpatientError, TargetError where the answer is not one to go on with.
    """
    try:
        return _surveyed(client, organization, duration)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreachableError(f"{client.endpoint.origin} is no Booking API: it answers in another shape") from error


def _surveyed(client: Client, organization: Organization, duration: float) -> Survey:
    service = organization.service
    if not service:
        shown = _ask(client, organization.slug, "getOrganization", {"org_slug": organization.slug})
        service = next((entry["slug"] for entry in shown["services"]), "")
        if not service:
            raise TargetError(f"{organization.slug} offers no service")
    members = {"org_slug": organization.slug, "service_slug": service}
    settings = _ask(client, organization.slug, "getService", members)["calendarSettings"]
    now = client.now
    end = now + timedelta(days=settings.get("booking_window_days") or DEFAULT_WINDOW)
    slots = tuple(slots_between(client, members, now, end))
    notice = timedelta(hours=(settings.get("cancellation_policy") or {}).get("noticeHours") or 0)
    begin = now + timedelta(seconds=duration) + notice + _MARGIN
    gap = timedelta(minutes=max(settings.get("buffer_before") or 0, settings.get("buffer_after") or 0))
    lasting = (slot for slot in slots if datetime.fromisoformat(slot["startsAt"]) >= begin)
    offer = Offer(service, settings.get("timezone") or "UTC", tuple(_apart(lasting, gap)))
    return Survey(offer, settings, (now, end), slots)


def slots_between(
    client: Client, members: Mapping[str, str], begin: datetime, end: datetime
) -> Iterator[Mapping[str, Any]]:
    """As the API has them, in as many questions as the contract's longest range wants. Raises as `survey` does.

    `members`: slugs of organization and service.
    """
    while begin < end:
        until = min(begin + timedelta(days=client.endpoint.range_days), end)
        query = {**members, "from": iso(begin), "to": iso(until)}
        yield from _ask(client, members["org_slug"], "getAvailability", {}, query)["slots"]
        begin = until


def _ask(
    client: Client, slug: str, operation: str, members: Mapping[str, str], query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    endpoint = client.endpoint
    answer = client.ask(operation, members, query, {endpoint.key_header: endpoint.key_for(slug).value})
    meaning = endpoint.meaning(answer.status_code)
    if meaning == "server error":
        raise UnreachableError(
            f"{endpoint.origin} is not well: {operation} was answered with {answer.status_code}"
            + (f" (through the proxy {endpoint.proxy})" if endpoint.proxy else "")
        )
    if not answer.ok:
        trouble = _trouble(meaning, slug, members)
        raise TargetError(f"{operation} was answered with {answer.status_code}: {trouble}")
    return object_of(answer)


def _trouble(meaning: Meaning, slug: str, members: Mapping[str, str]) -> str:
    """What the flags may have got wrong."""
    if meaning == "key refused":
        return "the server does not know the key, or knows it as revoked or expired"
    if meaning == "forbidden":
        return f"the key is not one of {slug}, or not a public one"
    if meaning == "not found" and "service_slug" in members:
        return f"the server knows no service {members['service_slug']} of {slug}"
    if meaning == "not found":
        return f"the server knows no organization {slug}"
    return f"is the key one of {slug}, and the service its own?"


def _apart(slots: Iterable[Mapping[str, Any]], gap: timedelta) -> Iterator[Slot]:
    """The earliest, then the earliest that leaves it alone, and so on."""
    free = datetime.min.replace(tzinfo=UTC)
    for slot in sorted(slots, key=lambda slot: str(slot["startsAt"])):
        if datetime.fromisoformat(slot["startsAt"]) >= free:
            free = datetime.fromisoformat(slot["endsAt"]) + gap
            yield Slot(slot["startsAt"], slot["endsAt"])


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
