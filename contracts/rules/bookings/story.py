"""The story of one booking that is made, moved and canceled, with all that is read of it in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.read_back import Picture, picture, seats_at
from contracts.harness.settings import DAY
from contracts.harness.slots import Slot, instant

LATER = 1  # seconds: what lags behind a write is seen at once, what forgets it later


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the story: the booking has the slot, or had it before it was canceled. `after` says after what."""

    after: str
    slot: Slot
    other: Slot
    canceled: bool
    seen: Picture


@dataclass(frozen=True, slots=True)
class Story:
    """`free` are the seats at both starts before anything was booked; `refused` holds what refused writes changed:
    (what was refused, its answer, the picture before and after)."""

    booking: Booking
    free: Mapping[int, int]
    scenes: Sequence[Scene]
    refused: Sequence[tuple[str, Answer, Picture, Picture]]


def story_of(check: Check) -> Story:
    found: Story = check.once("story", lambda: told_anew(check))
    return found


def told_anew(check: Check) -> Story:
    bookings, witness = check.bookings, check.bookings.shared()
    old, new = check.offers.free_slot(), check.offers.free_slot()
    both = [old, new]
    before = seats_at(check, both)
    free = {slot.start: sum(left for (start, _), left in before.items() if start == slot.start) for slot in both}
    booking = bookings.book(slot=old)
    scenes: list[Scene] = []

    def seen(after: str, slot: Slot, other: Slot, canceled: bool = False) -> Picture:
        scenes.append(Scene(after, slot, other, canceled, picture(check, booking, both, witness)))
        check.wait(LATER)
        later = picture(check, booking, both, witness)
        scenes.append(Scene(f"{LATER} s {after}", slot, other, canceled, later))
        return later

    seen("after it was made", old, new)
    check.need_served(bookings.reschedule(booking, new))
    last = seen("after it was moved", new, old)
    refused: list[tuple[str, Answer, Picture, Picture]] = []

    def refuse(what: str, answer: Answer) -> None:
        nonlocal last
        if answer.status >= 400:
            now = picture(check, booking, both, witness)
            refused.append((what, answer, last, now))
            last = now

    past = Slot(old.start - _back(check, old), old.end - _back(check, old), old.host, {})
    stranger = check.fakes.email()
    lengthened = bookings.reschedule(booking, old, end_at=instant(old.end + 60))
    if lengthened.status < 400:  # that its end is corrected is another rule's business
        check.need_served(bookings.reschedule(booking, new))
    refuse("a move to another length", lengthened)
    refuse("a move into the past", bookings.reschedule(booking, past))
    refuse("a move with another contact", bookings.reschedule(booking, old, contact=stranger))
    refuse("a cancellation with another contact", bookings.cancel(booking, contact=stranger))
    cancellation = bookings.cancel(booking)
    if cancellation.status >= 400:  # perhaps it is canceled: what was refused has told
        check.unserved.append(cancellation)
        return Story(booking, free, scenes, refused)
    for slot in both:
        check.offers.release(slot)
    last = seen("after it was canceled", new, old, canceled=True)
    refuse("a second cancellation", bookings.cancel(booking))
    refuse("a move of a canceled booking", bookings.reschedule(booking, old))
    return Story(booking, free, scenes, refused)


def _back(check: Check, slot: Slot) -> int:
    """Seconds, in whole days, by which it would begin in the past."""
    return int((slot.start - check.now()) // DAY + 2) * DAY
