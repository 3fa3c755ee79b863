"""What is delivered when a booking is made, moved and canceled: in which form, and what it says of the booking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.delivery import Delivery
from contracts.exchange import Answer
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import MOVED, TRIES
from contracts.harness.slots import Slot, instant
from contracts.observe.deliveries import header_problem, payload_problems
from contracts.outcome import NotRunError
from contracts.rules.rule import WRITES, Need, rule
from contracts.spec.webhooks import Role

HOOKS = WRITES | {Need.CONTROL, Need.WEBHOOKS}
STORY = MOVED + TRIES + 3
CLOCKS_APART = 300  # seconds between a timestamp and the server's Date


@dataclass(frozen=True, slots=True)
class Story:
    """What an endpoint of all events got when a booking was made, moved to a slot, and canceled; `found` and `gone` are
    what lookup and cancellation answered, `now` is the server's time at the end."""

    booking: Booking
    slot: Slot
    found: Answer
    gone: Answer
    secret: str
    now: int
    created: Sequence[Delivery]
    moved: Sequence[Delivery]
    canceled: Sequence[Delivery]

    @property
    def deliveries(self) -> Sequence[Delivery]:
        return [*self.created, *self.moved, *self.canceled]


def story(check: Check) -> Story:
    """The same for all rules that only look at it."""
    told: Story = check.once("webhooks", lambda: _lived(check))
    return told


def _lived(check: Check) -> Story:
    hooks = check.webhooks
    with hooks.endpoint() as endpoint:
        booking = check.bookings.book()
        first = len(hooks.delivered(endpoint, 1))
        found = check.need_served(check.bookings.lookup(booking))
        slot = check.offers.free_slot()
        check.need_served(check.bookings.reschedule(booking, slot))
        second = len(hooks.delivered(endpoint, first + 1))
        gone = check.need_served(check.bookings.cancel(booking))
        came = hooks.delivered(endpoint, second + 1)
    check.offers.release(booking.slot)
    check.offers.release(slot)
    created, moved, canceled = came[:first], came[first:second], came[second:]
    return Story(booking, slot, found, gone, endpoint.secret, check.now(), created, moved, canceled)


def deliveries(check: Check) -> Sequence[Delivery]:
    """Raises NotRunError where none came."""
    if not (came := story(check).deliveries):
        raise NotRunError("nothing was delivered")
    return came


@rule("webhooks.delivery", "What happens to a booking is posted to the endpoint, as JSON", needs=HOOKS, requests=STORY)
def posted(check: Check) -> None:
    stated = check.webhooks.stated
    expected = f"a {stated.method} with Content-Type: {stated.media_type} when a booking is made, moved or canceled"
    check.expect(bool(story(check).deliveries), expected, "delivered nothing")
    for one in story(check).deliveries:
        check.expect(one.method == stated.method, expected, f"sent {one.method}")
        sent = one.header("Content-Type") or ""
        bare = sent.partition(";")[0].strip().lower()
        check.expect(bare == stated.media_type, expected, f"sent Content-Type: {sent}")


@rule("webhooks.payload", "A delivery has the documented form", needs=HOOKS, requests=STORY)
def form(check: Check) -> None:
    for one in deliveries(check):
        for problem in payload_problems(check.webhooks.stated, one):
            check.expect(False, "a delivery of the documented form", f"sent one that {problem}")


@rule("webhooks.payload", "A delivery tells of the booking", needs=HOOKS, builds_on=[form], requests=STORY)
def told(check: Check) -> None:
    booking, found = story(check).booking, story(check).found
    _expect(
        check,
        story(check).created,
        {
            "id": booking.id,
            "confirmation_number": booking.number,
            "startsAt": instant(booking.slot.start),
            "endsAt": instant(booking.slot.end),
            "status": found.member("booking", "status"),
            "contact": dict(booking.body["contact"]),
        },
    )


@rule(
    "webhooks.payload",
    "A delivery tells of the booking as it has become",
    needs=HOOKS,
    builds_on=[told],
    requests=STORY,
)
def told_anew(check: Check) -> None:
    new = story(check).slot
    times = {"startsAt": instant(new.start), "endsAt": instant(new.end)}
    _expect(check, story(check).moved, times)
    _expect(check, story(check).canceled, {**times, "status": story(check).gone.member("booking", "status")})


def _expect(check: Check, came: Sequence[Delivery], booking: Mapping[str, Any]) -> None:
    if not came:
        raise NotRunError("it was not delivered")
    for one in came:
        for name, value in booking.items():
            seen = one.member("data", "booking", name)
            check.expect(seen == value, f"a delivery with {name} {value!r}", f"sent one with {seen!r}")


@rule("webhooks.header.signature", "A delivery has its signature in a header", needs=HOOKS, requests=STORY)
def signature(check: Check) -> None:
    for one in deliveries(check):
        name = check.webhooks.stated.headers["signature"]
        check.expect(bool(one.header(name)), f"the header {name} in each delivery", "sent one without")


@rule("webhooks.header.timestamp", "A delivery says in a header when it was sent", needs=HOOKS, requests=STORY)
def timestamp(check: Check) -> None:
    _need_form(check, "timestamp")
    name, now = check.webhooks.stated.headers["timestamp"], story(check).now
    for one in deliveries(check):
        apart = abs(int(one.header(name) or 0) - now)
        check.expect(
            apart <= CLOCKS_APART, f"{name} in Unix seconds, which are {now}", f"sent {name}: {one.header(name)}"
        )


@rule("webhooks.header.delivery_id", "Each delivery has an id of its own", needs=HOOKS, requests=STORY)
def delivery_id(check: Check) -> None:
    _need_form(check, "delivery_id")
    name = check.webhooks.stated.headers["delivery_id"]
    ids = [one.header(name) for one in deliveries(check)]
    check.expect(len(set(ids)) == len(ids), f"another {name} in each delivery", f"sent {ids}")


def _need_form(check: Check, role: Role) -> None:
    for one in deliveries(check):
        problem = header_problem(check.webhooks.stated, role, one)
        name = check.webhooks.stated.headers[role]
        check.expect(not problem, f"the header {name} in each delivery, as documented", f"sent one that {problem}")
