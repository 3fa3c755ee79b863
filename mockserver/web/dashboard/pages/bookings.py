"""The calendar of a host or a service, week by week, and each booking with its past."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.calendar import Calendars, Kind, subjects
from mockserver.application.refusals import UnknownError
from mockserver.application.traces import traces_of
from mockserver.domain.errors import Refused
from mockserver.domain.localtime import wall_time
from mockserver.domain.organizations import Organization
from mockserver.observing.redaction import redact
from mockserver.ports import SECOND, StateUnavailableError
from mockserver.web.control.refusing import Invalid
from mockserver.web.dashboard.history import history_of
from mockserver.web.dashboard.week import week_of

YEARS = range(1971, 9998)
"""Of which the week before and the one after can be shown, too."""
_GONE = "there is no such booking (any more): a reset or an import may have taken it away"
_REFUSALS = {
    "unknown_booking": (HTTPStatus.NOT_FOUND, _GONE),
    "already_canceled": (HTTPStatus.CONFLICT, "the booking is canceled already"),
}


def register(blueprint: Blueprint, admin: Admin) -> None:
    @blueprint.get("/bookings")
    def bookings() -> str:
        """`?organization=` is a slug, `?of=host:ID` or `?of=service:SLUG` whose calendar, `?day=` a date in it."""
        return render_template("bookings.html", **_week(Calendars(admin.world), _organization(admin.organizations)))

    @blueprint.get("/bookings/<booking_id>")
    def bookings_one(booking_id: str) -> str:
        return _page(admin, booking_id)

    @blueprint.post("/bookings/<booking_id>/confirm")
    def bookings_confirm(booking_id: str) -> str:
        with _refusals():
            admin.confirm_booking(booking_id)
        return _page(admin, booking_id, notice="The booking is confirmed.")

    @blueprint.post("/bookings/<booking_id>/cancel")
    def bookings_cancel(booking_id: str) -> str:
        with _refusals():
            admin.cancel_booking(booking_id)
        return _page(admin, booking_id, notice="The booking is canceled, and its slot is free again.")


@contextmanager
def _refusals() -> Iterator[None]:
    """Raises Invalid(404 | 409) for what the domain refuses."""
    try:
        yield
    except StateUnavailableError:
        raise
    except Refused as refusal:
        raise Invalid(*_REFUSALS[refusal.cause]) from None


def _week(calendars: Calendars, organization: Organization) -> dict[str, Any]:
    """Raises UnknownError; Invalid(400)."""
    today = calendars.today(organization)
    day = _day(today)
    first = next(iter(subjects(organization)), None)
    kind, colon, id = request.args.get("of", "").partition(":")
    if not colon and first is not None:
        kind, id = first.kind, first.id
    monday = day - timedelta(days=day.weekday())
    calendar = calendars.week(organization.slug, _kind(kind), id, monday)
    return {
        "subjects": subjects(organization),
        "calendar": calendar,
        "week": week_of(calendar),
        "day": day,
        "today": today,
        "now": wall_time(calendars.now, organization.timezone),
        "wall": lambda instant: wall_time(instant, organization.timezone),
        "week_long": timedelta(days=7),
    }


def _organization(organizations: Mapping[str, Organization]) -> Organization:
    """Raises UnknownError."""
    wanted = request.args.get("organization", next(iter(organizations)))
    if wanted in organizations:
        return organizations[wanted]
    raise UnknownError("There is no such organization: choose one of those of the calendar.")


def _kind(stated: str) -> Kind:
    return "service" if stated == "service" else "host"


def _day(today: date) -> date:
    """Raises Invalid(400)."""
    stated = request.args.get("day")
    try:
        day = date.fromisoformat(stated) if stated else today
    except ValueError:
        raise Invalid(HTTPStatus.BAD_REQUEST, "The day must be a date such as 2025-12-01.") from None
    if day.year not in YEARS:
        raise Invalid(HTTPStatus.BAD_REQUEST, f"The day must be in the years {YEARS[0]} to {YEARS[-1]}.")
    return day


def _page(admin: Admin, booking_id: str, **said: str) -> str:
    """Raises Invalid(404)."""
    with _refusals():
        traces = traces_of(admin.world, booking_id)
    booking = traces.booking
    organization, service = admin.offer_of(booking)
    starts = wall_time(booking.start, organization.timezone)
    return render_template(
        "booking.html",
        booking=booking,
        organization=organization,
        service=service,
        host=organization.hosts.get(booking.host),
        team=organization.teams.get(booking.team or ""),
        starts=starts,
        ends=wall_time(booking.end, organization.timezone),
        history=history_of(traces, awaits_confirmation=service.requires_confirmation),
        deliveries=traces.deliveries,
        stored=traces.stored,
        redact=redact,
        SECOND=SECOND,
        **said,
    )
