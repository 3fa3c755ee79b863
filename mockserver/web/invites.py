"""Calendar invites: the iCalendar file (RFC 5545) that a booking's `ics_url` leads to."""

import logging
from datetime import UTC, datetime

from flask import Blueprint, Response, abort

from mockserver.application.bookings import BookingService
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.ports import SECOND, Clock, StateUnavailableError
from mockserver.web.api.exchange import JSON, Reply
from mockserver.web.api.problems import Problems
from mockserver.web.paths import INVITES_PREFIX

_log = logging.getLogger("kordkit.mock")
_STATUS = {"confirmed": "CONFIRMED", "pending": "TENTATIVE", "canceled": "CANCELLED"}


def invites(bookings: BookingService, clock: Clock, problems: Problems) -> Blueprint:
    blueprint = Blueprint("invites", __name__)

    @blueprint.get(f"{INVITES_PREFIX}<booking_id>.ics")
    def invite(booking_id: str) -> Response:
        try:
            booking = bookings.find_booking(booking_id)
        except StateUnavailableError as error:
            return _told(problems.reply(error))
        except Refused:
            abort(404)
        try:
            content = _ical(booking, bookings, clock.now() // SECOND)
        except Exception:
            _log.exception("the invite of %s failed", booking.id)
            return _told(problems.reply(Refused("server_error")))
        return Response(
            content,
            mimetype="text/calendar",
            headers={"Content-Disposition": f'attachment; filename="{booking.id}.ics"'},
        )

    return blueprint


def _told(reply: Reply) -> Response:
    return Response(reply.body, status=reply.status, headers=reply.headers, mimetype=JSON)


def _ical(booking: Booking, bookings: BookingService, now: int) -> bytes:
    """Names nobody: who knows the link need not know the contact.

    PUBLISH and CANCEL want an organizer (RFC 5546), and the moment at which the file was made. A program that knows
    the event already goes by its UID and SEQUENCE.
    """
    from icalendar import Calendar as ICalendar
    from icalendar import Event, vCalAddress, vText

    organization, service = bookings.offer_of(booking)
    organizer = vCalAddress(f"mailto:bookings@{organization.slug}.example")
    organizer.params["CN"] = vText(organization.name)
    event = Event()
    event.add("uid", f"{booking.id}@{organization.slug}.kordless")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", datetime.fromtimestamp(now, UTC))
    event.add("created", datetime.fromtimestamp(booking.created_at, UTC))
    event.add("dtstart", datetime.fromtimestamp(booking.start, UTC))
    event.add("dtend", datetime.fromtimestamp(booking.end, UTC))
    event.add("summary", f"{service.name} at {organization.name}")
    event.add("location", service.calendar.location.value)
    event.add("organizer", organizer)
    event.add("status", _STATUS[booking.status])
    invite = ICalendar()
    invite.add("prodid", "-//kordkit//mock of the Kordless Booking API//EN")
    invite.add("version", "2.0")
    invite.add("method", "CANCEL" if booking.status == "canceled" else "PUBLISH")
    invite.add_component(event)
    content: bytes = invite.to_ical()
    return content
