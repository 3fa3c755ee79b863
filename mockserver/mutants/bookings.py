"""Bookings that do not become what they should, or that should not have become any."""

from dataclasses import replace

import orjson

from mockserver.application.availability import Availability, Search
from mockserver.application.bookings import DAY, BookingService, Wish
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.slots import Slot
from mockserver.mutants.amended import answered, ruled
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.seats import SeesEachBooking
from mockserver.ports import Work
from mockserver.web.api.exchange import Reply
from mockserver.web.api.self_service import SelfServiceApi


class KeepsCanceledSeats(SeesEachBooking):
    def _seen(self, booking: Booking) -> Booking:
        return booking


class CancelsTwice(BookingService):
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


class MakesLongerIds(BookingService):
    def _new_id(self, work: Work) -> str:
        return super()._new_id(work) + "0"


class ConfirmsByItself(BookingService):
    """As soon as the booking has been answered."""

    def create_booking(self, wish: Wish, now: int) -> Booking:
        with self._state.work() as work:
            booking = super().create_booking(wish, now)
            work.bookings.save(booking.confirm())
        return booking


class KnowsItsOwnDuration(BookingService):
    def create_booking(self, wish: Wish, now: int) -> Booking:
        service = wish.organization.bookable_service(wish.service)
        return super().create_booking(wish._replace(end=wish.start + service.calendar.duration * 60), now)


class LooksForHostsFirst(BookingService):
    def create_booking(self, wish: Wish, now: int) -> Booking:
        self._wanted_hosts(wish.organization, wish.organization.bookable_service(wish.service), wish)
        return super().create_booking(wish, now)


class LooksAtTheClockFirst(BookingService):
    def create_booking(self, wish: Wish, now: int) -> Booking:
        wish.organization.bookable_service(wish.service)
        if wish.start <= now:
            raise Refused("start_in_past", moment="start")
        return super().create_booking(wish, now)


class BooksThePast(BookingService):
    def create_booking(self, wish: Wish, now: int) -> Booking:
        return super().create_booking(wish, min(now, wish.start - 1))


class BooksBeyondTheWindow(BookingService):
    def create_booking(self, wish: Wish, now: int) -> Booking:
        service = wish.organization.bookable_service(wish.service)
        return super().create_booking(wish, max(now, wish.start - service.calendar.booking_window_days * DAY))


class BooksEveryTime(Availability):
    """Taken or not, open or not."""

    def take(self, search: Search, start: int) -> Slot:
        try:
            return super().take(search, start)
        except Refused as refusal:
            if refusal.cause != "slot_not_offered" or not search.hosts:
                raise
            calendar = search.service.calendar
            return Slot(start, start + calendar.duration * 60, min(search.hosts), calendar.seats, 0)


class SqueezesIn(Availability):
    def take(self, search: Search, start: int) -> Slot:
        return super().take(search._replace(party_size=1), start)


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
        lambda parts: replace(parts, bookings=CancelsTwice),
    ),
    Mutant(
        "status-cancelled",
        "bookings.status",
        "Lookup and cancel spell the status of a canceled booking `cancelled`.",
        lambda parts: replace(parts, self_service=SpellsWithTwoLs),
    ),
    Mutant(
        "id-one-longer",
        "bookings.id_form",
        "The ids of bookings have ten characters behind `book_`.",
        lambda parts: replace(parts, bookings=MakesLongerIds),
    ),
    Mutant(
        "pending-confirms-itself",
        "bookings.pending",
        "A booking that is answered as pending is confirmed without the staff's word.",
        lambda parts: replace(parts, bookings=ConfirmsByItself),
    ),
    Mutant(
        "duration-unchecked",
        "errors.400.wrong_duration",
        "A booking ends when its service does, whatever ends_at says.",
        lambda parts: replace(parts, bookings=KnowsItsOwnDuration),
    ),
    Mutant(
        "duration-unprocessable",
        "errors.400.wrong_duration",
        "A wrong duration is 422, not 400.",
        answered("wrong_duration", status=422, type="unprocessable"),
    ),
    Mutant(
        "host-before-duration",
        "bookings.precedence",
        "An unknown host is told before a wrong duration.",
        lambda parts: replace(parts, bookings=LooksForHostsFirst),
    ),
    Mutant(
        "past-before-duration",
        "bookings.precedence",
        "That a start is in the past is told before all but an unknown service.",
        lambda parts: replace(parts, bookings=LooksAtTheClockFirst),
    ),
    Mutant(
        "past-booked",
        "errors.422.start_in_past",
        "A slot in the past can be booked.",
        lambda parts: replace(parts, bookings=BooksThePast),
    ),
    Mutant(
        "past-invalid",
        "errors.422.start_in_past",
        "A start in the past is 400, not 422.",
        answered("start_in_past", status=400, type="validation_error"),
    ),
    Mutant(
        "beyond-window-booked",
        "errors.422.beyond_booking_window",
        "A slot beyond the booking window can be booked.",
        lambda parts: replace(parts, bookings=BooksBeyondTheWindow),
    ),
    Mutant(
        "beyond-window-conflict",
        "errors.422.beyond_booking_window",
        "A start beyond the booking window is 409, not 422.",
        answered("beyond_booking_window", status=409, type="conflict"),
    ),
    Mutant(
        "slot-booked-twice",
        "errors.409.slot_not_offered",
        "What is taken, or not offered at all, is booked all the same.",
        lambda parts: replace(parts, availability=BooksEveryTime),
    ),
    Mutant(
        "taken-slot-unprocessable",
        "errors.409.slot_not_offered",
        "A slot that is taken is 422, not 409.",
        answered("slot_not_offered", status=422, type="unprocessable"),
    ),
    Mutant(
        "seats-overbooked",
        "errors.409.party_too_large",
        "A party is booked into a slot that has fewer free seats.",
        lambda parts: replace(parts, availability=SqueezesIn),
    ),
    Mutant(
        "large-party-invalid",
        "errors.409.party_too_large",
        "A party larger than the free seats is 400, not 409.",
        answered("party_too_large", status=400, type="validation_error"),
    ),
    Mutant(
        "no-slot-unprocessable",
        "errors.409.not_a_slot",
        "A start at which no slot begins is 422, not 409.",
        answered("not_a_slot", status=422, type="unprocessable"),
    ),
    Mutant(
        "invite-elsewhere",
        "bookings.ics_host",
        "Calendar invites are on another host.",
        ruled("bookings.ics_host", "https://calendar.example.com"),
    ),
)
