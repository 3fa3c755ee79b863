"""Domain values in the spelling of the API, whose pages do not agree with each other: each shape as its page has it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mockserver.domain.bookings import Booking
from mockserver.domain.instants import render_instant
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.domain.slots import Slots
from mockserver.web.api.exchange import encode


def organization(it: Organization) -> dict[str, Any]:
    """/api/services/list-services"""
    branding = it.branding
    return {
        "organization": {
            "id": it.id,
            "name": it.name,
            "slug": it.slug,
            "tagline": it.tagline,
            "branding": {
                "primaryColor": branding.primary_color,
                "logo": branding.logo,
                "companyName": branding.company_name,
                "favicon": branding.favicon,
                "ogImage": branding.og_image,
            },
        },
        "services": [_service(s) for s in it.services.values() if s.bookable],
    }


def service(it: Organization, chosen: Service) -> dict[str, Any]:
    """/api/services/get-service"""
    branding, calendar = it.branding, chosen.calendar
    return {
        "organization": {
            "id": it.id,
            "name": it.name,
            "slug": it.slug,
            "branding": {
                "primaryColor": branding.primary_color,
                "logo": branding.logo,
                "companyName": branding.company_name,
            },
        },
        "service": _service(chosen),
        "calendarSettings": {
            "duration_minutes": calendar.duration,
            "slot_interval_minutes": calendar.slot_interval,
            "buffer_before": calendar.buffer_before,
            "buffer_after": calendar.buffer_after,
            "booking_window_days": calendar.booking_window_days,
            "timezone": it.timezone,
            "location": _location(chosen),
            "max_parallel_bookings": calendar.seats,
            "cancellation_policy": {
                "noticeHours": calendar.cancellation.notice_hours,
                "policyText": calendar.cancellation.policy_text,
            },
        },
    }


def slots(it: Organization, chosen: Service, found: Slots, timezone: str | None) -> bytes:
    """/api/availability/get-slots. There may be thousands, so each is put together from two encoded halves."""
    team = it.teams[chosen.fulfillment.id or ""] if chosen.fulfillment.kind == "team" else None

    def place(host: str, free: int) -> bytes:
        members = {
            "capacity": max(free, 1) if found.capacity is None else found.capacity,
            "availableCapacity": free,
            "serviceId": chosen.key,
            "hostId": host,
            "teamId": team.id if team else None,
            "timezone": timezone or it.timezone,
            "host": {"id": host, "displayName": it.hosts[host].display_name},
            "team": {"id": team.id, "name": team.name} if team else None,
        }
        return b"," + encode(members)[1:]

    by_start, times = found.by_start, _times(found.length)
    places = {taker: place(*taker) for taker in {taker for takers in by_start.values() for taker in takers}}
    # The times of a start stand before each of its places, as if they parted them.
    whole = b"".join(
        [times(start).join((b"", *map(places.__getitem__, by_start[start]))) for start in sorted(by_start)]
    )
    return b"".join((b'{"slots":[', whole[1:], b"]}"))


@lru_cache(maxsize=64)
def _times(length: int) -> Callable[[int], bytes]:
    """The first half of a slot by its start, behind a comma."""

    @lru_cache(maxsize=16384)
    def times(start: int) -> bytes:
        # By hand, as moments need no escaping: a dict for each start takes three times as long.
        return f',{{"startsAt":"{render_instant(start)}","endsAt":"{render_instant(start + length)}"'.encode()

    return times


def booking_summary(booking: Booking, it: Organization, chosen: Service) -> dict[str, Any]:
    """The eight members that /api/bookings/create and /api/bookings/reschedule answer."""
    return {
        "id": booking.id,
        "confirmation_number": booking.confirmation_number,
        "status": booking.status,
        "start_at": render_instant(booking.start),
        "end_at": render_instant(booking.end),
        "service_name": chosen.name,
        "organization_name": it.name,
        "location": _location(chosen),
    }


def booking(booking: Booking, it: Organization, chosen: Service) -> dict[str, Any]:
    """The thirteen members of /api/bookings/lookup."""
    return {
        "id": booking.id,
        "confirmation_number": booking.confirmation_number,
        "status": booking.status,
        "organization_slug": it.slug,
        "organization_name": it.name,
        "start_at": render_instant(booking.start),
        "end_at": render_instant(booking.end),
        "service_id": chosen.key,
        "service_slug": chosen.slug,
        "service_name": chosen.name,
        "contact": {
            "name": booking.contact.name,
            "email": booking.contact.email,
            "phone": booking.contact.phone,
        },
        "location": _location(chosen),
        "timezone": booking.timezone,
    }


def webhook_event(
    event: str, delivery_id: str, booking: Booking, chosen: Service, happened: int, service_prefix: str
) -> bytes:
    """The body of a delivery (/api/webhooks/setup); `happened` in Unix seconds."""
    contact = booking.contact
    return encode(
        {
            "event": event,
            "timestamp": render_instant(happened),
            "webhookId": delivery_id,
            "data": {
                "booking": {
                    "id": booking.id,
                    "confirmation_number": booking.confirmation_number,
                    "serviceId": service_prefix + chosen.key,
                    "startsAt": render_instant(booking.start),
                    "endsAt": render_instant(booking.end),
                    "status": booking.status,
                    "contact": {"email": contact.email, "name": contact.name, "phone": contact.phone},
                }
            },
        }
    )


def _service(it: Service) -> dict[str, Any]:
    return {
        "key": it.key,
        "name": it.name,
        "slug": it.slug,
        "description": it.description,
        "category": it.category,
        "duration": it.calendar.duration,
        "price": it.price,
        "currency": it.currency,
        "isBookablePublic": True,
        "metadata": it.metadata,
    }


def _location(it: Service) -> dict[str, str]:
    return {"type": it.calendar.location.type, "value": it.calendar.location.value}
