"""Why a booking is not made although its body is right: its time, its party, and which reason comes first."""

from itertools import pairwise
from operator import eq
from typing import Any

from contracts.harness.beside import booked_beside, overlaps
from contracts.harness.check import Check
from contracts.harness.costs import MOST, SETUP, SURVEY, TAKEN, TRIES
from contracts.harness.fixtures import pending, taken, with_seats
from contracts.harness.settings import DAY, HOUR, MINUTE
from contracts.harness.slots import instant
from contracts.outcome import NotRunError
from contracts.rules.availability.seats import PAIR
from contracts.rules.bookings.bookings import optional_members
from contracts.rules.bookings.self_service import lookup
from contracts.rules.rule import WRITES, rule

# What each part of `bookings.precedence` is refused for.
CAUSES = {
    "service": "unknown_service",
    "duration": "wrong_duration",
    "host_or_team": "unknown_host",
    "past": "start_in_past",
    "window": "beyond_booking_window",
    "slot": "slot_not_offered",
}


@rule(
    "errors.400.wrong_duration",
    "A booking is exactly as long as its service takes",
    needs=WRITES,
    builds_on=[optional_members],
    requests=2 + SETUP,
)
def wrong_duration(check: Check) -> None:
    for more in 60, -60:
        slot = check.offers.spare_slot()
        answer = check.bookings.create(check.bookings.body(slot, ends_at=instant(slot.end + more)))
        check.expect_refused(answer, "wrong_duration")


@rule(
    "errors.409.slot_not_offered",
    "A slot that is taken is not booked again",
    needs=WRITES,
    builds_on=[optional_members],
    requests=1 + TAKEN + SETUP,
)
def taken_slot(check: Check) -> None:
    check.expect_refused(check.bookings.create(check.bookings.body(taken(check))), "slot_not_offered")


@rule(
    "errors.409.slot_not_offered",
    "What overlaps a booking is not booked",
    needs=WRITES,
    builds_on=[optional_members],
    requests=1 + PAIR,
)
def overlapping_slot(check: Check) -> None:
    pair, before, after = booked_beside(check, eq, overlaps, "are of one service and overlap")
    blocked = [slot for slot in before if slot not in after]
    if not blocked:
        raise NotRunError("slots that overlap a booking are offered still")
    body = check.bookings.body(blocked[0], service=pair.other.slug)
    check.expect_refused(check.bookings.create(body), "slot_not_offered")


@rule(
    "errors.409.not_a_slot",
    "A start at which no slot begins is not booked",
    needs=WRITES,
    builds_on=[optional_members],
    requests=1 + SETUP,
)
def not_a_slot(check: Check) -> None:
    slot, between = check.offers.spare_slot(), check.settings.interval // 2
    if between < MINUTE:
        raise NotRunError("slots begin every minute")
    times = {"starts_at": instant(slot.start + between), "ends_at": instant(slot.end + between)}
    check.expect_refused(check.bookings.create(check.bookings.body(slot, **times)), "not_a_slot")


@rule(
    "errors.409.party_too_large",
    "A party larger than a slot has seats is refused",
    needs=WRITES,
    builds_on=[optional_members],
    requests=1 + SETUP,
)
def party_too_large(check: Check) -> None:
    body = check.bookings.body(check.offers.spare_slot(), party_size=check.settings.seats + 1)
    check.expect_refused(check.bookings.create(body), "party_too_large")


@rule(
    "errors.409.party_too_large",
    "A party larger than what is left of a slot is refused",
    needs=WRITES,
    builds_on=[optional_members],
    requests=2 + SURVEY,
)
def party_larger_than_the_rest(check: Check) -> None:
    service, slot = with_seats(check)
    check.bookings.book(slot=slot, service=service.slug)
    body = check.bookings.body(slot, service=service.slug, party_size=service.seats)
    check.expect_refused(check.bookings.create(body), "party_too_large")


@rule(
    "errors.422.start_in_past",
    "A start in the past is refused",
    needs=WRITES,
    builds_on=[optional_members],
    requests=2 + SETUP,
)
def start_in_past(check: Check) -> None:
    check.expect_refused(check.bookings.create(_body(check, "past")), "start_in_past")


@rule(
    "errors.422.beyond_booking_window",
    "A start beyond the booking window is refused",
    needs=WRITES,
    builds_on=[optional_members],
    requests=2 + SETUP,
)
def beyond_booking_window(check: Check) -> None:
    check.expect_refused(check.bookings.create(_body(check, "window")), "beyond_booking_window")


@rule(
    "errors.422.beyond_booking_window",
    "The booking window is as long as the service says",
    needs=WRITES,
    builds_on=[beyond_booking_window, not_a_slot],
    requests=1 + SETUP,
)
def window_in_full(check: Check) -> None:
    """Whether or not there is a slot at that moment, if the two are refused with different statuses."""
    beyond = check.contract.errors["beyond_booking_window"].status
    if beyond in check.contract.statuses_of("slot_not_offered", "not_a_slot"):
        raise NotRunError(f"{beyond} is what a slot that is not offered is refused with, too")
    slot, start = check.offers.spare_slot(), check.now() + check.settings.window - HOUR
    times = {"starts_at": instant(start), "ends_at": instant(start + slot.end - slot.start)}
    answer = check.bookings.create(check.bookings.body(slot, **times))
    check.expect(answer.status != beyond, f"{times['starts_at']} to lie within the booking window", str(answer), answer)


@rule(
    "bookings.precedence",
    "Of several reasons for a refusal the first counts",
    needs=WRITES,
    builds_on=[optional_members],
    requests=2 * len(CAUSES) + SETUP,
)
def precedence(check: Check) -> None:
    order = [name for name in check.contract.rule("bookings.precedence") if name in CAUSES]
    for first, second in pairwise(order):
        status, other = (check.contract.errors[CAUSES[name]].status for name in (first, second))
        if status == other or {first, second} == {"past", "window"}:
            continue
        answer = check.bookings.create(_body(check, first, second))
        if answer.status != other:
            continue  # refused for the first reason, or in a way that is another rule's to judge
        alone = check.bookings.create(_body(check, first))
        check.expect(
            alone.status != status,
            f"{status}: {first} is judged before {second}",
            str(answer),
            answer,
        )


@rule(
    "bookings.pending",
    "A pending booking stays pending until staff confirm it",
    needs=WRITES,
    builds_on=[lookup],
    requests=1 + MOST * TRIES + SURVEY,
)
def pending_stays(check: Check) -> None:
    booking = pending(check)
    found = check.need_served(check.bookings.lookup(booking))
    check.expect_member(found, "pending", "booking", "status")


def _body(check: Check, *wrong: str) -> dict[str, Any]:
    """Of a creation that has just these parts of `bookings.precedence` against it."""
    slot, now, window = check.offers.spare_slot(), check.now(), check.settings.window
    start, length = slot.start, slot.end - slot.start
    if "past" in wrong:
        start -= ((slot.start - now) // DAY + 2) * DAY
    elif "window" in wrong:
        start += ((now + window + HOUR - slot.start) // DAY + 1) * DAY
    elif "slot" in wrong:
        slot = taken(check)
        start = slot.start
    changes: dict[str, Any] = {
        "starts_at": instant(start),
        "ends_at": instant(start + length + (60 if "duration" in wrong else 0)),
    }
    if "service" in wrong:
        changes["service_slug"] = check.fakes.slug()
    if "host_or_team" in wrong:
        changes["host_id"] = check.fakes.slug()
    return check.bookings.body(slot, **changes)
