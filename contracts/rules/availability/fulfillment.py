"""Who gets a booking for which nobody was asked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import combinations
from zoneinfo import ZoneInfo

from contracts.harness.check import Check
from contracts.harness.costs import SURVEY
from contracts.harness.fixtures import listed, offered_at
from contracts.harness.settings import Settings
from contracts.harness.slots import Slot, instant
from contracts.outcome import NotRunError
from contracts.rules.rule import WRITES, not_by_chance, rule


@rule(
    "availability.team_spread",
    "Two bookings of one day go to two members of the team",
    needs=WRITES,
    requests=2 * (6 + SURVEY),
)
@not_by_chance
def team_spread(check: Check) -> None:
    service, slots = _untouched_day(check)
    pair = next(_far_apart(service, slots), None)
    if pair is None:
        raise NotRunError(f"{service.slug} has no day on which a host could take two bookings")
    first, second = (_given_to(check, service, start) for start in pair)
    check.expect(
        first != second,
        f"the bookings at {instant(pair[0])} and {instant(pair[1])} to go to two hosts, both of whom were free all day",
        f"gave both to {first}",
    )


def _untouched_day(check: Check) -> tuple[Settings, Sequence[Slot]]:
    """A service of a team, and its slots of a day on which its two or more hosts have the same ones to offer: then none
    has more bookings than another, as far as anybody can see. Raises NotRunError."""
    for service in listed(check):
        days: dict[date, dict[str, dict[int, Slot]]] = {}
        for slot in check.offers.offered(service.slug):
            if slot.host is not None and slot.offered.get("teamId") is not None:
                day = datetime.fromtimestamp(slot.start, UTC).astimezone(ZoneInfo(service.timezone)).date()
                days.setdefault(day, {}).setdefault(slot.host, {})[slot.start] = slot
        alike = [hosts for hosts in days.values() if len(hosts) > 1 and len({tuple(s) for s in hosts.values()}) == 1]
        untouched = [hosts for hosts in alike if not any(check.offers.is_near(slot) for slot in _slots(hosts))]
        if untouched:
            hosts = check.fakes.choice(untouched)
            return service, list(_slots(hosts))
    raise NotRunError("no listed service has a day that several members of a team have free alike")


def _slots(hosts: dict[str, dict[int, Slot]]) -> Iterator[Slot]:
    for slots in hosts.values():
        yield from slots.values()


def _far_apart(service: Settings, slots: Sequence[Slot]) -> Iterator[tuple[int, int]]:
    """Pairs of starts that one host could both take."""
    least = service.duration + service.before + service.after
    for first, second in combinations(sorted({slot.start for slot in slots}), 2):
        if second - first >= least:
            yield first, second


def _given_to(check: Check, service: Settings, start: int) -> str:
    """Whose slot is gone once a booking for anybody was made."""
    before = {slot.host: slot for slot in offered_at(check, start, service.slug)}
    if not before:
        raise NotRunError(f"somebody else took the slot at {instant(start)}")
    for slot in before.values():
        check.offers.keep_off(slot)
    check.bookings.book(slot=next(iter(before.values())), service=service.slug, host_id=None)
    gone = set(before) - {slot.host for slot in offered_at(check, start, service.slug)}
    if len(gone) != 1:
        raise NotRunError(f"{len(gone)} hosts are no longer offered at {instant(start)} after one booking")
    return str(gone.pop())
