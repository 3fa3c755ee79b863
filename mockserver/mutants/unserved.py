"""Good requests that are not served, and bounds that are narrower than they should be."""

from dataclasses import replace
from typing import Any

from mockserver.application.bookings import DAY, BookingService, Wish
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.slots import Slots
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.self_service import SelfServiceApi

MINUTES = 60


class FailsForTheCanceled(SelfServiceApi):
    def lookup_booking(self, exchange: Exchange) -> Reply:
        if not self._booking(exchange).active:
            raise Refused("server_error")
        return super().lookup_booking(exchange)


class RefusesShortRanges(BookingService):
    def availability(self, organization: Any, service_slug: str, first: int, last: int, *more: Any) -> Slots:
        if first < last < first + 5 * MINUTES:
            raise Refused("invalid_field", field="to", problem="is too close to from")
        return super().availability(organization, service_slug, first, last, *more)


class AnswersForTwoWeeks(BookingService):
    def __init__(self, organizations: Any, state: Any, availability: Any, max_range_days: int, *more: Any) -> None:
        super().__init__(organizations, state, availability, min(14, max_range_days), *more)


class ClosesADayEarly(BookingService):
    """The booking window is a day shorter than the service says."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        service = wish.organization.bookable_service(wish.service)
        days = service.calendar.booking_window_days
        if now + (days - 1) * DAY < wish.start and wish.host in (None, *wish.organization.hosts):
            raise Refused("beyond_booking_window", field="starts_at", days=days)
        return super().create_booking(wish, now)


class EchoesAnyLength(RequestIds):
    def __init__(self, header: str, max_length: int, *more: Any) -> None:
        super().__init__(header, 10 * max_length, *more)


MUTANTS = (
    Mutant(
        "canceled-lookup-fails",
        "operations.lookupBooking",
        "Looking up a canceled booking is 500.",
        lambda parts: replace(parts, self_service=FailsForTheCanceled),
    ),
    Mutant(
        "short-range-refused",
        "http.served",
        "Slots of less than five minutes are refused with 400.",
        lambda parts: replace(parts, bookings=RefusesShortRanges),
    ),
    Mutant(
        "two-weeks-at-most",
        "availability.max_range_days",
        "Slots of more than two weeks are refused.",
        lambda parts: replace(parts, bookings=AnswersForTwoWeeks),
    ),
    Mutant(
        "window-a-day-short",
        "errors.422.beyond_booking_window",
        "Bookings close a day before the booking window ends.",
        lambda parts: replace(parts, bookings=ClosesADayEarly),
    ),
    Mutant(
        "long-request-id-echoed",
        "http.request_id.echo",
        "A request id is sent back however long it is.",
        lambda parts: replace(parts, request_ids=EchoesAnyLength),
    ),
)
