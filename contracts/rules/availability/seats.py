"""What a booking does to the slots of its host: it takes seats of its own, and stands in the way of others."""

from collections.abc import Callable
from operator import eq, ne

from contracts.harness.beside import Beside, Pairs, Telling, booked_beside, gap, overlaps
from contracts.harness.check import Check
from contracts.harness.costs import MOST, SETUP, SURVEY, TAKEN, TRIES
from contracts.harness.fixtures import listed, offered_at, pending, seats_left, taken, with_hosts, with_seats
from contracts.harness.settings import MINUTE, Settings
from contracts.harness.slots import Slot, instant
from contracts.outcome import NotRunError
from contracts.rules.availability.availability import stated_capacity
from contracts.rules.rule import WRITES, not_by_chance, rule

PAIR = SURVEY + 2 * (TRIES + 2)  # requests to find two slots that are close together, and to book one of them


@rule(
    "availability.seats_taken_by",
    "A booking takes a seat of its slot",
    needs=WRITES,
    requests=6 + SETUP,
)
@not_by_chance
def one_seat(check: Check) -> None:
    _expect_taken(check, check.service_slug, check.offers.free_slot(), 1)


@rule(
    "availability.seats_taken_by",
    "A booking takes a seat for each of its party",
    needs=WRITES,
    requests=6 + SURVEY,
)
@not_by_chance
def seat_for_each(check: Check) -> None:
    service, slot = with_seats(check)
    _expect_taken(check, service.slug, slot, 2)


@rule(
    "availability.seats_taken_by",
    "A booking that awaits confirmation takes a seat, too",
    needs=WRITES,
    builds_on=[one_seat],
    requests=1 + MOST * TRIES + SURVEY,
)
def pending_takes_seats(check: Check) -> None:
    booking = pending(check)
    left = _left(check, booking.service, booking.slot)
    check.expect(
        left < seats_left(booking.slot),
        f"a seat less than the {seats_left(booking.slot)} free before the pending booking",
        f"offered the slot at {instant(booking.slot.start)} with {left}",
    )


@rule(
    "availability.too_few_seats",
    "A slot that is partly taken is not offered to more than the rest",
    needs=WRITES,
    builds_on=[one_seat, seat_for_each],
    requests=2 + SURVEY,
)
def no_seats_for_all(check: Check) -> None:
    service, slot = with_seats(check)
    check.bookings.book(slot=slot, service=service.slug, party_size=1)
    party = service.seats
    around = slot.start - MINUTE, slot.start + MINUTE
    listed = check.offers.listed(*around, service=service.slug, party_size=party)
    stated, found = check.contract.rule("availability.too_few_seats"), _listed(slot, listed)
    check.expect(
        found == stated,
        f"the slot to be {stated} for partySize={party}, for one of its {party} seats is taken",
        f"has the slot at {instant(slot.start)} {found}",
    )


@rule(
    "availability.full_slots",
    "A slot all of whose seats are taken is left out",
    needs=WRITES,
    builds_on=[one_seat],
    requests=1 + TAKEN + SETUP,
)
def full_slots(check: Check) -> None:
    slot, stated = taken(check), check.contract.rule("availability.full_slots")
    found = _listed(slot, check.offers.listed(slot.start - MINUTE, slot.start + MINUTE))
    told = f"has the slot at {instant(slot.start)} {found}"
    check.expect(found == stated, f"a slot without a free seat to be {stated}", told)


@rule(
    "availability.capacity",
    "A slot that is partly taken has the seats that it had",
    needs=WRITES,
    builds_on=[seat_for_each],
    requests=2 + SURVEY,
)
def capacity_stays(check: Check) -> None:
    service, slot = with_seats(check)
    check.bookings.book(slot=slot, service=service.slug)
    for one in offered_at(check, slot.start, service.slug):
        capacity = one.offered.get("capacity")
        check.expect(
            one.host != slot.host or capacity == stated_capacity(check, one, service.seats),
            f"capacity {stated_capacity(check, one, service.seats)} at {instant(slot.start)}, where a seat is taken",
            f"offered capacity {capacity}",
        )


@rule(
    "availability.slot_for_each_host",
    "Each host who could take a start is offered",
    needs=WRITES,
    builds_on=[one_seat],
    requests=3 * MOST + SURVEY,
)
@not_by_chance
def each_host(check: Check) -> None:
    try:
        service, starts = with_hosts(check)
    except NotRunError:
        _expect_nobody_behind(check)
        return
    slot = check.offers.free_slot(service=service.slug, where=lambda one: one.start in starts)
    before = _hosts(check, service.slug, slot.start)
    check.bookings.book(slot=slot, service=service.slug, party_size=seats_left(slot))
    after = _hosts(check, service.slug, slot.start)
    check.expect(
        after == before - {slot.host},
        f"{_named(before - {slot.host})} to be offered still at {instant(slot.start)} when {slot.host} is booked",
        f"offered {_named(after)}",
    )


def _expect_nobody_behind(check: Check) -> None:
    """No start is offered with two hosts: when one is booked, no other may turn up."""
    for one in listed(check):
        if not any(slot.host for slot in check.offers.offered(one.slug)):
            continue
        slot = check.offers.free_slot(service=one.slug, where=lambda slot: slot.host is not None)
        before = _hosts(check, one.slug, slot.start)
        check.bookings.book(slot=slot, service=one.slug, party_size=seats_left(slot))
        more = _hosts(check, one.slug, slot.start) - before
        check.expect(
            not more,
            f"{_named(more)} to be offered at {instant(slot.start)} beside {slot.host}",
            f"offered {_named(more)} only when {slot.host} had been booked",
        )
    raise NotRunError("no listed service can be had from several hosts at the same time")


@rule(
    "availability.overlap",
    "A booking blocks what overlaps it, of its own service and of others",
    needs=WRITES,
    builds_on=[one_seat],
    requests=2 * PAIR,
)
@not_by_chance
def overlap(check: Check) -> None:
    def others(_booked: Settings, slot: Slot, _other: Settings, near: Slot) -> bool:
        return gap(slot, near) < 0

    missing = []
    for pairs, telling in ((eq, overlaps), (ne, others)):
        try:
            _expect_blocked(check, pairs, telling, "overlap")
        except NotRunError as error:
            missing.append(error)
    if len(missing) == 2:
        raise missing[0]


@rule(
    "availability.overlap",
    "What overlaps a booking is blocked whatever seats are free",
    needs=WRITES,
    builds_on=[one_seat],
    requests=PAIR,
)
@not_by_chance
def whatever_seats(check: Check) -> None:
    def telling(booked: Settings, slot: Slot, other: Settings, near: Slot) -> bool:
        same = booked == other and near.start == slot.start
        return not same and seats_left(near) > 1 and gap(slot, near) < 0

    _expect_blocked(check, lambda *_: True, telling, "overlap, one of them with several seats")


@rule(
    "availability.buffers",
    "A booking's buffers are kept free",
    needs=WRITES,
    builds_on=[overlap],
    requests=PAIR,
)
@not_by_chance
def buffers_of_booking(check: Check) -> None:
    pairs, telling = _apart(lambda own, others: (others, own))
    _expect_blocked(check, pairs, telling, "are nearer than the buffers of the one that is booked")


@rule(
    "availability.buffers",
    "A slot's own buffers must be free",
    needs=WRITES,
    builds_on=[overlap],
    requests=PAIR,
)
@not_by_chance
def buffers_of_slot(check: Check) -> None:
    pairs, telling = _apart(lambda own, others: (own, others))
    _expect_blocked(check, pairs, telling, "are nearer than the buffers of the one that is not booked")


@rule(
    "availability.buffers",
    "Between two bookings the larger buffer counts, not both",
    needs=WRITES,
    builds_on=[overlap],
    requests=PAIR,
)
@not_by_chance
def larger_buffer(check: Check) -> None:
    pairs, telling = _apart(lambda own, others: (max(own, others), own + others))
    which = "are as far apart as the larger of their buffers"
    if check.contract.rule("availability.buffers") == "both count":
        _expect_blocked(check, pairs, telling, which)
        return
    pair, before, after = booked_beside(check, pairs, telling, which)
    for slot in before:
        check.expect(
            slot in after,
            f"{pair.other.slug} at {instant(slot.start)} to be offered still beside {_told(pair)}",
            "left it out",
        )


def _listed(slot: Slot, among: list[Slot]) -> str:
    """As the contract calls it."""
    return "listed" if (slot.host, slot.start) in {(one.host, one.start) for one in among} else "left out"


def _expect_taken(check: Check, service: str, slot: Slot, party: int) -> None:
    before = _left(check, service, slot)
    check.bookings.book(slot=slot, service=service, party_size=party)
    after = _left(check, service, slot)
    check.expect(
        after == before - party,
        f"{before - party} of {before} free seats at {instant(slot.start)} when a party of {party} has booked",
        f"offered {after}",
    )


def _left(check: Check, service: str, slot: Slot) -> int:
    """Free seats as they are offered now; none where the slot is not offered."""
    return sum(seats_left(one) for one in offered_at(check, slot.start, service) if one.host == slot.host)


def _hosts(check: Check, service: str, start: int) -> set[str | None]:
    return {slot.host for slot in offered_at(check, start, service)}


def _apart(gaps: Callable[[int, int], tuple[int, int]]) -> tuple[Pairs, Telling]:
    """Slots with a gap from the first to below the second of `gaps`, which is asked (seconds that the booked one wants
    free, seconds that the other does) on the side where the other is."""

    def sides(booked: Settings, other: Settings) -> tuple[tuple[int, int], tuple[int, int]]:
        return gaps(booked.after, other.before), gaps(booked.before, other.after)

    def pairs(booked: Settings, other: Settings) -> bool:
        return any(least < most for least, most in sides(booked, other))

    def telling(booked: Settings, slot: Slot, other: Settings, near: Slot) -> bool:
        later, earlier = sides(booked, other)
        least, most = later if near.start > slot.start else earlier
        return least <= gap(slot, near) < most

    return pairs, telling


def _expect_blocked(check: Check, pairs: Pairs, telling: Telling, which: str) -> None:
    pair, before, after = booked_beside(check, pairs, telling, which)
    for slot in before:
        check.expect(
            slot not in after,
            f"{pair.other.slug} at {instant(slot.start)} to be blocked by {_told(pair)}",
            "offered it",
        )


def _told(pair: Beside) -> str:
    return f"the booking of {pair.booked.slug} from {instant(pair.slot.start)} to {instant(pair.slot.end)}"


def _named(hosts: set[str | None]) -> str:
    return ", ".join(sorted(map(str, hosts))) or "nobody"
