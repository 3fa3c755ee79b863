"""What is charged to a limit and what is not, as `Remaining` of the general limit tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from contracts.harness.counting import BUCKET
from contracts.harness.limits import GENERAL
from contracts.rules.access.auth import unknown_key
from contracts.rules.idempotency.idempotency import repeat, replay
from contracts.rules.limits.limit_headers import described
from contracts.rules.limits.limits import CREATIONS, LIMIT, MINUTE, SETUP
from contracts.rules.limits.windows import algorithm
from contracts.rules.rule import WRITES, Broken, NotRunError, rule
from contracts.target.exchange import Answer

if TYPE_CHECKING:
    from contracts.harness.check import Check

LOOKS = 4  # at what is left, before and after, and once more where somebody else may have been between them
BOOKED = SETUP + 3  # and a booking, to which others may be quicker


@rule(
    "limits.failed_request_counts",
    "A request that ends in an error is charged",
    builds_on=[algorithm],
    requests=SETUP + LOOKS + 2,
)
def failed_request(check: Check) -> None:
    _expect_taken(check, 1, lambda: check.call("getService", service_slug=check.fiction.slug()), "a 404")


@rule(
    "limits.creation_counts_twice",
    "A creation is charged to the general limit, too",
    needs=WRITES,
    builds_on=[algorithm],
    requests=SETUP + LOOKS + 2,
)
def creation_counts_twice(check: Check) -> None:
    desk = check.desk
    _expect_taken(check, 1, lambda: desk.create(desk.body(desk.free_slot())), "a creation")


@rule(
    "limits.replay_counts",
    "A replay is charged like any other creation",
    needs=WRITES,
    builds_on=[creation_counts_twice, replay],
    requests=BOOKED + LOOKS + 2,
)
def replay_counts(check: Check) -> None:
    booking = check.desk.shared()
    _expect_taken(check, 1, lambda: repeat(check, booking), "a replay")


@rule(
    "limits.refused_counts",
    "A request that one limit refuses is not charged to another",
    needs=WRITES,
    builds_on=[creation_counts_twice],
    requests=BOOKED + 2 * (CREATIONS + 1) + LOOKS + 2,
    waits=MINUTE,
)
def refused_creation(check: Check) -> None:
    _need_windows(check)
    booking = check.desk.shared()

    def again() -> Answer:
        return repeat(check, booking, paced=False)

    def use_up() -> None:
        if not check.meter.is_refused(check.meter.use_up("creation", again, check.request("createBooking")).last):
            raise NotRunError("as many replays as the creation limit admits did not use it up")

    _expect_taken(check, 0, again, "a creation that the creation limit refuses", use_up)


@rule(
    "limits.all_or_none",
    "A creation that the general limit refuses is not charged to the creation limit",
    needs=WRITES,
    builds_on=[described, algorithm],
    requests=BOOKED + LIMIT + 3,
    waits=2 * MINUTE,
)
def all_or_none(check: Check) -> None:
    """Shortly before the general limit has a new window: a window of the creation limit, had one begun, outlasts it."""
    _need_windows(check)
    meter, booking, policy = check.meter, check.desk.shared(), check.meter.policy("creation")
    meter.rest(policy, check.request("createBooking"))
    known = meter.exhausted(GENERAL)
    before_the_end = known.policy.window // 6
    check.wait(int(known.first.sent + known.policy.window - check.target.waiting.now - before_the_end))
    if not meter.is_refused(repeat(check, booking, paced=False)):
        raise NotRunError("the general limit refused no creation")
    check.wait(before_the_end + 1)
    answer = repeat(check, booking, paced=False)
    if meter.read(answer, "limit") != policy.limit:
        raise NotRunError(f"its headers do not tell of the creation limit: {answer}")
    left = meter.read(answer, "remaining")
    name = meter.header("remaining")
    if left < policy.limit - 1:
        expected = f"{name}: {policy.limit - 1} on a creation after one that the general limit refused"
        raise Broken(expected, f"sent {name}: {left}", answer)


@rule(
    "limits.failed_authentication_counts",
    "A request that fails authentication is charged to nobody",
    builds_on=[algorithm, unknown_key],
    requests=LOOKS + 2 * (LIMIT + 1),
)
def failed_authentication(check: Check) -> None:
    headers = {check.target.key_header: check.fiction.api_key()}
    many = check.meter.policy(GENERAL).limit + 1

    def fail() -> None:
        for count in range(1, many + 1):
            answer = check.call("getOrganization", key=None, headers=headers, paced=False)
            if check.meter.is_refused(answer):
                raise Broken(
                    f"{many} requests with an unknown key to be judged by it", f"limited number {count}", answer
                )

    _expect_taken(check, 0, fail, f"{many} requests with an unknown key")


def _expect_taken(
    check: Check, units: int, act: Callable[[], object], name: str, prepare: Callable[[], object] | None = None
) -> None:
    """Measured again before it is believed that the server counts otherwise: others may use the key, too."""
    taken = check.meter.taken(act, prepare)
    if taken == units:
        return
    if check.meter.taken(act, prepare) != taken:
        raise NotRunError("somebody else draws from the limit at the same time")
    of_it = f"of the general limit for {name}"
    raise Broken(f"{units} {of_it} to be taken", f"took {taken} {of_it}")


def _need_windows(check: Check) -> None:
    algorithm = check.contract.rate_limits.algorithm
    if algorithm == BUCKET:
        raise NotRunError(f"units come back all the time under {algorithm}, which the contract says")
