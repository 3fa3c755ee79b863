"""What every reading operation says of one booking and of the seats at some starts, before and after a write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from contracts.exchange import Answer, Request, member
from contracts.harness import ics
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.fixtures import seats_left
from contracts.harness.settings import MINUTE
from contracts.harness.slots import Slot, instant, seconds, slots_of
from contracts.outcome import NotRunError

READ = 9  # requests at most for one Picture of a booking and two starts
VOLATILE = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}  # of a calendar file: when and how often it was made

Seats = Mapping[tuple[int, str | None], int]
"""Free seats by start and host; nothing for what is not offered."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was told, and the answers that told it.

    `listed` is None where no list can be asked for, empty where the booking is not in it; `calendar` is None where no
    file can be read; `elsewhere` are the seats that another booking could move to.
    """

    told: Mapping[str, Any]
    listed: Mapping[str, Any] | None
    seats: Seats
    elsewhere: Seats
    calendar: Mapping[str, str] | None
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def free(self, start: int) -> int:
        return sum(seats for (begins, _), seats in self.seats.items() if begins == start)

    def changes(self, before: "Picture") -> Iterator[tuple[str, str, object, object]]:
        """(reading, member, before, now) of all that is told otherwise."""
        yield from _changed("lookupBooking", before.told, self.told)
        if before.listed is not None:
            yield from _changed("listBookings", before.listed, self.listed or {})
        yield from _changed("getAvailability", _named(before.seats), _named(self.seats))
        yield from _changed("getRescheduleAvailability", _named(before.elsewhere), _named(self.elsewhere))
        if before.calendar is not None:
            yield from _changed("ics_url", before.calendar, self.calendar or {})


def picture(check: Check, booking: Booking, starts: Sequence[Slot], witness: Booking | None = None) -> Picture:
    """Asks them all now. The reschedule availability is that of the `witness`, whom the booking may be in the way of:
    its own seats are never in a booking's own way.

    Raises NotRunError where lookup or availability is refused.
    """
    answers = {"lookupBooking": check.need_served(check.bookings.lookup(booking))}
    told = answers["lookupBooking"].member("booking")
    if not isinstance(told, dict):
        raise NotRunError(f"lookupBooking {answers['lookupBooking']}, which holds no booking")
    listed = None
    if "platform" in check.credentials.keys and check.organization_header() is not None:
        listed = _listed(check, booking, told, starts, answers)
    seats = seats_at(check, starts, answers)
    elsewhere = {} if witness is None else _elsewhere(check, witness, starts, answers)
    return Picture(told, listed, seats, elsewhere, _calendar(check, booking, answers), answers)


def seats_at(check: Check, starts: Sequence[Slot], answers: dict[str, Answer] | None = None) -> Seats:
    """What availability offers at the starts of those slots."""
    found: dict[tuple[int, str | None], int] = {}
    for slot in starts:
        query = check.offers.query(slot.start - MINUTE, slot.start + MINUTE)
        found |= _seats(check, check.call("getAvailability", query=query), slot, "getAvailability", answers)
    return found


def ids_at(check: Check, slot: Slot) -> set[str]:
    """Ids of the bookings that the list has at a start. Raises NotRunError."""
    query = {"from": instant(slot.start), "to": instant(slot.start + 1)}
    bookings = check.need_served(check.call("listBookings", query=query)).member("bookings")
    return {str(member(item, "id")) for item in bookings} if isinstance(bookings, list) else set()


def _elsewhere(check: Check, witness: Booking, starts: Sequence[Slot], answers: dict[str, Answer]) -> Seats:
    found: dict[tuple[int, str | None], int] = {}
    for slot in starts:
        query = {
            "contact": witness.contact,
            "from": instant(slot.start - MINUTE),
            "to": instant(slot.start + MINUTE),
        }
        answer = check.call("getRescheduleAvailability", query=query, confirmation_number=witness.number)
        if answer.status != 200:  # how it is asked for is assumed
            check.unserved.append(answer)
            return {}
        found |= _seats(check, answer, slot, "getRescheduleAvailability", answers)
    return found


def _seats(check: Check, answer: Answer, slot: Slot, name: str, answers: dict[str, Answer] | None) -> Seats:
    if answers is not None:
        answers[name] = answer
    offered = slots_of(check.need_served(answer))
    return {(one.start, one.host): seats_left(one) for one in offered if one.start == slot.start}


def _listed(
    check: Check, booking: Booking, told: Mapping[str, Any], starts: Sequence[Slot], answers: dict[str, Answer]
) -> Mapping[str, Any] | None:
    """As it is listed where lookup says that it begins, or at one of those starts; empty where it is at none."""
    for begins in dict.fromkeys([*_moments(told.get("start_at")), *(slot.start for slot in starts)]):
        query = {"from": instant(begins), "to": instant(begins + 1)}
        answers["listBookings"] = answer = check.need_served(check.call("listBookings", query=query))
        bookings = answer.member("bookings")
        if not isinstance(bookings, list):
            return None
        for item in bookings:
            if member(item, "id") == booking.id:
                return dict(item)
    return {}


def _moments(text: object) -> list[int]:
    try:
        return [seconds(str(text))]
    except ValueError:
        return []


def _calendar(check: Check, booking: Booking, answers: dict[str, Answer]) -> Mapping[str, str] | None:
    url = booking.answer.member("calendar_invite", "ics_url")
    if not isinstance(url, str) or _origin(url) != _origin(check.credentials.url):
        return None
    answers["ics_url"] = answer = check.target.send(Request("GET", url))
    if answer.status != 200:
        return None
    try:
        return {name: value for name, value in ics.event(answer.body).items() if name not in VOLATILE}
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc


def _named(seats: Seats) -> Mapping[str, int]:
    return {f"seats at {instant(start)} with {host}": left for (start, host), left in seats.items()}


def _changed(
    reading: str, before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[tuple[str, str, object, object]]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield reading, name, before.get(name), now.get(name)
