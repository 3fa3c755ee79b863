"""Which slots are offered, and what is told of each: as far as it can be seen without booking any."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from contracts.exchange import member
from contracts.harness.check import Check
from contracts.harness.costs import SETUP, SURVEY
from contracts.harness.fixtures import listed
from contracts.harness.grid import irregular
from contracts.harness.settings import DAY
from contracts.harness.slots import Slot, instant
from contracts.outcome import Broken, NotRunError
from contracts.rules.rule import not_by_chance, rule

ZONES = ("Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Australia/Eucla")


@rule("operations.getAvailability", "The slots of a service can be asked for", requests=3)
def served(check: Check) -> None:
    service = check.credentials.service or next(iter(check.catalogue.services()), None)
    if service is None:
        raise NotRunError("the organization lists no service")
    now = check.now()
    query = check.offers.query(now, now + DAY, service=service)
    answer = check.expect_served(check.call("getAvailability", query=query))
    check.expect(isinstance(answer.member("slots"), list), "a list called slots", str(answer), answer)


@rule(
    "availability.partySize",
    "A party is one person unless partySize says otherwise, and never none",
    builds_on=[served],
    requests=6 + SETUP,
)
@not_by_chance
def party_size(check: Check) -> None:
    start, end = _a_day(check)
    plain, one = check.offers.slots(start, end), check.offers.slots(start, end, partySize=1)
    check.expect(
        [slot.offered for slot in plain] == [slot.offered for slot in one],
        "the same slots with partySize=1 and without",
        f"offered {len(one)} slots with it and {len(plain)} without",
    )
    nobody = check.call("getAvailability", query=check.offers.query(start, end, partySize=0))
    check.expect_refusal(nobody, "a partySize of 0 to be refused")


@rule(
    "availability.timezone",
    "A timezone changes the slots' timezone, nothing else",
    builds_on=[served],
    requests=4 + SETUP,
)
@not_by_chance
def timezone(check: Check) -> None:
    start, end = _a_day(check)
    plain = check.offers.slots(start, end)
    zone = next(zone for zone in ZONES if zone not in {str(slot.offered.get("timezone")) for slot in plain})
    moved = check.offers.slots(start, end, timezone=zone)
    for slot in moved:
        found = slot.offered.get("timezone")
        if found:  # what is missing or empty, its schema will say
            check.expect(found == zone, f"slots with timezone {zone}, as asked for", f"answered with {found}")
    check.expect(
        [{**slot.offered, "timezone": None} for slot in moved]
        == [{**slot.offered, "timezone": None} for slot in plain],
        f"otherwise the same slots with timezone={zone} and without",
        _first_difference(plain, moved),
    )


@rule("availability.slot_host", "A slot's host is the one that hostId names", builds_on=[served], requests=SURVEY)
def slot_host(check: Check) -> None:
    _expect_named(check, "hostId", "host", "displayName")


@rule("availability.slot_team", "A slot's team is the one that teamId names", builds_on=[served], requests=SURVEY)
def slot_team(check: Check) -> None:
    _expect_named(check, "teamId", "team", "name")


@rule("spelling.service_id", "A slot's serviceId is the service's key", builds_on=[served], requests=SURVEY)
def service_id(check: Check) -> None:
    for slug, slot in _every_slot(check):
        key, found = check.catalogue.settings(slug).key, slot.offered.get("serviceId")
        check.expect(found == key, f"serviceId {key} in the slots of {slug}", f"answered with serviceId {found}")


@rule("availability.order", "Slots come in order", builds_on=[served], requests=SURVEY)
def order(check: Check) -> None:
    names = check.contract.rule("availability.order")

    def place(slot: Slot) -> list[Any]:
        return [slot.start if name == "startsAt" else str(slot.offered.get(name) or "") for name in names]

    for one in listed(check):
        for slot, following in pairwise(check.offers.offered(one.slug)):
            if place(slot) > place(following):
                raise Broken(
                    f"slots by {', then '.join(names)}",
                    f"answered with {told(slot)} before {told(following)}",
                )


@rule(
    "availability.slot_for_each_host",
    "Nobody is offered twice for the same start",
    builds_on=[served],
    requests=SURVEY,
)
def no_host_twice(check: Check) -> None:
    for one in listed(check):
        seen: set[tuple[int, str]] = set()
        for slot in check.offers.offered(one.slug):
            if slot.host is not None and (slot.start, slot.host) in seen:
                raise Broken("one slot for each host and start", f"offered {told(slot)} twice")
            seen.add((slot.start, str(slot.host)))


@rule(
    "availability.too_few_seats",
    "No slot is offered to more people than it has seats",
    builds_on=[served],
    requests=1 + SETUP,
)
def too_few_seats(check: Check) -> None:
    if check.contract.rule("availability.too_few_seats") == "listed":
        raise NotRunError("slots with fewer seats are listed, too, as the contract says")
    start, end = _a_day(check)
    party = check.settings.seats + 1
    for slot in check.offers.listed(start, end, party_size=party):
        left = slot.offered.get("availableCapacity")
        if left == 0:  # whether full slots are listed is another rule's business
            continue
        check.expect(
            isinstance(left, int) and left >= party,
            f"only slots with {party} free seats for partySize={party}",
            f"offered {told(slot)}, which has {left}",
        )


@rule("availability.slot_end", "A slot is as long as its service takes", builds_on=[served], requests=SURVEY)
def slot_end(check: Check) -> None:
    for slug, slot in _every_slot(check):
        duration = check.catalogue.settings(slug).duration
        if slot.end - slot.start != duration:
            raise Broken(
                f"slots of {slug} to end {duration // 60} minutes after they start",
                f"offered {told(slot)} until {instant(slot.end)}",
            )


@rule("availability.capacity", "A slot has the seats of its service", builds_on=[served], requests=SURVEY)
def capacity(check: Check) -> None:
    for slug, slot in _every_slot(check):
        found = slot.offered.get("capacity")
        seats = stated_capacity(check, slot, check.catalogue.settings(slug).seats)
        if found != seats:
            raise Broken(
                f"capacity {seats} at {slug}, {check.contract.rule('availability.capacity')}",
                f"offered {told(slot)} with capacity {found}",
            )


def stated_capacity(check: Check, slot: Slot, seats: int) -> object:
    """What the contract says that it is, of a service with so many seats."""
    return slot.offered.get("availableCapacity") if check.contract.rule("availability.capacity") != "seats" else seats


@rule("availability.grid", "Starts are one slot interval apart", builds_on=[served], requests=SURVEY)
def grid(check: Check) -> None:
    for one in listed(check):
        starts: dict[str, list[int]] = {}
        for slot in check.offers.offered(one.slug):
            if slot.host is not None:
                starts.setdefault(slot.host, []).append(slot.start)
        for host, moments in starts.items():
            if uneven := irregular(moments, one.interval, one.duration, one.timezone):
                earlier, later = map(instant, uneven)
                raise Broken(
                    f"starts of {one.slug} every {one.interval // 60} minutes while {host} is there",
                    f"offered {earlier}, and next {later}",
                )


def offered(check: Check) -> list[Slot]:
    found = check.offers.offered()
    if not found:
        raise NotRunError(f"{check.service_slug} has no slots to be looked at")
    return found


def _a_day(check: Check) -> tuple[int, int]:
    """On which slots are offered."""
    first = offered(check)[0].start
    return first, first + DAY


def _every_slot(check: Check) -> Iterator[tuple[str, Slot]]:
    """Of every service that is looked at, with its slug."""
    for one in listed(check):
        for slot in check.offers.offered(one.slug):
            yield one.slug, slot


def _expect_named(check: Check, identity: str, entity: str, name: str) -> None:
    for _, slot in _every_slot(check):
        expected, found = slot.offered.get(identity), slot.offered.get(entity)
        if member(found, "id") != expected or (expected is not None and not member(found, name)):
            raise Broken(f"{entity} with the id {expected}, as {identity} says, and a {name}", f"answered with {found}")


def told(slot: Slot) -> str:
    return instant(slot.start) if slot.host is None else f"{instant(slot.start)} with {slot.host}"


def _first_difference(plain: list[Slot], moved: list[Slot]) -> str:
    for one, other in zip(plain, moved, strict=False):
        for name in one.offered:
            if name != "timezone" and one.offered[name] != other.offered.get(name):
                return f"answered with {name} {other.offered.get(name)} instead of {one.offered[name]}"
    return f"offered {len(moved)} slots with it and {len(plain)} without"
