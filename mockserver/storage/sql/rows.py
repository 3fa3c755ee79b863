"""How bookings, keys, faults and what webhooks need stand in rows."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select

from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.faults import Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Attempt, Delivery, Webhook
from mockserver.ports import StandingFault
from mockserver.storage.sql.schema import FAULTS, KEYS, WEBHOOKS
from mockserver.storage.sql.statements import Statement

ALL_KEYS = Statement(select(KEYS).order_by(KEYS.c.place))
ALL_FAULTS = Statement(select(FAULTS).order_by(FAULTS.c.place))
ALL_WEBHOOKS = Statement(select(WEBHOOKS).order_by(WEBHOOKS.c.place))


def key_of(row: Sequence[Any]) -> ApiKey:
    id_, _, organization, kind, label, environment, digest, end, created_at, expires_at, revoked, _ = row
    return ApiKey(
        id_, organization, kind, label.decode(), environment, digest, end, created_at, expires_at, bool(revoked)
    )


def row_of_key(key: ApiKey) -> dict[str, Any]:
    """Without its place among the others, and its last use."""
    return {
        "id": key.id,
        "organization": key.organization,
        "kind": key.kind,
        "label": key.label.encode(),
        "environment": key.environment,
        "digest": key.digest,
        "end": key.end,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked": key.revoked,
    }


def fault_of(row: Sequence[Any]) -> StandingFault:
    id_, _, rule, matched, fired = row
    return StandingFault(id_, Fault.of(orjson.loads(rule)), matched, fired)


def row_of_fault(standing: StandingFault) -> dict[str, Any]:
    """Without its place among the others."""
    return {
        "id": standing.id,
        "rule": orjson.dumps(standing.fault.values()),
        "matched": standing.matched,
        "fired": standing.fired,
    }


def webhook_of(row: Sequence[Any]) -> Webhook:
    id_, _, organization, url, events, secret, created_at = row
    names = tuple(orjson.loads(events))
    return Webhook(id=id_, organization=organization, url=url, events=names, secret=secret, created_at=created_at)


def row_of_webhook(webhook: Webhook) -> dict[str, Any]:
    """Without its place among the others."""
    return {
        "id": webhook.id,
        "organization": webhook.organization,
        "url": webhook.url,
        "events": orjson.dumps(webhook.events).decode(),
        "secret": webhook.secret,
        "created_at": webhook.created_at,
    }


def delivery_of(row: Sequence[Any]) -> Delivery:
    id_, webhook, booking, event, sequence, payload, created_at, due, delivered, tries, attempts, _ = row
    return Delivery(
        id=id_,
        webhook=webhook,
        booking=booking,
        event=event,
        sequence=sequence,
        payload=payload,
        created_at=created_at,
        due=due,
        delivered=bool(delivered),
        tries=tries,
        attempts=tuple(Attempt(*each) for each in orjson.loads(attempts)),
    )


def row_of_delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook": delivery.webhook,
        "booking": delivery.booking,
        "event": delivery.event,
        "sequence": delivery.sequence,
        "payload": delivery.payload,
        "created_at": delivery.created_at,
        "due": delivery.due,
        "delivered": delivery.delivered,
        "tries": delivery.tries,
        "attempts": orjson.dumps([(each.at, each.took, each.status, each.error) for each in delivery.attempts]),
        "claimed_until": None,
    }


def booking_of(row: Sequence[Any]) -> Booking:
    id_, organization, service, host, team, status, start, end, party, before, after, created, sequence, details = row
    timezone, name, email, phone, notes = orjson.loads(details)
    contact = Contact(name, email, phone)
    return Booking(
        id_, organization, service, host, team, status, start, end, timezone, contact, party, notes, before, after,
        created, sequence,
    )  # fmt: skip


def row_of_booking(booking: Booking) -> dict[str, Any]:
    contact = booking.contact
    return {
        "id": booking.id,
        "organization": booking.organization,
        "service": booking.service,
        "host": booking.host,
        "team": booking.team,
        "status": booking.status,
        "starts": booking.start,
        "ends": booking.end,
        "party_size": booking.party_size,
        "buffer_before": booking.buffer_before,
        "buffer_after": booking.buffer_after,
        "created_at": booking.created_at,
        "sequence": booking.sequence,
        "details": orjson.dumps([booking.timezone, contact.name, contact.email, contact.phone, booking.notes]),
    }


def place_of(booking: Booking) -> dict[str, Any]:
    """The row of what it takes; as many seats and bookings as it is itself."""
    return {
        "organization": booking.organization,
        "host": booking.host,
        "starts": booking.start,
        "ends": booking.end,
        "service": booking.service,
        "buffer_before": booking.buffer_before,
        "buffer_after": booking.buffer_after,
        "length": booking.end - booking.start,
        "seats": booking.party_size,
        "bookings": 1,
    }
