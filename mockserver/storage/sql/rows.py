"""How bookings and keys stand in rows."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select

from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.keys import ApiKey
from mockserver.storage.sql.schema import KEYS
from mockserver.storage.sql.statements import Statement

ALL_KEYS = Statement(select(KEYS).order_by(KEYS.c.place))


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
