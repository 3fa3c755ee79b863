"""After each write, and after each refused one, every reading operation is asked: at once, and again a second later.

One booking is made, moved and canceled; between these it is refused what must be refused. The rules look at that story,
each from the side of one reading.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.read_back import READ, ids_at, seats_at
from contracts.harness.slots import Slot, instant, seconds
from contracts.outcome import Broken, NotRunError
from contracts.rules.bookings.bookings import create, optional_members
from contracts.rules.bookings.cancellation import CANCELED, cancel_body
from contracts.rules.bookings.rescheduling import only_times
from contracts.rules.bookings.self_service import lookup
from contracts.rules.bookings.story import LATER, Scene, Story, story_of, told_anew
from contracts.rules.platform.platform import list_answer
from contracts.rules.rule import PLATFORM, WRITES, Need, Rule, rule

STORY = 2 * BOOKED + 16 * READ  # requests of a story at most


Judge = Callable[[Story, Scene], Iterator[Broken]]


@rule(
    "bookings.refused_changes_nothing",
    "A write that was refused has changed nothing that can be read",
    needs=WRITES,
    builds_on=[lookup, only_times, cancel_body],
    requests=2 * STORY,
    waits=3 * LATER,
)
def refused_changes(check: Check) -> None:
    def first_change(story: Story) -> Broken | None:
        for what, answer, before, after in story.refused:
            for reading, name, was, now in after.changes(before):
                told = f"told {reading} {name} {now!r}, {was!r} before it answered {answer.status} to {what}"
                return Broken("a refused write to change nothing", told, answer)
        return None

    _twice(check, first_change)


@rule(
    "bookings.refused_holds_no_seat",
    "A creation that was refused holds no seat, and makes no booking",
    needs=WRITES,
    builds_on=[optional_members],
    requests=4 * 10 + SETUP,
    waits=LATER,
)
def refused_creation(check: Check) -> None:
    slot = check.offers.free_slot()
    whole = seats_at(check, [slot])
    if not whole:
        raise NotRunError("the slot is not offered any more")
    lists = "platform" in check.credentials.keys and check.organization_header() is not None
    listed = ids_at(check, slot) if lists else set()

    def unchanged(after: str, answer: Answer) -> None:
        now = seats_at(check, [slot])
        lost = {host for (_, host), seats in whole.items() if now.get((slot.start, host), 0) < seats}
        told = f"offers fewer with {', '.join(map(str, sorted(map(str, lost))))} {after}"
        check.expect(not lost, f"the seats at {instant(slot.start)} to be offered still", told, answer)

    answer = None
    for what, answer in _refused_creations(check, slot):
        if answer.status < 400:
            raise NotRunError(f"a creation with {what} was not refused")
        unchanged(f"after it answered {answer.status} to a creation with {what}", answer)
    check.wait(LATER)
    if answer is not None:
        unchanged(f"{LATER} s after the creations that it refused", answer)
    more = ids_at(check, slot) - listed if lists else set()
    check.expect(not more, "no booking of a creation that was refused", f"lists {', '.join(sorted(more))}", answer)


def _refused_creations(check: Check, slot: Slot) -> Iterator[tuple[str, Answer]]:
    """One for each stage at which a creation can fail."""
    bookings, fakes = check.bookings, check.fakes
    body = bookings.body(slot)
    incomplete = {name: value for name, value in body.items() if name != "contact"}
    yield "no contact", bookings.create(incomplete)
    yield "a wrong email", bookings.create({**body, "contact": {"name": fakes.name(), "email": "nobody"}})
    yield "another duration", bookings.create({**body, "ends_at": instant(slot.end + 60)})
    yield "an unknown host", bookings.create({**body, "host_id": fakes.slug()})
    yield "too large a party", bookings.create({**body, "party_size": check.settings.seats + 1})
    header = {check.contract.idempotency.header: fakes.idempotency_key()}
    yield "no key", check.call("createBooking", key=None, body=body, headers=header)


def _looked_up(story: Story, scene: Scene) -> Iterator[Broken]:
    yield from _told(story, scene, scene.seen.told, "lookupBooking")
    for name in ("name", "email", "phone"):
        was, now = story.booking.body["contact"].get(name), (scene.seen.told.get("contact") or {}).get(name)
        if was != now:
            told = f"told {now} when it was looked up {scene.after}"
            yield Broken(f"contact.{name} {was}", told, scene.seen.answers["lookupBooking"])


def _listed(story: Story, scene: Scene) -> Iterator[Broken]:
    found = scene.seen.listed
    if found is None or (scene.canceled and not found):  # whether canceled ones are listed is another rule's
        return
    if not found:
        expected = f"{story.booking.id} among the bookings at {scene.seen.told.get('start_at')}"
        yield Broken(expected, f"did not list it {scene.after}", scene.seen.answers["listBookings"])
        return
    yield from _told(story, scene, found, "listBookings")


def _told(story: Story, scene: Scene, booking: Mapping[str, object], reading: str) -> Iterator[Broken]:
    """Id, number, status and times: what the write said, each other answer must say, too."""
    answer = scene.seen.answers[reading]
    if (booking.get("status") in CANCELED) != scene.canceled:
        wanted = "status canceled" if scene.canceled else "a status other than canceled"
        yield Broken(wanted, f"told status {booking.get('status')} in {reading} {scene.after}", answer)
    for name, moment in (("start_at", scene.slot.start), ("end_at", scene.slot.end)):
        if not _is_moment(booking.get(name), moment):
            told = f"told {name} {booking.get(name)} in {reading} {scene.after}"
            yield Broken(f"{name} {instant(moment)}", told, answer)
    if booking.get("id") != story.booking.id:
        yield Broken(f"id {story.booking.id}", f"told id {booking.get('id')} in {reading} {scene.after}", answer)


def _offered(story: Story, scene: Scene) -> Iterator[Broken]:
    """Fewer seats where it is, as many as before where it is not."""
    answer = scene.seen.answers["getAvailability"]
    for slot in (scene.slot, scene.other):
        was, now = story.free[slot.start], scene.seen.free(slot.start)
        taken = slot is scene.slot and not scene.canceled
        if taken and now >= was:
            expected = f"fewer than {was} seats at {instant(slot.start)}"
            yield Broken(expected, f"offered {now} {scene.after}", answer)
        if not taken and now < was:
            expected = f"the {was} seats at {instant(slot.start)} to be offered again"
            yield Broken(expected, f"offered {now} {scene.after}", answer)


def _offered_elsewhere(story: Story, scene: Scene) -> Iterator[Broken]:
    """As availability does, host by host: of those to whom the other booking could move at all."""
    seen = scene.seen
    everywhere = {host for one in story.scenes for (_, host) in one.seen.elsewhere}
    for slot in (scene.slot, scene.other):
        for host in sorted(everywhere, key=str):
            wanted, found = seen.seats.get((slot.start, host), 0), seen.elsewhere.get((slot.start, host), 0)
            if wanted != found:
                expected = f"{wanted} seats at {instant(slot.start)} with {host}, as availability has them"
                told = f"offered another booking {found} {scene.after}"
                yield Broken(expected, told, seen.answers.get("getRescheduleAvailability"))


def _calendar(story: Story, scene: Scene) -> Iterator[Broken]:
    if all(one.seen.calendar is None for one in story.scenes):
        raise NotRunError("no calendar file can be read")
    event = scene.seen.calendar
    if event is None:
        if not scene.canceled:
            answer = scene.seen.answers.get("ics_url")
            yield Broken("ics_url to lead to an iCalendar file", f"gave none {scene.after}", answer)
        return
    answer = scene.seen.answers["ics_url"]
    for name, moment in (("DTSTART", scene.slot.start), ("DTEND", scene.slot.end)):
        found, expected = event.get(name, ""), datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
        if found.endswith("Z") and found != expected:  # else it is in local time
            yield Broken(f"{name}:{expected}", f"gave a file with {name}:{found} {scene.after}", answer)
    status = event.get("STATUS")
    if status is not None and (status == "CANCELLED") != scene.canceled:
        wanted = "STATUS:CANCELLED" if scene.canceled else "a STATUS other than CANCELLED"
        yield Broken(wanted, f"gave a file with STATUS:{status} {scene.after}", answer)
    first = next((one.seen.calendar for one in story.scenes if one.seen.calendar is not None), event)
    if event.get("UID") != first.get("UID"):
        yield Broken(f"UID:{first.get('UID')} still", f"gave a file with UID:{event.get('UID')} {scene.after}", answer)


def _twice(check: Check, judge: Callable[[Story], Broken | None]) -> None:
    """A second story is told before the first is believed: others may be booking too."""
    broken = judge(story_of(check))
    if broken is None:
        return
    try:
        again = judge(check.once("second story", lambda: told_anew(check)))
    except NotRunError:
        raise broken from None
    if again is not None:
        raise again


def _is_moment(text: object, moment: int) -> bool:
    try:
        return seconds(str(text)) == moment
    except ValueError:
        return False


def _after_each_write(
    name: str, statement: str, title: str, judge: Judge, *builds_on: Rule, needs: frozenset[Need] = WRITES
) -> Rule:
    """The story from the side of one reading."""

    def first(story: Story) -> Broken | None:
        return next((broken for scene in story.scenes for broken in judge(story, scene)), None)

    return Rule(
        f"read_back.{name}",
        statement,
        title,
        lambda check: _twice(check, first),
        needs,
        (*builds_on, lookup, only_times, cancel_body),
        requests=2 * STORY,
        waits=3 * LATER,
    )


looked_up = _after_each_write(
    "looked-up", "bookings.fields", "Lookup tells a booking as the last write left it", _looked_up
)
listed = _after_each_write(
    "listed",
    "platform.list_answer",
    "The list has a booking as the last write left it",
    _listed,
    list_answer,
    needs=WRITES | PLATFORM,
)
offered = _after_each_write(
    "offered", "operations.getAvailability", "Availability offers the seats that the last write left", _offered
)
offered_elsewhere = _after_each_write(
    "offered-elsewhere",
    "operations.getRescheduleAvailability",
    "A booking can be moved to the seats that the last write of another one left",
    _offered_elsewhere,
)
calendar_file = _after_each_write(
    "calendar-file", "bookings.ics", "The calendar file tells a booking as the last write left it", _calendar, create
)
