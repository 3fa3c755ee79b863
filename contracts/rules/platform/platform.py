"""The Platform API: the list of an organization's bookings, and its filters."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED
from contracts.harness.settings import DAY
from contracts.harness.slots import instant, seconds
from contracts.outcome import NotRunError
from contracts.rules.rule import PLATFORM, WRITES, rule
from contracts.spec.document import follow

Item = Mapping[str, Any]


@rule(
    "operations.listBookings",
    "The list has bookings of the organization alone",
    needs=PLATFORM,
    requests=1,
)
def listing(check: Check) -> None:
    answer = check.call("listBookings")
    if answer.status in check.contract.statuses_of("unknown_key", "organization_mismatch"):
        raise NotRunError(f"listBookings {answer}")
    check.expect_served(answer)
    own = check.credentials.organization
    found = {str(item.get("organization_slug", own)) for item in _objects(answer)} - {own}
    check.expect(own is None or not found, f"bookings of {own} alone", f"lists some of {', '.join(found)}", answer)


@rule(
    "platform.organization_header",
    "The header names the organization by the part of its id after `org_`",
    needs=PLATFORM,
    requests=1,
)
def organization_header(check: Check) -> None:
    answer = check.call("listBookings")
    refusals = {
        check.contract.errors[cause].status for cause in ("missing_organization_header", "organization_mismatch")
    }
    bare = f"{check.contract.organization_header}: {check.organization_header()} to be taken"
    check.expect(answer.status not in refusals, bare, str(answer), answer)
    check.need_served(answer)


@rule(
    "platform.organization_header_forms",
    "The header may also hold the whole id of the organization",
    needs=PLATFORM,
    builds_on=[organization_header],
    requests=1,
)
def organization_header_forms(check: Check) -> None:
    check.expect_served(
        check.call("listBookings", headers={check.contract.organization_header: f"org_{check.organization_header()}"})
    )


@rule(
    "platform.list_answer",
    "A booking that was made is among the `bookings` of the list",
    needs=WRITES | PLATFORM,
    builds_on=[listing],
    requests=1 + BOOKED,
)
def list_answer(check: Check) -> None:
    booking = check.bookings.shared()
    answer = check.need_served(check.call("listBookings", query=_around(booking)))
    held = any(_is(booking, item) for item in _objects(answer))
    check.expect(held, f"{booking.id} among the bookings that start when it does", str(answer), answer)


@rule(
    "platform.list_items",
    "A booking in the list has all the members that it has when it is looked up",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=2 + BOOKED,
)
def list_items(check: Check) -> None:
    booking = check.bookings.shared()
    found = check.need_served(check.bookings.lookup(booking)).member("booking")
    alone = found if isinstance(found, dict) else {}
    answer = check.call("listBookings", query=_around(booking))
    lacking = sorted(set(alone) - set(_own(booking, answer)))
    check.expect(not lacking, "bookings in a list as in lookup", f"leaves out {', '.join(lacking)}", answer)


@rule(
    "platform.filter.from",
    "`from` leaves out what starts before it, and nothing else",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=2 + BOOKED,
)
def filter_from(check: Check) -> None:
    booking = check.bookings.shared()
    for first, listed in (booking.slot.start, True), (booking.slot.start + 1, False):
        answer = check.need_served(check.call("listBookings", query={"from": instant(first), "limit": most(check)}))
        early = [item for item in items_of(answer) if start_of(item) < first]
        check.expect(not early, f"no booking before {instant(first)}", f"lists {_named(early)}", answer)
        _expect_listed(check, answer, booking, listed, f"from={instant(first)}")


@rule(
    "platform.filter.to",
    "`to` leaves out what starts then or later, and nothing else",
    needs=WRITES | PLATFORM,
    builds_on=[filter_from],
    requests=3 + BOOKED,
)
def filter_to(check: Check) -> None:
    booking = check.bookings.shared()
    earliest = instant(booking.slot.start - DAY)
    for last, listed in (booking.slot.start + 1, True), (booking.slot.start, False):
        query = {"from": earliest, "to": instant(last), "limit": most(check)}
        answer = check.need_served(check.call("listBookings", query=query))
        late = [item for item in items_of(answer) if start_of(item) >= last]
        check.expect(not late, f"no booking at or after {instant(last)}", f"lists {_named(late)}", answer)
        _expect_listed(check, answer, booking, listed, f"to={instant(last)}")
    check.expect_served(check.call("listBookings", query={"to": instant(booking.slot.start)}))


@rule(
    "platform.filter.status",
    "`status` leaves out bookings of every other status",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=4 + BOOKED,
)
def filter_status(check: Check) -> None:
    statuses = follow(check.contract.document, {"$ref": "#/components/schemas/BookingStatus"})["enum"]
    _expect_filtered(check, "status", "status", statuses)


@rule(
    "platform.filter.service",
    "`service` leaves out bookings of every other service",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=3 + BOOKED,
)
def filter_service(check: Check) -> None:
    own = check.bookings.shared().service
    others = [slug for slug in check.catalogue.services() if slug != own]
    _expect_filtered(check, "service", "service_slug", [own, *others[:1]])


@rule(
    "platform.canceled_listed",
    "A canceled booking stays in the list",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=2 + BOOKED,
)
def canceled_listed(check: Check) -> None:
    booking = check.bookings.book()
    check.need_served(check.bookings.cancel(booking))
    answer = check.need_served(check.call("listBookings", query=_around(booking)))
    _expect_listed(check, answer, booking, bool(check.contract.rule("platform.canceled_listed")), "the list")


def _expect_filtered(check: Check, parameter: str, member: str, values: list[str]) -> None:
    booking = check.bookings.shared()
    own = _own(booking, check.call("listBookings", query=_around(booking))).get(member)
    if own not in values:
        raise NotRunError(f"listBookings has {booking.id} with the {member} {own}")
    for value in values:
        answer = check.need_served(check.call("listBookings", query={**_around(booking), parameter: value}))
        others = [item for item in items_of(answer) if item.get(member) != value]
        check.expect(not others, f"{parameter}={value} alone", f"lists {_named(others)}", answer)
        _expect_listed(check, answer, booking, own == value, f"{parameter}={value}")


def _expect_listed(check: Check, answer: Answer, booking: Booking, listed: bool, where: str) -> None:
    found = any(_is(booking, item) for item in items_of(answer))
    expected = f"{booking.id} {'listed' if listed else 'left out'} by {where}"
    check.expect(found == listed, expected, f"{'lists' if found else 'leaves out'} it", answer)


def items_of(answer: Answer) -> list[Item]:
    if not isinstance(answer.member("bookings"), list):
        raise NotRunError(f"listBookings {answer}, which holds no bookings")
    return _objects(answer)


def _objects(answer: Answer) -> list[Item]:
    """What stands under `bookings`, as far as it can be looked at."""
    found = answer.member("bookings")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _own(booking: Booking, answer: Answer) -> Item:
    """The booking in a list. Raises NotRunError where it is not there."""
    for item in items_of(answer):
        if _is(booking, item):
            return item
    raise NotRunError(f"listBookings does not list {booking.id}")


def _is(booking: Booking, item: Item) -> bool:
    return item.get("id") == booking.id


def start_of(item: Item) -> int:
    try:
        return seconds(item["start_at"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotRunError("a listed booking has no start_at that can be read") from error


def _named(items: list[Item]) -> str:
    return ", ".join(str(item.get("id")) for item in items[:3])


def _around(booking: Booking) -> dict[str, Any]:
    """The query for bookings that start when it does."""
    return span([booking])


def span(bookings: list[Booking]) -> dict[str, Any]:
    """The query for a time in which they start, and not at its ends."""
    starts = [booking.slot.start for booking in bookings]
    return {"from": instant(min(starts) - 1), "to": instant(max(starts) + 1)}


def most(check: Check) -> int:
    return int(_limit(check)["maximum"])


def unasked(check: Check) -> int:
    """Bookings in a page where no `limit` is asked for."""
    return int(_limit(check)["default"])


def _limit(check: Check) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = check.contract.operations["listBookings"].query.schema
    return dict(schema["properties"]["limit"])


def make_listed(check: Check, count: int) -> None:
    """Books until so many bookings are listed, or as long as a slot is free, where a control API undoes it and nobody
    counts the creations."""
    if check.control is None or check.bookings.write_budget is not None:
        return
    listed = items_of(check.need_served(check.call("listBookings", query={"limit": most(check)})))
    with suppress(NotRunError):
        for _ in range(count - len(listed)):
            check.bookings.book(slot=check.offers.free_slot())
