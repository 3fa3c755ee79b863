"""Seats that are sold twice, and offers that are none."""

from dataclasses import replace

from mockserver.application.bookings import BookingService, Wish
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant


class SellsAgainWithoutHost(BookingService):
    """Where no host is wanted, who is free is found out after the booking was made."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        try:
            return super().create_booking(wish, now)
        except Refused as refusal:
            if refusal.cause != "slot_not_offered" or wish.host is not None:
                raise
            return self._sold_again(wish)

    def _sold_again(self, wish: Wish) -> Booking:
        with self._state.work() as work:
            for booking in work.bookings.of_organization(wish.organization.slug, (wish.start, "")):
                if booking.start == wish.start and booking.service == wish.service and booking.active:
                    again = booking._replace(id=self._new_id(work), contact=wish.contact, party_size=1)
                    work.bookings.save(again)
                    return again
        raise Refused("slot_not_offered")


class MovesOntoOthers(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        try:
            return super().reschedule_booking(booking_id, start, end, timezone, notes, now)
        except Refused as refusal:
            if refusal.cause != "slot_not_offered":
                raise
        with self._state.work() as work:
            booking = self.find_booking(booking_id)
            moved = booking.reschedule(start=start, end=end, host=booking.host, timezone=timezone, notes=notes)
            work.bookings.save(moved)
        return moved


class SellsCanceledSeatsTwice(SellsAgainWithoutHost):
    """Whoever cancels leaves a seat that is never full again."""

    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        canceled = super().cancel_booking(booking_id, now)
        self._canceled().add((canceled.host, canceled.start))
        return canceled

    def create_booking(self, wish: Wish, now: int) -> Booking:
        try:
            return BookingService.create_booking(self, wish, now)
        except Refused as refusal:
            if refusal.cause != "slot_not_offered" or (wish.host, wish.start) not in self._canceled():
                raise
            return self._sold_again(wish)

    def _canceled(self) -> set[tuple[str | None, int]]:
        known: set[tuple[str | None, int]] = self.__dict__.setdefault("_seats_canceled", set())
        return known


class RefusesFullParties(BookingService):
    """A party that takes all seats of a slot is told that it is too large."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        service = wish.organization.bookable_service(wish.service)
        if wish.party_size == service.calendar.seats > 1:
            raise Refused("party_too_large")
        return super().create_booking(wish, now)


class RefusesWhatWasCanceled(BookingService):
    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        canceled = super().cancel_booking(booking_id, now)
        self.__dict__.setdefault("_gone", set()).add((canceled.host, canceled.start))
        return canceled

    def create_booking(self, wish: Wish, now: int) -> Booking:
        if (wish.host, wish.start) in self.__dict__.get("_gone", ()):
            raise Refused("slot_not_offered")
        return super().create_booking(wish, now)


MUTANTS = (
    Mutant(
        "taken-slot-sold-without-host",
        "bookings.seat_sold_once",
        "A slot that is taken is booked again for who names no host.",
        lambda parts: replace(parts, bookings=SellsAgainWithoutHost),
    ),
    Mutant(
        "taken-slot-sold-by-moving",
        "bookings.seat_sold_once",
        "A booking is moved to a slot that is taken, beside the one that has it.",
        lambda parts: replace(parts, bookings=MovesOntoOthers),
    ),
    Mutant(
        "canceled-seat-sold-twice",
        "bookings.seat_sold_once",
        "A seat that was canceled is sold to whoever asks, any number of times.",
        lambda parts: replace(parts, bookings=SellsCanceledSeatsTwice),
    ),
    Mutant(
        "full-party-refused",
        "availability.offered_is_bookable",
        "A party of as many as a slot has seats is refused, though the slot is offered to it.",
        lambda parts: replace(parts, bookings=RefusesFullParties),
    ),
    Mutant(
        "canceled-slot-refused",
        "availability.offered_is_bookable",
        "A slot that was canceled is offered again, and refused to who books it.",
        lambda parts: replace(parts, bookings=RefusesWhatWasCanceled),
    ),
)
