"""Writes that some reading operation does not tell, or tells too late, and refused ones that leave something behind."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from mockserver.application.bookings import BookingService, Filter, Wish
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.domain.slots import Slots
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.self_service import SelfServiceApi


class LooksUpWhatWasMade(SelfServiceApi):
    """As it was when it was first looked up; only a cancellation is seen."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._first: dict[str, Booking] = {}

    def lookup_booking(self, exchange: Exchange) -> Reply:
        now = self._booking(exchange)
        first = self._first.setdefault(now.id, now)
        return self._found(now._replace(start=first.start, end=first.end))


class LooksUpFromAReplica(SelfServiceApi):
    """Which has heard of a move when it is asked for the second time."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._last: dict[str, Booking] = {}

    def lookup_booking(self, exchange: Exchange) -> Reply:
        now = self._booking(exchange)
        last, self._last[now.id] = self._last.get(now.id, now), now
        return self._found(last._replace(status=now.status))


class ListsTheFirstStart(BookingService):
    def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        page, more = super().list_bookings(organization, wanted)
        first: dict[str, Booking] = self.__dict__.setdefault("_listed_first", {})
        return [one._replace(start=first.setdefault(one.id, one).start) for one in page], more


class AnswersAvailabilityFromACache(BookingService):
    """A question that was asked before is answered as it was then."""

    def availability(self, *asked: Any) -> Slots:
        kept: dict[Any, Slots] = self.__dict__.setdefault("_answered", {})
        organization, service, first, last, party_size, _ = asked
        now = super().availability(*asked)
        return kept.setdefault((organization.slug, service, first, last, party_size), now)


class AnswersMovesFromACache(BookingService):
    """Where a booking could be moved to is found out once for each question."""

    def reschedule_availability(self, booking: Booking, first: int, last: int, now: int) -> Slots:
        kept: dict[Any, Slots] = self.__dict__.setdefault("_moves", {})
        found = super().reschedule_availability(booking, first, last, now)
        return kept.setdefault((booking.id, booking.start, first, last), found)


class KeepsTheFirstInvite(BookingService):
    """Whoever asks by the id alone, as the calendar file does, is told of the booking as it was at first."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        booking = super().create_booking(wish, now)
        self.__dict__.setdefault("_made", {})[booking.id] = booking
        return booking

    def find_booking(self, confirmation_number: str) -> Booking:
        booking = super().find_booking(confirmation_number)
        made: dict[str, Booking] = self.__dict__.get("_made", {})
        return booking if self.__dict__.get("_busy") else made.get(booking.id, booking)

    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        return self._as_it_is(super().verified_booking, confirmation_number, contacts)

    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        return self._as_it_is(super().cancel_booking, booking_id, now)

    def reschedule_booking(self, booking_id: str, *new: Any) -> Booking:
        return self._as_it_is(super().reschedule_booking, booking_id, *new)

    def _as_it_is(self, act: Any, *arguments: Any) -> Booking:
        self.__dict__["_busy"] = True
        try:
            found: Booking = act(*arguments)
            return found
        finally:
            self.__dict__["_busy"] = False


class CancelsBeforeItVerifies(SelfServiceApi):
    def cancel_booking(self, exchange: Exchange) -> Reply:
        booking = self._bookings.find_booking(exchange.parameters["confirmation_number"])
        canceled = self._bookings.cancel_booking(booking.id, exchange.now)
        self._booking(exchange)
        return self._found(canceled)


class MovesBeforeItMeasures(BookingService):
    """The start of a move that is refused for its length is kept."""

    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        try:
            return super().reschedule_booking(booking_id, start, end, timezone, notes, now)
        except Refused as refusal:
            if refusal.cause == "wrong_duration":
                booking = self.find_booking(booking_id)
                length = booking.end - booking.start
                super().reschedule_booking(booking_id, start, start + length, timezone, notes, now)
            raise


class HoldsWhatItRefuses(BookingService):
    """A party that is too large for a slot keeps one seat of it."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        try:
            return super().create_booking(wish, now)
        except Refused as refusal:
            if refusal.cause == "party_too_large":
                super().create_booking(wish._replace(party_size=1), now)
            raise


class HoldsWhatHasNoHost(BookingService):
    """A creation for a host that nobody knows takes a seat of another one before it is refused."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        try:
            return super().create_booking(wish, now)
        except Refused as refusal:
            if refusal.cause == "unknown_host":
                super().create_booking(wish._replace(host=None), now)
            raise


MUTANTS = (
    Mutant(
        "lookup-tells-first-time",
        "bookings.fields",
        "A booking that was moved is looked up at the time that it was made for.",
        lambda parts: replace(parts, self_service=LooksUpWhatWasMade),
    ),
    Mutant(
        "lookup-lags-behind",
        "bookings.fields",
        "A booking that was moved is looked up at its old time once more.",
        lambda parts: replace(parts, self_service=LooksUpFromAReplica),
    ),
    Mutant(
        "list-tells-first-time",
        "platform.list_answer",
        "A booking that was moved is listed with the start that it was listed with first.",
        lambda parts: replace(parts, bookings=ListsTheFirstStart),
    ),
    Mutant(
        "availability-from-cache",
        "operations.getAvailability",
        "Availability answers the same question as it did the first time, whatever was booked since.",
        lambda parts: replace(parts, bookings=AnswersAvailabilityFromACache),
    ),
    Mutant(
        "moves-from-cache",
        "operations.getRescheduleAvailability",
        "Where a booking could be moved to is answered as it was the first time.",
        lambda parts: replace(parts, bookings=AnswersMovesFromACache),
    ),
    Mutant(
        "invite-of-first-time",
        "bookings.ics",
        "The calendar file of a booking that was moved or canceled is the first one still.",
        lambda parts: replace(parts, bookings=KeepsTheFirstInvite),
    ),
    Mutant(
        "refused-cancel-cancels",
        "bookings.refused_changes_nothing",
        "A cancellation with another contact is refused when the booking has been canceled.",
        lambda parts: replace(parts, self_service=CancelsBeforeItVerifies),
    ),
    Mutant(
        "refused-move-moves",
        "bookings.refused_changes_nothing",
        "A move to another length is refused when the booking has been moved.",
        lambda parts: replace(parts, bookings=MovesBeforeItMeasures),
    ),
    Mutant(
        "refused-party-holds-seat",
        "bookings.refused_holds_no_seat",
        "A party that is refused because it is too large keeps a seat of the slot.",
        lambda parts: replace(parts, bookings=HoldsWhatItRefuses),
    ),
    Mutant(
        "refused-host-holds-seat",
        "bookings.refused_holds_no_seat",
        "A creation that is refused for its host keeps a seat of the slot.",
        lambda parts: replace(parts, bookings=HoldsWhatHasNoHost),
    ),
)
