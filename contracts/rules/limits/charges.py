"""What is charged to a limit and what is not, as `Remaining` of the general limit tells."""

from collections.abc import Callable
from functools import partial

from contracts.exchange import Answer, Request
from contracts.harness.charges import Look
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, CREATIONS, LIMIT, MINUTE, SETUP
from contracts.harness.counting import ALGORITHMS
from contracts.harness.limits import GENERAL
from contracts.outcome import Broken, NotRunError
from contracts.rules.access.auth import unknown_key
from contracts.rules.idempotency.idempotency import repeat, replay
from contracts.rules.limits.limit_headers import described
from contracts.rules.limits.windows import algorithm
from contracts.rules.rule import WRITES, rule

LOOKS = 4  # at what is left, before and after, and once more where somebody else may have been between them


@rule(
    "limits.failed_request_counts",
    "A request that ends in an error is charged",
    builds_on=[algorithm],
    requests=SETUP + LOOKS + 2,
)
def failed_request(check: Check) -> None:
    units = int(check.contract.rule("limits.failed_request_counts"))
    expect_taken(check, units, lambda: check.call("getService", service_slug=check.fakes.slug()), "a 404")


@rule(
    "limits.creation_counts_twice",
    "A creation is charged to the general limit, too",
    needs=WRITES,
    builds_on=[algorithm],
    requests=SETUP + LOOKS + 2,
)
def creation_counts_twice(check: Check) -> None:
    units = int(draws_from_both(check))
    expect_taken(check, units, lambda: _creation(check), "a creation")


@rule(
    "limits.replay_counts",
    "A replay is charged like any other creation",
    needs=WRITES,
    builds_on=[creation_counts_twice, replay],
    requests=BOOKED + LOOKS + 2,
)
def replay_counts(check: Check) -> None:
    booking, units = check.bookings.shared(), int(check.contract.rule("limits.replay_counts"))

    def again() -> Answer:
        return repeat(check, booking)

    if draws_from_both(check):
        expect_taken(check, units, again, "a replay")
    else:
        look = partial(_creation, check)
        expect_taken(check, units, again, "a replay", limit="creation", look=look)


@rule(
    "limits.refused_counts",
    "A request that one limit refuses is not charged to another",
    needs=WRITES,
    builds_on=[creation_counts_twice],
    requests=BOOKED + 2 * (CREATIONS + 1) + LOOKS + 2,
    waits=MINUTE,
)
def refused_creation(check: Check) -> None:
    """With replays, which book nothing, unless they are free."""
    _need_both(check)
    booking = check.bookings.shared()
    again = partial(repeat, check, booking, paced=False)
    create = again if check.contract.rule("limits.replay_counts") else check.limits.booking()
    expect_refusal_taken(check, create, check.request("createBooking"), "creation", "a creation")


@rule(
    "limits.all_or_none",
    "A creation that the general limit refuses is not charged to the creation limit",
    needs=WRITES,
    builds_on=[described, refused_creation],
    requests=BOOKED + LIMIT + 3,
    waits=2 * MINUTE,
)
def all_or_none(check: Check) -> None:
    """Shortly before the general limit has a new window: a window of the creation limit, had one begun, outlasts it."""
    algorithm = check.contract.rate_limits.algorithm
    if ALGORITHMS[algorithm].refills:
        raise NotRunError(f"units come back all the time under {algorithm}, which the contract says")
    if ALGORITHMS[algorithm].by_clock:
        raise NotRunError(f"the windows of both limits end together under {algorithm}, which the contract says")
    _need_both(check)
    if check.contract.rule("limits.refused_counts"):
        raise NotRunError("what one limit refuses is charged to another, as the contract says")
    limits, booking, policy = check.limits, check.bookings.shared(), check.limits.policy("creation")
    limits.rest(policy, check.request("createBooking"))
    known = limits.exhausted(GENERAL)
    before_the_end = known.policy.window // 6
    check.wait(int(known.first.sent + known.policy.window - check.target.clock.now - before_the_end))
    if not limits.is_refused(repeat(check, booking, paced=False)):
        raise NotRunError("the general limit refused no creation")
    check.wait(before_the_end + 1)
    answer = repeat(check, booking, paced=False)
    if limits.read(answer, "limit") != policy.limit:
        raise NotRunError(f"its headers do not tell of the creation limit: {answer}")
    left = limits.read(answer, "remaining")
    name = limits.header("remaining")
    if left < policy.limit - 1:
        expected = f"{name}: {policy.limit - 1} on a creation after one that the general limit refused"
        raise Broken(expected, f"sent {name}: {left}", answer)


@rule(
    "limits.failed_authentication_counts",
    "However many requests fail authentication, each is refused for that, unless they are counted by client",
    builds_on=[unknown_key],
    requests=LIMIT + 1,
)
def unknown_keys(check: Check) -> None:
    _fail(check)


@rule(
    "limits.failed_authentication_counts",
    "A request that fails authentication is charged to nobody",
    builds_on=[algorithm, unknown_key],
    requests=LOOKS + 2 * (LIMIT + 1),
)
def failed_authentication(check: Check) -> None:
    expect_taken(check, 0, lambda: _fail(check), "requests with an unknown key")


def _fail(check: Check) -> None:
    """Asks with an unknown key, once more than the general limit admits."""
    headers = {check.target.key_header: check.unknown_key()}
    many, counted = check.limits.policy(GENERAL).limit + 1, check.contract.rule("limits.failed_authentication_counts")
    for count in range(1, many + 1):
        answer = check.call("getOrganization", key=None, headers=headers, paced=False)
        if check.limits.is_refused(answer) and counted:
            return
        if check.limits.is_refused(answer):
            raise Broken(f"{many} requests with an unknown key to be judged by it", f"limited number {count}", answer)
    if counted:
        raise Broken(f"one of {many} requests with an unknown key to be limited", "limited none")


def draws_from_both(check: Check) -> bool:
    return GENERAL in check.contract.operations["createBooking"].policies


def _need_both(check: Check) -> None:
    if not draws_from_both(check):
        raise NotRunError("no creation is charged to the general limit, as the contract says")


def expect_refusal_taken(
    check: Check,
    ask: Callable[[], Answer],
    request: Request,
    policy: str,
    name: str,
    *,
    beside: str = GENERAL,
    look: Look | None = None,
) -> None:
    """Of the limit `beside`, for what is asked when the policy is used up. `request` is like what is asked."""

    def use_up() -> None:
        if not check.limits.is_refused(check.limits.use_up(policy, ask, request).last):
            raise NotRunError(f"as many requests as the {policy} limit admits did not use it up")

    def refused() -> None:
        if not check.limits.is_refused(ask()):  # so many looks may have been needed that its window is over
            raise NotRunError(f"the {policy} limit refuses no more when what is left is known")

    units = int(check.contract.rule("limits.refused_counts"))
    expect_taken(check, units, refused, f"{name} that the {policy} limit refuses", use_up, limit=beside, look=look)


def expect_taken(
    check: Check,
    units: int,
    act: Callable[[], object],
    name: str,
    prepare: Callable[[], object] | None = None,
    *,
    limit: str = GENERAL,
    look: Look | None = None,
) -> None:
    taken = check.charges.settled(units, act, prepare, name=limit, look=look)
    if taken == units:
        return
    of_it = f"of the {'general' if limit == GENERAL else limit} limit for {name}"
    raise Broken(f"{units} {of_it} to be taken", f"took {taken} {of_it}")


def _creation(check: Check) -> Answer:
    return check.bookings.create(check.bookings.body(check.offers.free_slot()))
