"""Mutants that no load may overlook."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from mockserver.application.availability import Availability
from mockserver.application.bookings import BookingService, Wish
from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.bookings import Booking, Occupied
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.limits.algorithms import Policy
from mockserver.mutants import MUTANTS, Mutant
from mockserver.ports import Outcome
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.rate_limits import RateLimits


class SellsTwice(Availability):
    def _occupied(
        self, organization: Organization, hosts: Sequence[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        return {}


class BooksTwice(BookingService):
    def create_booking(self, wish: Wish, now: int) -> Booking:
        with suppress(Refused):  # where there is but one seat
            super().create_booking(wish, now)
        return super().create_booking(wish, now)


class Forgets(BookingService):
    def find_booking(self, confirmation_number: str) -> Booking:
        booking = super().find_booking(confirmation_number)
        if booking.id < "book_i":
            raise Refused("unknown_booking")
        return booking


class SaysItCanceled(BookingService):
    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        _, service = self.offer_of(booking := self.find_booking(booking_id))
        return booking.cancel(service.calendar.cancellation, now)


class ForgetsKeys(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        with self._state.work() as work:
            work.replays.delete(scope, key)
        return super().claim(scope, key, fingerprint, now)


class OneCounterForAllClients(RateLimits):
    def _subject(self, exchange: Exchange, policy: Policy) -> str:
        return "everybody" if policy.scope == "client" else super()._subject(exchange, policy)


BROKEN = (
    Mutant("sells-twice", "x", "Seats are sold again.", lambda parts: replace(parts, availability=SellsTwice)),
    Mutant("books-twice", "x", "A booking is made twice.", lambda parts: replace(parts, bookings=BooksTwice)),
    Mutant("forgets-bookings", "x", "Bookings get lost.", lambda parts: replace(parts, bookings=Forgets)),
    Mutant("keeps-canceled", "x", "Nothing is canceled.", lambda parts: replace(parts, bookings=SaysItCanceled)),
    Mutant("forgets-keys", "x", "A retry is a new request.", lambda parts: replace(parts, idempotency=ForgetsKeys)),
    Mutant(
        "clients-share-a-counter",
        "x",
        "What one client uses, others lack.",
        lambda parts: replace(parts, rate_limits=OneCounterForAllClients),
    ),
)


def break_mocks() -> None:
    """From then on `kordkit mock --mutant` knows them, in this process."""
    MUTANTS.update((mutant.name, mutant) for mutant in BROKEN)  # type: ignore[attr-defined]
