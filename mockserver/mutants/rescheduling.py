"""Bookings that are moved as they should not be."""

from collections.abc import Sequence
from dataclasses import replace

from mockserver.application.availability import Availability, Search
from mockserver.application.bookings import BookingService
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.slots import Slot, Slots
from mockserver.mutants.mutant import Mutant


class RevivesCanceled(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        with self._state.work() as work:
            booking = self.find_booking(booking_id)
            if not booking.active:
                work.bookings.save(booking._replace(status="confirmed"))
        return super().reschedule_booking(booking_id, start, end, timezone, notes, now)


class KeepsTheTimezone(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        return super().reschedule_booking(booking_id, start, end, None, notes, now)


class LetsGoBeforeItHolds(BookingService):
    """Cancels, then books anew: where that fails, the booking is gone."""

    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        try:
            return super().reschedule_booking(booking_id, start, end, timezone, notes, now)
        except Refused as refusal:
            if refusal.cause == "slot_not_offered":
                self.cancel_by_staff(booking_id)
            raise


class KeepsTheOldSlot(BookingService):
    """Whoever moves a booking leaves one behind."""

    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        with self._state.work() as work:
            old = self.find_booking(booking_id)
            moved = super().reschedule_booking(booking_id, start, end, timezone, notes, now)
            if moved.start != old.start:
                work.bookings.save(old._replace(id=self._new_id(work)))
        return moved


class WantsAnotherTime(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        booking = self.find_booking(booking_id)
        if booking.active and booking.start == start and booking.end == end:
            raise Refused("slot_not_offered")
        return super().reschedule_booking(booking_id, start, end, timezone, notes, now)


class StandsInItsOwnWay(Availability):
    """But for the very time that it has."""

    def slots(self, search: Search, first: int, last: int) -> Slots:
        found = super().slots(search, first, last)
        moving = search.moving
        if moving is None:
            return found
        free = super().slots(search._replace(moving=None), first, last).by_start
        kept = {start: takers for start, takers in found.by_start.items() if start in free or start == moving.start}
        return replace(found, by_start=kept)


class ChoosesAHostAnew(Availability):
    def _kept(self, search: Search, fitting: Sequence[Slot]) -> Slot | None:
        return None


class ConfirmsWhatMoves(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        with self._state.work() as work:
            moved = super().reschedule_booking(booking_id, start, end, timezone, notes, now).confirm()
            work.bookings.save(moved)
        return moved


class AsksNoticeOfTheNewStart(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        booking = self.find_booking(booking_id)
        _, service = self.offer_of(booking)
        notice = int(service.calendar.cancellation.notice_hours * 3600)
        if booking.active and now < booking.start < now + notice <= start:
            now = booking.start - notice
        return super().reschedule_booking(booking_id, start, end, timezone, notes, now)


class AsksNoticeOfBothStarts(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        booking = self.find_booking(booking_id)
        _, service = self.offer_of(booking)
        if start > now:
            booking.require_change_allowed(service.calendar.cancellation, now)
            booking._replace(start=start).require_change_allowed(service.calendar.cancellation, now)
        return super().reschedule_booking(booking_id, start, end, timezone, notes, now)


class MovesWithoutNotice(BookingService):
    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        try:
            return super().reschedule_booking(booking_id, start, end, timezone, notes, now)
        except Refused as refusal:
            if refusal.cause != "inside_notice_period" or start <= now:
                raise
            booking = self.find_booking(booking_id)
            _, service = self.offer_of(booking)
            in_time = booking.start - int(service.calendar.cancellation.notice_hours * 3600)
            return super().reschedule_booking(booking_id, start, end, timezone, notes, in_time)


MUTANTS = (
    Mutant(
        "canceled-booking-revived",
        "bookings.cancel_is_final",
        "A canceled booking that is moved is confirmed again.",
        lambda parts: replace(parts, bookings=RevivesCanceled),
    ),
    Mutant(
        "reschedule-keeps-timezone",
        "bookings.reschedule_body",
        "The time zone that a booking is moved with is overlooked.",
        lambda parts: replace(parts, bookings=KeepsTheTimezone),
    ),
    Mutant(
        "failed-reschedule-cancels",
        "bookings.reschedule_in_one_step",
        "A booking that could not be moved is canceled.",
        lambda parts: replace(parts, bookings=LetsGoBeforeItHolds),
    ),
    Mutant(
        "old-slot-kept",
        "bookings.reschedule_in_one_step",
        "A booking that is moved leaves its old slot taken.",
        lambda parts: replace(parts, bookings=KeepsTheOldSlot),
    ),
    Mutant(
        "same-time-refused",
        "bookings.reschedule_same_time",
        "Moving a booking to the time that it has is 409.",
        lambda parts: replace(parts, bookings=WantsAnotherTime),
    ),
    Mutant(
        "own-seats-block",
        "bookings.reschedule_own_seats",
        "A booking cannot be moved to a time that overlaps its present one.",
        lambda parts: replace(parts, availability=StandsInItsOwnWay),
    ),
    Mutant(
        "host-chosen-anew",
        "bookings.reschedule_keeps_host",
        "A booking that is moved gets a host as if it were new.",
        lambda parts: replace(parts, availability=ChoosesAHostAnew),
    ),
    Mutant(
        "moved-is-confirmed",
        "bookings.reschedule_keeps_status",
        "A pending booking is confirmed by moving it.",
        lambda parts: replace(parts, bookings=ConfirmsWhatMoves),
    ),
    Mutant(
        "notice-of-new-start",
        "bookings.notice_of_old_start",
        "A booking can be moved at the last moment, if only its new start leaves notice enough.",
        lambda parts: replace(parts, bookings=AsksNoticeOfTheNewStart),
    ),
    Mutant(
        "new-start-needs-notice",
        "bookings.notice_of_old_start",
        "A booking can be moved only to a start that leaves notice enough, too.",
        lambda parts: replace(parts, bookings=AsksNoticeOfBothStarts),
    ),
    Mutant(
        "moved-inside-notice",
        "errors.422.inside_notice_period",
        "A booking can be moved until it begins, whatever notice the service wants.",
        lambda parts: replace(parts, bookings=MovesWithoutNotice),
    ),
)
