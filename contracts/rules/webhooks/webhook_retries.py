"""What becomes of deliveries that fail: a control API lets the time of their retries come."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise

from contracts.delivery import Delivery
from contracts.harness.bookings import Booking
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED
from contracts.harness.webhooks import Endpoint
from contracts.outcome import NotRunError
from contracts.rules.rule import rule
from contracts.rules.webhooks.webhook_events import canceled, created
from contracts.rules.webhooks.webhooks import HOOKS, delivery_id, posted

LATE = 1  # seconds after the moment of a retry by which it has begun
STATUSES = (200, 204, 299, 300, 399, 499, 599)  # of receivers: some have taken a delivery, and some have not


def _failing(check: Check) -> int:
    """What a receiver answers that has not taken a delivery."""
    return next(status for status in reversed(STATUSES) if status not in check.webhooks.stated.success)


def _retries(check: Check) -> Sequence[int]:
    """Raises NotRunError where the contract has none."""
    if not (retries := check.webhooks.stated.retries):
        raise NotRunError("the contract says that nothing is tried again")
    return retries


@contextmanager
def _told(check: Check, failures: int) -> Iterator[tuple[Booking, Endpoint]]:
    """A booking, and an endpoint that was told of it and fails so often; as if they had never been, afterwards."""
    answers = [_failing(check)] * failures
    with check.steering.moved(0), check.webhooks.endpoint(answers=answers) as endpoint:
        booking = check.bookings.book()
        if len(check.webhooks.delivered(endpoint, 1)) != 1:
            raise NotRunError("a booking was not told of just once")
        yield booking, endpoint
    check.offers.release(booking.slot)


@rule(
    "webhooks.failed_are_retried",
    "A delivery that failed is tried again",
    needs=HOOKS,
    builds_on=[posted],
    requests=BOOKED,
)
def failed(check: Check) -> None:
    with _told(check, failures=1) as (_, endpoint):
        check.wait(sum(_retries(check)) + LATE)
        came = check.webhooks.delivered(endpoint, 2)
    check.expect(len(came) > 1, f"what was answered with {_failing(check)} to be tried again", "did not try again")


@rule(
    "webhooks.success",
    "A delivery is tried again where it was not answered with success, and not where it was",
    needs=HOOKS,
    builds_on=[failed],
    requests=BOOKED,
)
def success(check: Check) -> None:
    hooks = check.webhooks
    with check.steering.moved(0), ExitStack() as stack:
        endpoints = {status: stack.enter_context(hooks.endpoint(answers=[status])) for status in STATUSES}
        booking = check.bookings.book()
        for endpoint in endpoints.values():
            hooks.delivered(endpoint, 1)
        check.wait(sum(_retries(check)) + LATE)
        again = {status: len(hooks.settled(endpoint)) > 1 for status, endpoint in endpoints.items()}
    check.offers.release(booking.slot)
    for status, tried in again.items():
        taken = status in hooks.stated.success
        expected = f"what was answered with {status} {'not ' if taken else ''}to be tried again"
        check.expect(tried != taken, expected, "tried again" if tried else "did not try again")


@rule(
    "webhooks.retries",
    "What fails is tried again after the times that the contract says, and then no more",
    needs=HOOKS,
    builds_on=[failed],
    requests=BOOKED,
)
def retries(check: Check) -> None:
    pauses = _retries(check)
    with _told(check, failures=len(pauses) + 1) as (_, endpoint):
        for number, pause in enumerate(pauses, 1):
            check.wait(pause // 2)
            early = len(check.webhooks.settled(endpoint)) - number
            check.expect(not early, f"retry {number} after {pause} s", f"tried again within {pause // 2} s")
            check.wait(pause - pause // 2 + LATE)
            came = len(check.webhooks.delivered(endpoint, number + 1)) - number
            check.expect(came == 1, f"retry {number} after {pause} s", f"tried again {came} times by then")
        check.wait(2 * max(pauses))
        more = len(check.webhooks.settled(endpoint)) - len(pauses) - 1
    check.expect(not more, f"no more than {len(pauses)} retries", f"tried again {more} times more")


@rule(
    "webhooks.delivery_id_kept",
    "A delivery that is tried again is the same, by its id and its body",
    needs=HOOKS,
    builds_on=[failed, delivery_id],
    requests=BOOKED,
)
def same(check: Check) -> None:
    name = check.webhooks.stated.headers["delivery_id"]
    with _told(check, failures=2) as (_, endpoint):
        check.wait(sum(_retries(check)) + LATE)
        came = check.webhooks.settled(endpoint)
    kept = all((one.header(name), one.body) == (other.header(name), other.body) for one, other in pairwise(came))
    wanted = check.webhooks.stated.delivery_id_kept
    expected = f"{'the same' if wanted else 'another'} {name} when a delivery is tried again"
    check.expect(kept == wanted, expected, f"sent {[one.header(name) for one in came]}")


@rule(
    "webhooks.given_up",
    "What was given up is kept in the log, and can be sent again",
    needs=HOOKS,
    builds_on=[retries, same],
    requests=BOOKED,
)
def given_up(check: Check) -> None:
    pauses = _retries(check)
    with _told(check, failures=len(pauses) + 1) as (_, endpoint):
        for pause in pauses:
            check.wait(pause + LATE)
            check.webhooks.settled(endpoint)
        before = check.webhooks.settled(endpoint)
        identity = str(before[-1].header(check.webhooks.stated.headers["delivery_id"]))
        expected = f"delivery {identity}, which was given up, in the log"
        check.expect(identity in check.webhooks.logged(endpoint), expected, "does not have it there")
        sent = check.webhooks.resend(identity)
        check.expect(sent, f"delivery {identity}, which was given up, to be sent again", "refused to")
        came = check.webhooks.delivered(endpoint, len(before) + 1)
    check.expect(len(came) > len(before), f"delivery {identity} to be sent again", "did not send it")


@rule(
    "webhooks.order",
    "What happened to a booking later is told of later, though what came before it failed",
    needs=HOOKS,
    builds_on=[failed, created, canceled],
    requests=BOOKED + 1,
)
def in_order(check: Check) -> None:
    events = check.webhooks.stated.events
    with _told(check, failures=1) as (booking, endpoint):
        check.need_served(check.bookings.cancel(booking))
        check.webhooks.settled(endpoint)
        check.wait(sum(_retries(check)) + LATE)
        told = _events(check.webhooks.delivered(endpoint, 3))
    expected = [events.created, events.created, events.cancelled]
    check.expect(told == expected, f"{expected} where the first was not taken", f"sent {told}")


def _events(came: Sequence[Delivery]) -> list[object]:
    return [one.member("event") for one in came]
