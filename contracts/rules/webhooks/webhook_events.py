"""Of which events endpoints are told."""

from collections.abc import Sequence

from contracts.delivery import Delivery
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, MOST, SURVEY, TRIES
from contracts.harness.fixtures import pending
from contracts.rules.rule import rule
from contracts.rules.webhooks.webhooks import HOOKS, STORY, posted, story


@rule("webhooks.events", "It is told that a booking was made", needs=HOOKS, builds_on=[posted], requests=STORY)
def created(check: Check) -> None:
    _expect_one(check, story(check).created, check.webhooks.stated.events.created, "made")


@rule("webhooks.events", "It is told that a booking was canceled", needs=HOOKS, builds_on=[posted], requests=STORY)
def canceled(check: Check) -> None:
    _expect_one(check, story(check).canceled, check.webhooks.stated.events.cancelled, "canceled")


@rule("webhooks.updated_means", "It is told that a booking was moved", needs=HOOKS, builds_on=[posted], requests=STORY)
def moved(check: Check) -> None:
    _expect_one(check, story(check).moved, check.webhooks.stated.events.updated, "moved")


@rule(
    "webhooks.updated_means",
    "No update is told of where a booking was confirmed, made or canceled",
    needs=HOOKS,
    builds_on=[moved],
    requests=STORY + TRIES * MOST + SURVEY,
)
def only_moved(check: Check) -> None:
    event = check.webhooks.stated.events.updated
    for came, occasion in ((story(check).created, "made"), (story(check).canceled, "canceled")):
        check.expect(event not in _events(came), f"no {event} where a booking was {occasion}", "sent one")
    booking = pending(check)
    with check.steering.moved(0), check.webhooks.endpoint() as endpoint:
        check.steering.confirm(booking.id)
        came = check.webhooks.settled(endpoint)
    check.expect(event not in _events(came), f"no {event} where a booking was confirmed", "sent one")


@rule(
    "webhooks.chosen_for_each",
    "An endpoint is told of the events that were chosen for it, and of no others",
    needs=HOOKS,
    builds_on=[created, canceled],
    requests=BOOKED + 1,
)
def chosen(check: Check) -> None:
    hooks, events = check.webhooks, check.webhooks.stated.events
    with hooks.endpoint(events.cancelled) as some, hooks.endpoint(events.created) as other:
        booking = check.bookings.book()
        hooks.delivered(other, 1)
        check.bookings.put_back(booking)
        hooks.delivered(some, 1)
        told = {events.cancelled: hooks.settled(some), events.created: hooks.settled(other)}
    for event, came in told.items():
        seen = _events(came)
        check.expect(seen == [event], f"one {event} where nothing else was chosen", f"sent {seen or 'nothing'}")


def _expect_one(check: Check, came: Sequence[Delivery], event: str, occasion: str) -> None:
    seen = _events(came)
    check.expect(seen == [event], f"one {event} where a booking was {occasion}", f"sent {seen or 'nothing'}")


def _events(came: Sequence[Delivery]) -> list[object]:
    return [one.member("event") for one in came]
