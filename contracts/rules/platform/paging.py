"""The pages of the list of bookings, and the order in which they come."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP, SURVEY
from contracts.harness.fixtures import with_seats
from contracts.harness.slots import instant
from contracts.outcome import Broken, NotRunError
from contracts.rules.platform.platform import (
    canceled_listed,
    items_of,
    list_answer,
    listing,
    make_listed,
    most,
    span,
    start_of,
    unasked,
)
from contracts.rules.rule import PLATFORM, WRITES, rule

Query = Mapping[str, Any]

SEVERAL = 3  # bookings that these rules look at
MAKING_SEVERAL = SEVERAL + SURVEY  # requests at most
PAGES = 12
PAGE = 50  # bookings in one, as shipped


@rule(
    "platform.limit",
    "`limit` is the most bookings of one page, within its bounds",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=4 + MAKING_SEVERAL,
)
def limit(check: Check) -> None:
    bounds = check.contract.operations["listBookings"].query.schema["properties"]["limit"]
    everything = span(_several(check))
    answer = check.need_served(check.call("listBookings", query={**everything, "limit": 1}))
    check.expect(len(items_of(answer)) == 1, "1 booking for limit=1", f"lists {len(items_of(answer))}", answer)
    check.expect_served(check.call("listBookings", query={**everything, "limit": bounds["maximum"]}))
    for wrong in bounds["minimum"] - 1, bounds["maximum"] + 1:
        answer = check.call("listBookings", query={"limit": wrong})
        check.expect_refusal(answer, f"limit={wrong} to be refused")


@rule(
    "platform.next_cursor",
    "`next_cursor` is there on every page but the last",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=2 + MAKING_SEVERAL,
)
def next_cursor(check: Check) -> None:
    everything = span(_several(check))
    answer = check.need_served(check.call("listBookings", query={**everything, "limit": 1}))
    if len(items_of(answer)) == 1:
        check.expect(bool(answer.member("next_cursor")), "a next_cursor where more are to come", str(answer), answer)
    whole = check.need_served(check.call("listBookings", query={**everything, "limit": most(check)}))
    if len(items_of(whole)) < most(check):
        check.expect("next_cursor" not in whole.json, "no next_cursor on the last page", str(whole), whole)


@rule(
    "platform.cursor",
    "From page to page every booking comes, and each once",
    needs=WRITES | PLATFORM,
    builds_on=[next_cursor, limit],
    requests=PAGES + MAKING_SEVERAL,
)
def cursor(check: Check) -> None:
    bookings = _several(check)
    query = {**span(bookings), "limit": 1}
    seen: list[str] = []
    for _ in range(PAGES):
        answer = check.expect_served(check.call("listBookings", query=query))
        page = ids_of(answer)
        check.expect(not set(page) & set(seen), "each booking on one page", f"lists {page} again", answer)
        seen += page
        if not (following := answer.member("next_cursor")):
            missing = [booking.id for booking in bookings if booking.id not in seen]
            check.expect(not missing, f"{', '.join(missing)} on one of the pages", f"lists {len(seen)} others", answer)
            return
        query["cursor"] = following


@rule(
    "platform.next_cursor",
    "A last page has none, even where it is full or was reached by one",
    needs=WRITES | PLATFORM,
    builds_on=[next_cursor, limit],
    requests=5 + MAKING_SEVERAL,
)
def last_page(check: Check) -> None:
    everything = span(_several(check))
    whole = ids_of(_page(check, {**everything, "limit": most(check)}))
    count = len(whole)
    if not 1 < count < most(check):
        raise NotRunError(f"{count} bookings are listed, which are no two pages")
    _expect_last(check, everything, {"limit": count}, whole)
    before = {"limit": count - 1}
    _expect_last(check, everything, {**before, "cursor": _cursor(_page(check, {**everything, **before}))}, whole)


@rule(
    "platform.limit",
    "A page after which more come is full, with the limit that is asked for and with none",
    needs=WRITES | PLATFORM,
    builds_on=[next_cursor, limit],
    requests=3 + SETUP + PAGE + 1,
)
def full_pages(check: Check) -> None:
    default = unasked(check)
    with check.undone():
        make_listed(check, default + 1)
        listed = []
        for query, most_of_all in (dict[str, Any](), default), ({"limit": most(check)}, most(check)):
            answer = _page(check, query)
            found = len(items_of(answer))
            listed.append(found)
            if answer.member("next_cursor"):
                expected = f"{most_of_all} bookings before others come"
                check.expect(found == most_of_all, expected, f"lists {found}", answer)
            check.expect(found <= most_of_all, f"{most_of_all} bookings in a page at most", f"lists {found}", answer)
    if listed[0] < default:
        raise NotRunError(f"all {listed[0]} bookings are in one page")


@rule(
    "platform.cursor",
    "What is made or canceled while pages are turned makes no booking come twice, or not at all",
    needs=WRITES | PLATFORM,
    builds_on=[cursor, canceled_listed],
    requests=2 * 11 + 8 + 5 * BOOKED,
)
def changed_between_pages(check: Check) -> None:
    """Before the first page's end, so that pages that are counted off would move, and after it. The last booking is out
    of the range that is asked for."""
    *slots, beyond = sorted((check.offers.free_slot() for _ in range(5)), key=lambda slot: slot.start)
    early, middle, late, outside = (check.bookings.book(slot=slot) for slot in (*slots[1:], beyond))
    query = {"from": instant(slots[0].start), "to": instant(beyond.start)}
    added: list[Booking] = []

    def add_and_cancel(_: list[str]) -> None:
        added.append(check.bookings.book(slot=slots[0]))
        if check.contract.rule("platform.canceled_listed"):
            check.need_served(check.bookings.cancel(late))

    def cancel_seen(seen: list[str]) -> None:
        for booking in (*added, early):
            if booking.id in seen:
                check.need_served(check.bookings.cancel(booking))

    _turn(check, query, [early, middle, late], add_and_cancel)
    confirmed = {**query, "status": early.answer.member("booking", "status")}
    _turn(check, confirmed, [middle], cancel_seen)
    check.bookings.put_back(middle, outside)


def _turn(check: Check, query: Query, wanted: list[Booking], change: Callable[[list[str]], object]) -> None:
    """A third of all, then `change`, which is told what was seen, then the rest."""
    every = len(ids_of(_page(check, {**query, "limit": most(check)})))
    if every == most(check):
        raise NotRunError(f"more than {every} bookings are listed, which are too many to be turned over twice")
    query = {**query, "limit": (every + 2) // 3}
    answer = _page(check, query)
    seen = ids_of(answer)
    change(seen)
    for _ in range(4):
        if not answer.member("next_cursor"):
            break
        following = {**query, "cursor": _cursor(answer)}
        answer = check.expect_served(check.call("listBookings", query=following))
        _expect_asked_for(check, query, answer)
        page = ids_of(answer)
        again = ids_of(_page(check, following))
        check.expect(again == page, "the same page to the same cursor", f"lists {again} after {page}", answer)
        twice = sorted(set(page) & set(seen))
        check.expect(not twice, "each booking on one page", f"lists {', '.join(twice)} again", answer)
        seen += page
    missing = [booking.id for booking in wanted if booking.id not in seen]
    check.expect(not missing, f"{', '.join(missing)} on one of the pages", "leaves it out", answer)


def _expect_asked_for(check: Check, query: Query, answer: Answer) -> None:
    """What was asked for with the first page holds for the next ones."""
    items = items_of(answer)
    check.expect(len(items) <= query["limit"], f"{query['limit']} bookings at most", f"lists {len(items)}", answer)
    for item in items:
        within = query["from"] <= instant(start_of(item)) < query["to"]
        as_asked = item.get("status") == query.get("status", item.get("status"))
        expected = "what is listed after a cursor to be what was asked for with the first page"
        check.expect(within and as_asked, expected, f"lists {item.get('id')}, which is not", answer)


def _page(check: Check, query: Query) -> Answer:
    return check.need_served(check.call("listBookings", query=query))


def _cursor(answer: Answer) -> str:
    found = answer.member("next_cursor")
    if not isinstance(found, str):
        raise NotRunError("a page that is not the last has no next_cursor")
    return found


def _expect_last(check: Check, everything: Query, asked: Query, whole: list[str]) -> None:
    """That a page is the last of them all."""
    answer = check.expect_served(check.call("listBookings", query={**everything, **asked}))
    wanted = whole[-1:] if "cursor" in asked else whole
    if (found := ids_of(answer)) != wanted:
        if ids_of(_page(check, {**everything, "limit": most(check)})) != whole:
            raise NotRunError("somebody else makes bookings meanwhile")
        raise Broken(f"{', '.join(wanted)} on the last page", f"lists {', '.join(found)}", answer, "platform.cursor")
    check.expect("next_cursor" not in answer.json, "no next_cursor on the last page", str(answer), answer)


@rule(
    "errors.400.invalid_cursor",
    "A cursor that the server never gave is refused",
    needs=PLATFORM,
    builds_on=[listing],
    requests=1,
)
def invalid_cursor(check: Check) -> None:
    check.expect_refused(check.call("listBookings", query={"cursor": check.fakes.slug()}), "invalid_cursor")


@rule(
    "platform.order",
    "Bookings are listed by their start, and by their id where they start together",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer],
    requests=2 + MAKING_SEVERAL,
)
def order(check: Check) -> None:
    stated = check.contract.rule("platform.order")
    for query in span(_several(check)), {}:
        answer = check.need_served(check.call("listBookings", query={**query, "limit": most(check)}))
        found = [(start_of(item), str(item.get("id"))) for item in items_of(answer)]
        ordered = sorted(found, reverse=stated[0].startswith("-"))
        if found != ordered:
            wrong = next(after for before, after in zip(found, ordered, strict=True) if before != after)
            raise Broken(f"bookings ordered by {', then '.join(stated)}", f"lists {wrong[1]} out of it", answer)


def ids_of(answer: Answer) -> list[str]:
    return [str(item.get("id")) for item in items_of(answer)]


def _several(check: Check) -> list[Booking]:
    """Bookings of one slot where a service has enough seats, else of two."""

    def made() -> list[Booking]:
        try:
            service, slot = with_seats(check)
        except NotRunError:
            return [check.bookings.book(), check.bookings.book()]
        return [check.bookings.book(slot=slot, service=service.slug) for _ in range(min(SEVERAL, service.seats))]

    found: list[Booking] = check.once("several bookings", made)
    return found
