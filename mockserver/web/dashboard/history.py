"""A booking's past, told from what is left of it: requests in the journal, and what webhooks were told.

The State keeps no history, but counts the changes of a booking; so it can be said how many are not known any more.
What staff decide is no request to the API: nobody writes down when.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from mockserver.application.traces import Traces
from mockserver.domain.webhooks import Delivery
from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact
from mockserver.ports import SECOND

_CHANGES = {"rescheduleBooking": "moved", "cancelBooking": "canceled"}
_TRIED = {"createBooking": "tried to book", "rescheduleBooking": "tried to move", "cancelBooking": "tried to cancel"}

_AS_BEFORE = "with the same idempotency key: answered as before"


class Event(NamedTuple):
    """`at` in nanoseconds, None where nobody knows; `request_id` is that of the request in the journal."""

    at: int | None
    what: str
    detail: str
    request_id: str | None = None


class History(NamedTuple):
    """Oldest first; `unknown` counts the changes of which nothing is left."""

    events: Sequence[Event]
    unknown: int


def history_of(traces: Traces, *, awaits_confirmation: bool) -> History:
    """`awaits_confirmation`: bookings of its service begin as pending."""
    booking = traces.booking
    requested = list(_requested(traces))
    told = list(_told(traces, requested))
    changes = [event for event in (*requested, *told) if event.what in _CHANGES.values()]
    unknown = max(0, booking.sequence - len(changes))
    decided = []
    if unknown and booking.status == "canceled" and all(event.what != "canceled" for event in changes):
        decided.append(Event(None, "canceled", "by staff, as it seems; when, is not kept"))
    if unknown > len(decided) and awaits_confirmation and booking.status == "confirmed":
        decided.append(Event(None, "confirmed", "by staff; when, is not kept"))
    # At one moment, as where the clock stands: the journal forgets what is oldest, and nothing follows a cancellation.
    forgotten = [event for event in told if event.what != "canceled"]
    final = [event for event in told if event.what == "canceled"]
    events = sorted((_made(traces), *forgotten, *requested, *final), key=lambda event: event.at or 0)
    return History([*events, *decided], unknown - len(decided))


def _made(traces: Traces) -> Event:
    booking = traces.booking
    for entry in traces.requests:
        if _creates(traces, entry):
            return Event(entry.arrived, "created", _start(entry), redact(entry.request_id))
    return Event(booking.created_at * SECOND, "created", "")


def _creates(traces: Traces, entry: Entry) -> bool:
    """The request that made it, not one that was answered with it again."""
    return (
        entry.operation == "createBooking"
        and entry.status < 400
        and entry.arrived // SECOND <= traces.booking.created_at
        and entry is next(each for each in traces.requests if each.operation == "createBooking" and each.status < 400)
    )


def _requested(traces: Traces) -> Iterator[Event]:
    for entry in traces.requests:
        if entry.operation not in _TRIED or _creates(traces, entry):
            continue
        if entry.status >= 400:
            cause = f"refused: {entry.cause}" if entry.cause else f"answered with {entry.status}"
            yield Event(entry.arrived, _TRIED[entry.operation], cause, redact(entry.request_id))
        elif entry.operation in _CHANGES:
            detail = _start(entry) if _CHANGES[entry.operation] == "moved" else ""
            yield Event(entry.arrived, _CHANGES[entry.operation], detail, redact(entry.request_id))
        else:
            yield Event(
                entry.arrived,
                "sent again",
                _AS_BEFORE,
                redact(entry.request_id),
            )


def _told(traces: Traces, requested: Sequence[Event]) -> Iterator[Event]:
    """Changes that webhooks were told of, and of which the journal knows nothing (any more)."""
    free = [event for event in requested if event.what in _CHANGES.values()]
    seen = set()
    for delivery in traces.deliveries:
        if delivery.sequence == 0 or delivery.sequence in seen:
            continue
        seen.add(delivery.sequence)
        event = _event_of(delivery)
        known = next((each for each in free if _same(each, event)), None)
        if known is None:
            yield event
        else:
            free.remove(known)


def _same(requested: Event, told: Event) -> bool:
    """A change is told within the request that makes it."""
    soon = requested.at is not None and told.at is not None and 0 <= told.at - requested.at < SECOND
    return soon and requested.what == told.what and requested.detail in ("", told.detail)


def _event_of(delivery: Delivery) -> Event:
    booking = _member(_member(_read(delivery.payload), "data"), "booking")
    if _member(booking, "status") == "canceled":
        return Event(delivery.created_at, "canceled", "")
    return Event(delivery.created_at, "moved", _to(_member(booking, "startsAt")))


def _start(entry: Entry) -> str:
    return _to(_member(_member(_read(entry.answer), "booking"), "start_at"))


def _to(start: Any) -> str:
    return f"to begin at {start}" if isinstance(start, str) else ""


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _read(body: bytes) -> Any:
    """Of what may have been cut; None where it was."""
    try:
        return orjson.loads(body)
    except ValueError:
        return None
