"""What is left of a booking's past. The State keeps a booking as it is, not what it was: what became of it is told by
the journal, by deliveries to webhooks and by stored answers, as far as they go back."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.application.admin.webhooks import Sought, WebhookAdmin
from mockserver.application.world import World
from mockserver.domain.bookings import Booking
from mockserver.domain.webhooks import Delivery
from mockserver.observing.journal import Entry
from mockserver.ports import ReplayRecord


class StoredAnswer(NamedTuple):
    """The idempotency key that made the booking, and the id of the API key that it was sent with."""

    key_id: str
    idempotency_key: str
    record: ReplayRecord


class Traces(NamedTuple):
    """Requests that changed the booking or tried to, and deliveries about it, both oldest first."""

    booking: Booking
    requests: Sequence[Entry]
    deliveries: Sequence[Delivery]
    stored: StoredAnswer | None


def traces_of(world: World, booking_id: str) -> Traces:
    """Raises Refused(unknown_booking)."""
    booking = world.bookings.find_booking(booking_id)
    deliveries = WebhookAdmin(world).deliveries(Sought(booking=booking.id), None)
    with world.state.look() as work:
        stored = next(
            (
                StoredAnswer(scope, key, record)
                for scope, key, record in work.replays.all()
                if record.outcome is not None and _tells(record.outcome.body, booking)
            ),
            None,
        )
    requests = [entry for entry in world.journal.entries() if _is_about(entry, booking)]
    return Traces(booking, requests, deliveries[::-1], stored)


def _is_about(entry: Entry, booking: Booking) -> bool:
    """It would change the booking, or was answered with it."""
    if entry.method != "POST":
        return False
    number = booking.confirmation_number.casefold()
    return number in entry.path.casefold().split("/") or _tells(entry.answer, booking)


def _tells(body: bytes, booking: Booking) -> bool:
    return f'"{booking.id}"'.encode() in body
