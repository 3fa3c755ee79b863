"""Numbers that are found by asking, a few questions each: how long a range, a body, the life of a key, a page is."""

from collections.abc import Callable, Iterator, Mapping

from contracts.harness.check import Check
from contracts.harness.settings import DAY
from contracts.outcome import NotRunError
from contracts.rules.http.http import sent
from contracts.rules.idempotency.idempotency import repeat
from contracts.rules.platform.platform import items_of, make_listed, most, unasked
from contracts.spec.contract import Contract
from contracts.spec.observed import Observed, json_path
from contracts.spec.provenance import provenance_of, stated_in

MOST = 64  # times the contract's number: what is longer is taken for boundless
MINUTE = 60
RECENT = 600  # seconds: no server has forgotten an idempotency key by then


def longest_range(check: Check, contract: Contract) -> Iterator[Observed]:
    now = check.now()

    def is_refused(days: int) -> bool:
        return check.call("getAvailability", query=check.offers.query(now, now + days * DAY)).status >= 400

    yield from _ruled(contract, "availability.max_range_days", is_refused, "days")


def longest_body(check: Check, contract: Contract) -> Iterator[Observed]:
    refusals = contract.statuses_of("payload_too_large")
    yield from _ruled(contract, "http.max_body_bytes", lambda length: sent(check, length).status in refusals, "bytes")


def lifetime(check: Check, contract: Contract) -> Iterator[Observed]:
    """Of an Idempotency-Key; in whole minutes where it is hardly more or less."""
    check.bookings.renew(RECENT)
    booking, stated = check.bookings.shared(), contract.idempotency.lifetime

    def is_over(seconds: int) -> bool:
        passed = check.target.clock.now - booking.answer.received
        with check.steering.moved(int(seconds - passed)):
            return repeat(check, booking).text("booking", "confirmation_number") != booking.number

    kept = boundary(is_over, stated)
    whole = round(kept / MINUTE) * MINUTE
    seconds = whole if whole and abs(whole - kept) <= 2 else kept
    action = {"target": "$['x-idempotency']", "update": {"lifetime": seconds}}
    yield Observed("idempotency.lifetime", f"{seconds} s", [action])


def page(check: Check, contract: Contract) -> Iterator[Observed]:
    """Bookings in one for which no `limit` is asked."""
    count = 0
    for listed in unasked(check) + 1, most(check):
        make_listed(check, listed)
        answer = check.need_served(check.call("listBookings"))
        count = len(items_of(answer))
        if answer.member("next_cursor"):
            break
    else:
        raise NotRunError(f"all {count} bookings are in one page")
    for path, node in stated_in(contract.document):
        if provenance_of(node).id == "platform.limit":
            action = {"target": json_path((*path, "schema")), "update": {"default": count}}
            yield Observed("platform.limit", f"{count} bookings in a page", [action])


Find = Callable[[Check, Contract], Iterator[Observed]]
NUMBERS: Mapping[str, Find] = {
    "availability.max_range_days": longest_range,
    "errors.400.range_too_long": longest_range,
    "http.max_body_bytes": longest_body,
    "errors.413.body": longest_body,
    "idempotency.lifetime": lifetime,
    "platform.limit": page,
}
"""By the statement that does not hold where the number is another."""


def boundary(is_beyond: Callable[[int], bool], around: int) -> int:
    """The last whole number that is not beyond, from 1 on; about 2 · log2 of it questions.

    Raises NotRunError where everything is beyond, or nothing up to MOST times the number it is looked for `around`.
    """
    low, high = 1, around
    if is_beyond(low):
        raise NotRunError(f"{low} is too much already")
    while not is_beyond(high):
        low, high = high, 2 * high
        if high > MOST * around:
            raise NotRunError(f"{low} is not too much, and more is not tried")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return low


def _ruled(contract: Contract, rule: str, is_beyond: Callable[[int], bool], unit: str) -> Iterator[Observed]:
    value = boundary(is_beyond, contract.rule(rule))
    stated = provenance_of(contract.document["x-rules"][rule]).id
    yield Observed(stated, f"{value} {unit}", [{"target": json_path(("x-rules", rule)), "update": {"value": value}}])
