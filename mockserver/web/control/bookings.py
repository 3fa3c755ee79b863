"""Bookings as staff see them: all of an organization, and what staff decide about one."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from mockserver.application.admin import Admin
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.ports import StateUnavailableError
from mockserver.web.api import render
from mockserver.web.control.refusing import Invalid

_REFUSALS = {
    "unknown_booking": (404, "there is no such booking"),
    "already_canceled": (409, "the booking is already canceled"),
}


def register(blueprint: Blueprint, admin: Admin) -> None:
    def shown(booking: Booking) -> dict[str, object]:
        return {
            **render.booking(booking, *admin.offer_of(booking)),
            "host_id": booking.host,
            "team_id": booking.team,
            "party_size": booking.party_size,
            "notes": booking.notes,
        }

    def decided(decide: Callable[[str], Booking], booking_id: str) -> Response:
        try:
            return jsonify(booking=shown(decide(booking_id)))
        except StateUnavailableError:
            raise
        except Refused as refusal:
            raise Invalid(*_REFUSALS[refusal.cause]) from None

    @blueprint.get("/bookings")
    def list_bookings() -> Response:
        """By start; `?organization=` and `?status=` narrow it down."""
        found = admin.list_bookings(request.args.get("organization"), request.args.get("status"))
        return jsonify(bookings=[shown(booking) for booking in found])

    @blueprint.post("/bookings/<booking_id>/confirm")
    def confirm_booking(booking_id: str) -> Response:
        return decided(admin.confirm_booking, booking_id)

    @blueprint.post("/bookings/<booking_id>/cancel")
    def cancel_by_staff(booking_id: str) -> Response:
        return decided(admin.cancel_booking, booking_id)
