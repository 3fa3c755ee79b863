"""The pages of the list of bookings, and the order in which they come."""

from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import SURVEY
from contracts.harness.fixtures import with_seats
from contracts.outcome import Broken, NotRunError
from contracts.rules.platform.platform import items_of, list_answer, listing, most, span, start_of
from contracts.rules.rule import PLATFORM, WRITES, rule

SEVERAL = 3  # bookings that these rules look at
MAKING_SEVERAL = SEVERAL + SURVEY  # requests at most
PAGES = 12


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
        check.expect(answer.status >= 400, f"limit={wrong} to be refused", str(answer), answer)


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
        page = [str(item.get("id")) for item in items_of(answer)]
        check.expect(not set(page) & set(seen), "each booking on one page", f"lists {page} again", answer)
        seen += page
        if not (following := answer.member("next_cursor")):
            missing = [booking.id for booking in bookings if booking.id not in seen]
            check.expect(not missing, f"{', '.join(missing)} on one of the pages", f"lists {len(seen)} others", answer)
            return
        query["cursor"] = following


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
    for query in span(_several(check)), {}:
        answer = check.need_served(check.call("listBookings", query={**query, "limit": most(check)}))
        found = [(start_of(item), str(item.get("id"))) for item in items_of(answer)]
        if found != sorted(found):
            wrong = next(after for before, after in zip(found, sorted(found), strict=True) if before != after)
            raise Broken("bookings ordered by start_at, then id", f"lists {wrong[1]} after later ones", answer)


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
