"""Each place in which a request tells a moment: how it may be written there, and what it means."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial

from contracts.exchange import Answer, member
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.settings import HOUR
from contracts.harness.slots import Slot, instant, local, seconds
from contracts.outcome import Broken, NotRunError
from contracts.rules.bookings.bookings import create
from contracts.rules.bookings.rescheduling import availability, only_times
from contracts.rules.http.time import fraction, instant_form, offset
from contracts.rules.platform.platform import list_answer, listing
from contracts.rules.rule import PLATFORM, WRITES, rule

STATEMENT = "time.instant"
OFFSETS = (330, -480)  # minutes: an offset that is overlooked puts a moment later, or earlier
LEAP_SECOND = "2016-12-31T23:59:60Z"
NO_DAY = "2030-02-30T09:00:00Z"
AROUND_NO_DAY = seconds("2030-02-28T00:00:00Z"), seconds("2030-03-03T00:00:00Z")
FORMS = 8  # that no moment has, in a query
WRITTEN = 5  # the same in a body


@dataclass(frozen=True, slots=True)
class Place:
    """A member or parameter that says a moment. `ask` sends a request that is right, with that one written so."""

    operation: str
    name: str
    moment: int
    ask: Callable[[str], Answer]


@rule(
    STATEMENT,
    "The list, too, is asked for with moments that are whole",
    needs=PLATFORM,
    builds_on=[listing, instant_form],
    requests=2 * FORMS + 1,
)
def forms_in_lists(check: Check) -> None:
    now = check.now()
    for place in _of_list(check, now, now + HOUR):
        _expect_forms_refused(check, place)
    for place in _of_list(check, *AROUND_NO_DAY):
        _expect_refused(place, NO_DAY)


@rule(
    STATEMENT,
    "Where a booking could be moved, too, is asked for with moments that are whole",
    needs=WRITES,
    builds_on=[availability, instant_form],
    requests=2 * FORMS + BOOKED,
)
def forms_in_searches_to_move(check: Check) -> None:
    booking = check.bookings.shared()
    for place in _of_search_to_move(check, booking):
        _expect_forms_refused(check, place)
    for place in _of_search_to_move(check, booking, AROUND_NO_DAY):
        _expect_refused(place, NO_DAY)


@rule(
    STATEMENT,
    "A booking is made and moved to moments that are whole",
    needs=WRITES,
    builds_on=[create, only_times, instant_form],
    requests=4 * WRITTEN + BOOKED + SETUP,
)
def forms_in_bodies(check: Check) -> None:
    booking, elsewhere = check.bookings.book(), check.offers.free_slot()
    places = [*_of_creation(check, check.offers.spare_slot()), *_of_move(check, booking, elsewhere)]
    for place in places:
        for text in _unlawful(place.moment):
            _expect_refused(place, text)
    check.bookings.put_back(booking)
    check.offers.release(elsewhere)


@rule(
    "time.offset",
    "A moment with an offset is the same moment in the filters of the list",
    needs=WRITES | PLATFORM,
    builds_on=[list_answer, offset],
    requests=6 + BOOKED,
)
def offsets_in_lists(check: Check) -> None:
    booking = check.bookings.shared()
    for place in _of_list(check, booking.slot.start, booking.slot.start + 1):
        _expect_same(place, "bookings")


@rule(
    "time.offset",
    "A moment with an offset is the same moment where it is asked what a booking could be moved to",
    needs=WRITES,
    builds_on=[availability, offset],
    requests=6 + BOOKED,
)
def offsets_in_searches_to_move(check: Check) -> None:
    for place in _of_search_to_move(check, check.bookings.shared()):
        _expect_same(place, "slots")


@rule(
    "time.offset",
    "A booking that is moved to a moment with an offset is moved to the same moment in UTC",
    needs=WRITES,
    builds_on=[only_times, offset],
    requests=2 * 2 * 3 + BOOKED + SETUP,
)
def offsets_in_moves(check: Check) -> None:
    _expect_moved(check, [partial(local, minutes=minutes) for minutes in OFFSETS])


@rule(
    "time.fraction",
    "A fraction of a second is cut off where a booking is made, moved or listed",
    needs=WRITES,
    builds_on=[create, only_times, fraction],
    requests=10 + 2 * BOOKED + SETUP,
)
def fractions_elsewhere(check: Check) -> None:
    slot = check.offers.free_slot()
    body = check.bookings.body(slot, starts_at=_cut(slot.start), ends_at=_cut(slot.end))
    answer = check.bookings.create(body)
    if answer.status == check.contract.errors["slot_not_offered"].status:
        raise NotRunError("a slot is not offered any more")
    check.expect(answer.status < 400, f"starts_at={body['starts_at']} to be taken", str(answer), answer)
    check.expect_moment(answer, slot.start, "booking", "start_at")
    check.bookings.put_back(check.bookings.booked(answer, body, slot))
    _expect_moved(check, [_cut])
    if "platform" in check.credentials.keys and check.organization_header() is not None:
        booking = check.bookings.shared()
        first, last = _of_list(check, booking.slot.start - 1, booking.slot.start + 1)
        _expect_cut(check, booking, first, listed=True)
        _expect_cut(check, booking, last, listed=False)


def _expect_cut(check: Check, booking: Booking, place: Place, *, listed: bool) -> None:
    """Of a list whose range begins or ends with the booking."""
    text = _cut(booking.slot.start)
    answer = check.expect_served(place.ask(text))
    items = answer.member("bookings")
    found = isinstance(items, list) and booking.id in {member(item, "id") for item in items}
    expected = f"{place.name}={text} to {'hold' if listed else 'leave out'} what starts in that second"
    check.expect(found == listed, expected, str(answer), answer)


def _of_list(check: Check, first: int, last: int) -> Iterator[Place]:
    def ask(name: str) -> Callable[[str], Answer]:
        query = {"from": instant(first), "to": instant(last)}
        return lambda text: check.call("listBookings", query={**query, name: text})

    yield Place("listBookings", "from", first, ask("from"))
    yield Place("listBookings", "to", last, ask("to"))


def _of_search_to_move(check: Check, booking: Booking, within: tuple[int, int] | None = None) -> Iterator[Place]:
    """Of the slots that start when the booking does, or in another range."""
    first, last = within or (booking.slot.start, booking.slot.start + 1)

    def ask(name: str) -> Callable[[str], Answer]:
        query = {"contact": booking.contact, "from": instant(first), "to": instant(last)}
        return lambda text: check.call(
            "getRescheduleAvailability", query={**query, name: text}, confirmation_number=booking.number
        )

    yield Place("getRescheduleAvailability", "from", first, ask("from"))
    yield Place("getRescheduleAvailability", "to", last, ask("to"))


def _of_creation(check: Check, slot: Slot) -> Iterator[Place]:
    def ask(name: str) -> Callable[[str], Answer]:
        return lambda text: check.bookings.create(check.bookings.body(slot, **{name: text}))

    yield Place("createBooking", "starts_at", slot.start, ask("starts_at"))
    yield Place("createBooking", "ends_at", slot.end, ask("ends_at"))


def _of_move(check: Check, booking: Booking, slot: Slot) -> Iterator[Place]:
    def ask(name: str) -> Callable[[str], Answer]:
        return lambda text: check.bookings.reschedule(booking, slot, **{name: text})

    yield Place("rescheduleBooking", "start_at", slot.start, ask("start_at"))
    yield Place("rescheduleBooking", "end_at", slot.end, ask("end_at"))


def _expect_forms_refused(check: Check, place: Place) -> None:
    """Moments that are not whole, and those that the contract knows none of."""
    for text in _unlawful(place.moment):
        _expect_refused(place, text)
    _expect_refused(place, LEAP_SECOND, "time.leap_second")
    _expect_refused(place, f"{check.contract.rule('time.years')['last'] + 1:04}-01-01T00:00:00Z", "time.years")


def _expect_refused(place: Place, text: str, statement: str = STATEMENT) -> None:
    answer = place.ask(text)
    if answer.status < 400:
        raise Broken(f"{place.name}={text} of {place.operation} to be refused", str(answer), answer, statement)


def _expect_same(place: Place, found: str) -> None:
    """What is found is the same, however the moment is written."""
    plain = place.ask(instant(place.moment))
    wanted = plain.member(found)
    if plain.status >= 400 or not isinstance(wanted, list):
        raise NotRunError(f"{place.operation} {plain}")
    for minutes in OFFSETS:
        text = local(place.moment, minutes)
        answer = place.ask(text)
        if answer.status >= 400 or answer.member(found) != wanted:
            expected = f"{place.name}={text} of {place.operation} to find what {instant(place.moment)} does"
            raise Broken(expected, str(answer), answer)


def _expect_moved(check: Check, writings: list[Callable[[int], str]]) -> None:
    """To and fro, with one end at a time written so."""
    booking = check.bookings.book()
    slot, other = check.offers.free_slot(), booking.slot
    for write in writings:
        for name in ("start_at", "end_at"):
            text = write(slot.start if name == "start_at" else slot.end)
            answer = check.bookings.reschedule(booking, slot, **{name: text})
            if answer.status >= 400:
                check.need_served(check.bookings.reschedule(booking, slot))
            check.expect(answer.status < 400, f"{name}={text} to be taken", str(answer), answer)
            check.expect_moment(answer, slot.start, "booking", "start_at")
            check.expect_moment(answer, slot.end, "booking", "end_at")
            slot, other = other, slot
    check.bookings.put_back(booking)
    check.offers.release(other)


def _unlawful(moment: int) -> list[str]:
    """Without offset, without seconds, as HTTP has it, as a number, and without what stands between."""
    at = datetime.fromtimestamp(moment, UTC)
    return [
        f"{at:%Y-%m-%dT%H:%M:%S}",
        f"{at:%Y-%m-%dT%H:%MZ}",
        format_datetime(at, usegmt=True),
        str(moment),
        f"{at:%Y%m%dT%H%M%SZ}",
    ]


def _cut(moment: int) -> str:
    return instant(moment).replace("Z", ".999Z")
