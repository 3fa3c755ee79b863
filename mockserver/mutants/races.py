"""What goes wrong only where two threads do something at the same time: whoever comes from the other is not minded."""

from dataclasses import replace
from threading import get_ident
from typing import Any

from mockserver.application.bookings import BookingService, Wish
from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.selling import MovesOntoOthers, SellsAgainWithoutHost
from mockserver.ports import Outcome


class Threads(dict[Any, int]):
    """By what was done the thread that did it first."""

    def another(self, deed: Any) -> bool:
        return self.setdefault(deed, get_ident()) != get_ident()


class SellsToEachThread(SellsAgainWithoutHost):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._sellers = Threads()

    def create_booking(self, wish: Wish, now: int) -> Booking:
        another = self._sellers.another((wish.host, wish.start))
        try:
            return BookingService.create_booking(self, wish, now)
        except Refused as refusal:
            if refusal.cause != "slot_not_offered" or not another:
                raise
            return self._sold_again(wish)


class MovesForEachThread(MovesOntoOthers):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._movers = Threads()

    def reschedule_booking(self, booking_id: str, start: int, *more: Any) -> Booking:
        base = MovesOntoOthers if self._movers.another(start) else BookingService
        return base.reschedule_booking(self, booking_id, start, *more)


class MovesWhatIsCanceled(BookingService):
    """Who moves a booking that another thread cancels has the last word."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._changed = Threads()

    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        before = self.find_booking(booking_id)
        canceled = super().cancel_booking(booking_id, now)
        if self._changed.another(booking_id):
            with self._state.work() as work:
                work.bookings.save(before)
        return canceled

    def reschedule_booking(self, booking_id: str, *more: Any) -> Booking:
        if self._changed.another(booking_id):
            with self._state.work() as work:
                work.bookings.save(self.find_booking(booking_id)._replace(status="confirmed"))
        return super().reschedule_booking(booking_id, *more)


class CancelsForEachThread(BookingService):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._cancelers = Threads()

    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        if self._cancelers.another(booking_id):
            return self.find_booking(booking_id)
        return super().cancel_booking(booking_id, now)


class ClaimsForEachThread(Idempotency):
    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._claimers = Threads()

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        if self._claimers.another((scope, key)):
            key += f"-{get_ident()}"
        return super().claim(scope, key, fingerprint, now)


MUTANTS = (
    Mutant(
        "last-seat-sold-to-each-thread",
        "bookings.seat_sold_once",
        "Creations at the same time are sold the same seat.",
        lambda parts: replace(parts, bookings=SellsToEachThread),
    ),
    Mutant(
        "last-seat-moved-to-by-each-thread",
        "bookings.seat_sold_once",
        "Bookings are moved to the same seat at the same time.",
        lambda parts: replace(parts, bookings=MovesForEachThread),
    ),
    Mutant(
        "moved-while-canceled",
        "bookings.cancel_is_final",
        "A booking that is moved while it is canceled is not canceled.",
        lambda parts: replace(parts, bookings=MovesWhatIsCanceled),
    ),
    Mutant(
        "canceled-by-each-thread",
        "errors.422.already_canceled",
        "Cancellations of one booking at the same time all succeed.",
        lambda parts: replace(parts, bookings=CancelsForEachThread),
    ),
    Mutant(
        "key-claimed-by-each-thread",
        "idempotency",
        "Creations at the same time with one Idempotency-Key make a booking each.",
        lambda parts: replace(parts, idempotency=ClaimsForEachThread),
    ),
)
