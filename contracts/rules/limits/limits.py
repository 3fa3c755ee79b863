"""How many requests each limit admits: as many as it says, not one more or less, and for each key by itself."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from math import ceil

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import CREATIONS, LIMIT, MINUTE, PLATFORM_LIMIT, SETUP
from contracts.harness.limits import GENERAL, UsedUp
from contracts.outcome import Broken, NotRunError, UnsettledError
from contracts.rules.rule import PLATFORM, READS, WRITES, Need, rule

REFILLED = 5  # requests in a row for which a unit may be back each time


@rule(
    "limits.public_general",
    "A public key is admitted as often in a minute as the general limit says",
    requests=LIMIT + 1,
    waits=MINUTE,
)
def general(check: Check) -> None:
    judge(check, check.limits.used_up(GENERAL))


@rule(
    "errors.429.exceeded",
    "A request over the limit is refused as such",
    builds_on=[general],
    requests=LIMIT + 1,
    waits=MINUTE,
)
def exceeded(check: Check) -> None:
    check.expect_refused(check.limits.used_up(GENERAL).last, "rate_limited")


@rule(
    "limits.keys_independent",
    "What one key uses is not missing from another's limit",
    needs=READS | {Need.OTHER_KEY, Need.OTHER_ORGANIZATION},
    builds_on=[exceeded],
    requests=LIMIT + 3,
    waits=MINUTE,
)
def keys_independent(check: Check) -> None:
    slug = str(check.credentials.other_organization)
    check.need_served(check.call("getOrganization", key="other", org_slug=slug))
    check.limits.exhausted(GENERAL)
    answer = check.call("getOrganization", key="other", org_slug=slug, paced=False)
    unharmed = not check.limits.is_refused(answer)
    check.expect(unharmed, "a key to be served when another one has used up its limit", str(answer), answer)


@rule(
    "limits.creation",
    "A public key is admitted as often in a minute to createBooking as its limit says",
    needs=WRITES,
    builds_on=[exceeded],
    requests=SETUP + 1 + CREATIONS + 1,
    waits=MINUTE,
)
def creation(check: Check) -> None:
    judge(check, check.limits.used_up("creation"))


@rule(
    "limits.platform_minute",
    "A platform key is admitted as often in a minute as its limit says",
    needs=PLATFORM,
    requests=PLATFORM_LIMIT + 1,
    waits=MINUTE,
)
def platform_minute(check: Check) -> None:
    judge(check, check.limits.used_up("platform-minute"))


def judge(check: Check, found: UsedUp) -> None:
    """Whether just as many were admitted as the policy says. It is used up once more where others seem to draw from it,
    and a pause shows that nobody does."""
    if _is_short(found) and check.limits.others_draw(found.admitted):
        if _others_draw(check, found.policy.name):
            raise UnsettledError("its headers show that somebody else draws from the limit at the same time")
        found = check.limits.used_up_anew(found.policy.name)
    if _is_short(found):  # who counts by two windows has not forgotten what was sent in the one before
        check.wait(2 * found.policy.window)
        with suppress(UnsettledError):  # nothing was admitted: its windows are longer
            found = check.limits.used_up_anew(found.policy.name)
    policy, admitted = found.policy, len(found.admitted)
    if found.refused is None:
        if len({answer.status for answer in found.admitted}) > 1:
            raise NotRunError(f"not all were served: {found.last.request.operation} {found.last}")
        if _turned(found):
            raise NotRunError(f"the clock's {policy.window} s were over while they were sent")
        if _refills(check, found):
            raise NotRunError("units come back all the time, which is no window")
        told = f"admitted {admitted} within {found.seconds:.1f} s"
        raise Broken(f"no more than {policy.limit} requests in {policy.window} s to be admitted", told, found.last)
    if admitted < policy.limit:
        if not check.limits.is_refused(found.refused):
            raise NotRunError(f"request {admitted + 1}, {found.refused.request.operation}, {found.refused}")
        told = f"refused the one after {admitted}"
        raise Broken(f"{policy.limit} requests in {policy.window} s to be admitted", told, found.refused)


def _is_short(found: UsedUp) -> bool:
    return found.refused is not None and len(found.admitted) < found.policy.limit


def _looks(check: Check) -> Mapping[str, Callable[..., Answer]]:
    """At a policy that can be looked at: guesses cannot."""
    nothing = {"org_slug": check.credentials.organization}
    return {
        GENERAL: lambda paced=True: check.call("getOrganization", paced=paced),
        "creation": lambda paced=True: check.call("createBooking", body=nothing, paced=paced),
        "platform-minute": lambda paced=True: check.call("listBookings", paced=paced),
        "self-service": lambda paced=True: check.bookings.lookup(check.bookings.shared(), paced=paced),
    }


def _others_draw(check: Check, name: str) -> bool:
    """As far as a pause shows it."""
    look = _looks(check).get(name)
    return look is None or check.charges.others_in_a_pause(name, look)


def _refills(check: Check, found: UsedUp) -> bool:
    """Whether what was admitted beyond the limit may have come back meanwhile, as tokens do in a bucket: then the next
    that is refused has to wait for one unit alone."""
    policy, look = found.policy, _looks(check).get(found.policy.name)
    if look is None or len(found.admitted) > policy.limit + ceil(found.seconds * policy.limit / policy.window):
        return False
    for _ in range(REFILLED):
        answer = look(paced=False)
        if check.limits.is_refused(answer):
            wait = check.limits.promised(answer)
            return wait is not None and wait <= ceil(policy.window / policy.limit)
    return False


def _turned(found: UsedUp) -> bool:
    """Whether windows that begin at whole multiples of their length, if the server's do, were two."""
    began, ended = found.first.date, found.last.date
    return None not in (began, ended) and began // found.policy.window != ended // found.policy.window  # type: ignore[operator]
