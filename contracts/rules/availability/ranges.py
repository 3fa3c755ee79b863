"""Which moments availability answers for: those of the range that is asked for, from now until bookings close."""

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.harness.settings import DAY, HOUR
from contracts.harness.slots import instant, slots_of
from contracts.outcome import NotRunError
from contracts.rules.availability.availability import offered, served, told
from contracts.rules.rule import not_by_chance, rule

PAST_DAYS = 7  # how far back it is looked for slots: businesses close for a day or two
MARGIN = 5  # seconds between the server's Date and the moment by which it chose the slots


@rule(
    "errors.400.range_too_long",
    "Slots of too long a range are refused",
    builds_on=[served],
    requests=1 + SETUP,
)
def range_too_long(check: Check) -> None:
    """Where it is not refused, it has the slots of as much of it as may be asked for."""
    days, now = check.contract.rule("availability.max_range_days"), check.now()
    answer = check.expect_refused(_asked(check, now, 2 * days * DAY), "range_too_long")
    if "range_too_long" not in check.contract.refusals:
        for slot in slots_of(answer):
            within = slot.start < now + check.contract.longest_range
            check.expect(within, f"the slots of the first {days} days", f"offered {told(slot)}", answer)


@rule(
    "availability.max_range_days",
    "A range may be exactly so long",
    builds_on=[range_too_long],
    requests=2 + SETUP,
)
def max_range_days(check: Check) -> None:
    days, now = check.contract.rule("availability.max_range_days"), check.now()
    check.expect_served(_asked(check, now, days * DAY))
    if "range_too_long" not in check.contract.refusals:
        return
    over = _asked(check, now, check.contract.longest_range + 1)
    check.expect_refusal(over, f"a range of more than {days} days to be refused")


@rule(
    "availability.range_slack",
    "A month in which clocks are put back may be asked for as a whole",
    builds_on=[max_range_days],
    requests=1 + SETUP,
)
def range_slack(check: Check) -> None:
    check.expect_served(_asked(check, check.now(), check.contract.longest_range))


@rule(
    "errors.400.range_reversed",
    "A range that ends at or before its start is refused",
    builds_on=[served],
    requests=2 + SETUP,
)
def range_reversed(check: Check) -> None:
    now = check.now()
    check.expect_refused(_asked(check, now + DAY, -HOUR), "range_reversed")
    check.expect_refused(_asked(check, now + DAY, 0), "range_reversed")


@rule(
    "availability.range_half_open",
    "A range holds its first moment, and not its last",
    builds_on=[served],
    requests=6 + SETUP,
)
@not_by_chance
def range_half_open(check: Check) -> None:
    first = offered(check)[0].start
    now_offered = check.offers.slots(first - HOUR, first + DAY)
    if not now_offered:
        raise NotRunError(f"nothing is offered on the day from {instant(first)} on")
    slot = check.fakes.choice(now_offered)
    inside = check.offers.slots(slot.start, slot.start + HOUR)
    check.expect(
        slot.start in {one.start for one in inside},
        f"the slot at {instant(slot.start)} in the range that begins then",
        "left it out",
    )
    outside = check.offers.slots(slot.start - HOUR, slot.start)
    check.expect(
        slot.start not in {one.start for one in outside},
        f"no slot at {instant(slot.start)} in the range that ends then",
        "offered it",
    )


@rule("availability.none", "Where there is no slot, the list is empty", builds_on=[served], requests=1 + SETUP)
def none(check: Check) -> None:
    slot = offered(check)[0]
    answer = _asked(check, slot.start + 1, 1)
    check.expect_served(answer)
    found = answer.member("slots")
    if found:
        raise NotRunError("the server offers slots that begin at odd seconds")
    check.expect(found == [], 'an empty list of slots: {"slots": []}', str(answer), answer)


@rule("availability.past_slots", "No slot in the past is offered", builds_on=[served], requests=1 + SETUP)
def past_slots(check: Check) -> None:
    answer = _asked(check, check.now() - PAST_DAYS * DAY, PAST_DAYS * DAY + HOUR)
    now = answer.date if answer.date is not None else check.now()
    for slot in slots_of(check.need_served(answer)):
        check.expect(
            slot.start > now - MARGIN, f"no slot that has begun at {instant(now)}", f"offered {told(slot)}", answer
        )


@rule(
    "availability.beyond_window",
    "No slot beyond the booking window is offered",
    builds_on=[served],
    requests=1 + SETUP,
)
def beyond_window(check: Check) -> None:
    window = check.settings.window
    answer = _asked(check, check.now() + window - DAY, PAST_DAYS * DAY)
    now = answer.date if answer.date is not None else check.now()
    for slot in slots_of(check.need_served(answer)):
        check.expect(
            slot.start <= now + window + MARGIN,
            f"no slot more than {window // DAY} days after {instant(now)}",
            f"offered {told(slot)}",
            answer,
        )


def _asked(check: Check, start: int, length: int) -> Answer:
    return check.call("getAvailability", query=check.offers.query(start, start + length))
