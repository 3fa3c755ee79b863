"""How many requests each limit admits: as many as it says, not one more or less, and for each key by itself."""

from collections.abc import Callable

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import CREATIONS, LIMIT, MINUTE, PLATFORM_LIMIT, SETUP
from contracts.harness.limits import GENERAL, UsedUp
from contracts.outcome import Broken, NotRunError, UnsettledError
from contracts.rules.rule import PLATFORM, READS, WRITES, Need, rule


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
        check.wait(found.policy.window)
        found = check.limits.used_up_anew(found.policy.name)
    policy, admitted = found.policy, len(found.admitted)
    if found.refused is None:
        if len({answer.status for answer in found.admitted}) > 1:
            raise NotRunError(f"not all were served: {found.last.request.operation} {found.last}")
        if _turned(found):
            raise NotRunError(f"the clock's {policy.window} s were over while they were sent")
        told = f"admitted {admitted} within {found.seconds:.1f} s"
        raise Broken(f"no more than {policy.limit} requests in {policy.window} s to be admitted", told, found.last)
    if admitted < policy.limit:
        if not check.limits.is_refused(found.refused):
            raise NotRunError(f"request {admitted + 1}, {found.refused.request.operation}, {found.refused}")
        told = f"refused the one after {admitted}"
        raise Broken(f"{policy.limit} requests in {policy.window} s to be admitted", told, found.refused)


def _is_short(found: UsedUp) -> bool:
    return found.refused is not None and len(found.admitted) < found.policy.limit


def _others_draw(check: Check, name: str) -> bool:
    """As far as a pause shows it: guesses cannot be looked at."""
    looks: dict[str, Callable[[], Answer]] = {
        GENERAL: check.limits.look,
        "creation": lambda: check.call("createBooking", body={"org_slug": check.credentials.organization}),
        "platform-minute": lambda: check.call("listBookings"),
        "self-service": lambda: check.bookings.lookup(check.bookings.shared()),
    }
    return name not in looks or check.charges.others_in_a_pause(name, looks[name])


def _turned(found: UsedUp) -> bool:
    """Whether windows that begin at whole multiples of their length, if the server's do, were two."""
    began, ended = found.first.date, found.last.date
    return None not in (began, ended) and began // found.policy.window != ended // found.policy.window  # type: ignore[operator]
