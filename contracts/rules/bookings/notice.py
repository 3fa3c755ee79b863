"""Until when a booking may be changed: as time passes, by its present start and its service's notice."""

from collections.abc import Callable

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import SURVEY, TRIES
from contracts.harness.fixtures import listed
from contracts.harness.settings import HOUR, Settings
from contracts.harness.slots import Slot, instant
from contracts.outcome import NotRunError
from contracts.rules.bookings.cancellation import cancel_body
from contracts.rules.bookings.rescheduling import only_times, same_time
from contracts.rules.rule import WRITES, Need, rule

MOVING = WRITES | {Need.CONTROL}
MARGIN = 120  # seconds on either side of the moment from which a booking may not be changed


@rule(
    "errors.422.inside_notice_period",
    "A booking is canceled before its service's notice period, and not inside",
    needs=MOVING,
    builds_on=[cancel_body],
    requests=2 + TRIES + SURVEY,
)
def inside_notice_period(check: Check) -> None:
    service, booking = _booking_with(check, lambda one: one.notice > MARGIN)
    begins = booking.slot.start - service.notice
    with check.steering.moved(begins - MARGIN - check.now()):
        check.expect_success(_cancel(check, booking))
    with check.steering.moved(begins + MARGIN - check.now()):
        check.expect_refused(_cancel(check, booking), "inside_notice_period")


@rule(
    "errors.422.inside_notice_period",
    "A booking is not moved inside its service's notice period",
    needs=MOVING,
    builds_on=[same_time],
    requests=1 + TRIES + SURVEY,
)
def not_moved_inside(check: Check) -> None:
    """To where it is, if that may be: then nothing else forbids it."""
    service, booking = _booking_with(check, lambda one: one.notice > MARGIN)
    where = booking.slot
    if "same_time" in check.contract.refusals:
        where = _offered_after(check, service, booking.slot.end + service.notice)
    with check.steering.moved(booking.slot.start - service.notice + MARGIN - check.now()):
        check.expect_refused(check.bookings.reschedule(booking, where), "inside_notice_period")


@rule(
    "errors.422.already_begun",
    "A booking that has begun is not canceled or moved",
    needs=MOVING,
    builds_on=[cancel_body, only_times],
    requests=2 + TRIES + SURVEY,
)
def already_begun(check: Check) -> None:
    least = min(one.notice for one in listed(check) if check.offers.offered(one.slug))
    service, booking = _booking_with(check, lambda one: one.notice == least)
    later = _offered_after(check, service, booking.slot.end + service.notice + 2 * MARGIN)
    with check.steering.moved(booking.slot.start + MARGIN - check.now()):
        check.expect_refused(check.bookings.reschedule(booking, later), "already_begun")
        check.expect_refused(_cancel(check, booking), "already_begun")


@rule(
    "bookings.notice_of_old_start",
    "Whether a booking may be moved depends on when it is, not on when it would be",
    needs=MOVING,
    builds_on=[not_moved_inside],
    requests=3 + 2 * TRIES + SURVEY,
)
def notice_of_old_start(check: Check) -> None:
    service, booking = _booking_with(check, lambda one: one.notice > MARGIN)
    near = booking.slot.start - service.notice + MARGIN
    later = _offered_after(check, service, near + service.notice + HOUR)
    with check.steering.moved(near - check.now()):
        check.expect_refused(check.bookings.reschedule(booking, later), "inside_notice_period")


@rule(
    "bookings.notice_of_old_start",
    "A booking may be moved to a time that is nearer than its service's notice",
    needs=MOVING,
    builds_on=[only_times],
    requests=1 + TRIES + SURVEY,
)
def nearer_than_notice(check: Check) -> None:
    service = _service_with(check, lambda one: one.notice > MARGIN)
    near = _early_slot(check, service)
    late = near.end + service.notice + HOUR
    booking = check.bookings.book(
        slot=check.offers.free_slot(service=service.slug, where=lambda slot: slot.start > late), service=service.slug
    )
    with check.steering.moved(near.start - service.notice // 2 - check.now()):
        answer = check.bookings.reschedule(booking, near)
        if answer.status == check.contract.errors["slot_not_offered"].status:
            raise NotRunError("the slot was taken by others")
        check.expect(
            answer.status < 400,
            f"a booking that is far enough ahead to be moved to {instant(near.start)}",
            str(answer),
            answer,
        )


def _service_with(check: Check, wanted: Callable[[Settings], bool]) -> Settings:
    for one in listed(check):
        if check.offers.offered(one.slug) and wanted(one):
            return one
    raise NotRunError("no listed service has a notice period (cancellation_policy.noticeHours)")


def _booking_with(check: Check, wanted: Callable[[Settings], bool]) -> tuple[Settings, Booking]:
    service = _service_with(check, wanted)
    return service, check.bookings.book(slot=_early_slot(check, service), service=service.slug)


def _early_slot(check: Check, service: Settings) -> Slot:
    """Among the first half of what is offered, so that others come after it."""
    offered = check.offers.offered(service.slug)
    middle = offered[len(offered) // 2].start
    return check.offers.free_slot(service=service.slug, where=lambda slot: slot.start <= middle)


def _offered_after(check: Check, service: Settings, moment: int) -> Slot:
    return check.offers.free_slot(service=service.slug, where=lambda slot: slot.start > moment)


def _cancel(check: Check, booking: Booking) -> Answer:
    """Without a word in the ledger: the booking will be there again when time has been put back."""
    return check.call("cancelBooking", query={"contact": booking.contact}, confirmation_number=booking.number)
