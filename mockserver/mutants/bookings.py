"""Bookings that do not become what they should."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from mockserver.availability import Availability
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.mutants.mutant import Mutant
from mockserver.service import Calendar
from mockserver.web.exchange import Reply
from mockserver.web.self_service import SelfServiceApi


class KeepsCanceledSeats(Availability):
    def _booked(self, organization: Organization, host: str, first: int, last: int) -> Sequence[Booking]:
        canceled = [
            booking
            for booking in self._store.bookings.of_organization(organization.slug, None)
            if booking.host == host and not booking.active and booking.start < last and booking.end > first
        ]
        return [*super()._booked(organization, host, first, last), *canceled]


class CancelsTwice(Calendar):
    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        try:
            return super().cancel_booking(booking_id, now)
        except Refused as refusal:
            if refusal.cause != "already_canceled":
                raise
            return self.find_booking(booking_id)


class SpellsWithTwoLs(SelfServiceApi):
    def _found(self, booking: Booking) -> Reply:
        answer = orjson.loads(super()._found(booking).body)
        if not booking.active:
            answer["booking"]["status"] = "cancelled"
        return Reply.json(answer)


MUTANTS = (
    Mutant(
        "canceled-slot-kept",
        "bookings.cancel_releases_slot",
        "A canceled booking goes on taking its seats.",
        lambda parts: replace(parts, availability=KeepsCanceledSeats),
    ),
    Mutant(
        "second-cancel-succeeds",
        "errors.422.already_canceled",
        "Canceling a canceled booking is 200, not 422.",
        lambda parts: replace(parts, calendar=CancelsTwice),
    ),
    Mutant(
        "status-cancelled",
        "bookings.status",
        "Lookup and cancel spell the status of a canceled booking `cancelled`.",
        lambda parts: replace(parts, self_service=SpellsWithTwoLs),
    ),
)
