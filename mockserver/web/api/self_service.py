"""What customers do themselves, with their confirmation number and contact instead of a key."""

from mockserver.application.bookings import BookingService
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.web.api import render
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.reading import Ends, RawPlus, Reader

ENDS = Ends("start_at", "end_at")


class SelfServiceApi:
    def __init__(
        self,
        bookings: BookingService,
        reader: Reader,
        raw_plus: RawPlus = RawPlus(),  # noqa: B008 - it is frozen
    ) -> None:
        self._bookings = bookings
        self._reader = reader
        self._raw_plus = raw_plus

    def lookup_booking(self, exchange: Exchange) -> Reply:
        booking = self._booking(exchange)
        return self._found(booking)

    def cancel_booking(self, exchange: Exchange) -> Reply:
        booking = self._booking(exchange)
        return self._found(self._bookings.cancel_booking(booking.id, exchange.now))

    def reschedule_booking(self, exchange: Exchange) -> Reply:
        body = exchange.body
        start, end = self._reader.instant(body, ENDS.start), self._reader.instant(body, ENDS.end)
        timezone = self._reader.timezone(body)
        booking = self._booking(exchange)
        try:
            moved = self._bookings.reschedule_booking(booking.id, start, end, timezone, body.get("notes"), exchange.now)
        except Refused as refusal:
            raise ENDS.named(refusal) from None
        return Reply.json({"booking": render.booking_summary(moved, *self._bookings.offer_of(moved))})

    def get_reschedule_availability(self, exchange: Exchange) -> Reply:
        query = exchange.query
        first, last = self._reader.instant(query, "from"), self._reader.instant(query, "to")
        timezone = self._reader.timezone(query)
        first, last = self._bookings.require_range(first, last)
        booking = self._booking(exchange)
        slots = self._bookings.reschedule_availability(booking, first, last, exchange.now)
        return Reply.encoded(render.slots(*self._bookings.offer_of(booking), slots, timezone))

    def _booking(self, exchange: Exchange) -> Booking:
        """Raises Refused(unknown_booking | contact_mismatch)."""
        number = exchange.parameters["confirmation_number"]
        return self._bookings.verified_booking(number, self._contacts(exchange.query["contact"]))

    def _contacts(self, given: str) -> tuple[str, ...]:
        return self._raw_plus.contacts(given)

    def _found(self, booking: Booking) -> Reply:
        return Reply.json({"booking": render.booking(booking, *self._bookings.offer_of(booking))})
