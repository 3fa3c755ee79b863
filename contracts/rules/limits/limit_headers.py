"""What answers tell about limits: what is left, until when, and how long to wait."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from contracts.harness.counting import ALGORITHMS
from contracts.harness.limits import GENERAL, OF_A_LIMIT
from contracts.rules.limits.limits import CREATIONS, LIMIT, MINUTE, SETUP, creation, exceeded, general
from contracts.rules.rule import WRITES, Broken, rule, watch
from contracts.target.exchange import Answer

if TYPE_CHECKING:
    from contracts.harness.check import Check

DRAWN = {200, 201, 403, 404, 409, 422, 429}  # what no server answers before it looks at limits


@rule("limits.headers_exist", "Answers tell of limits in headers", requests=1)
def exist(check: Check) -> None:
    answer = check.need_served(check.call("getOrganization"))
    check.expect(bool(_of_limits(answer)), "headers that tell of the rate limit", "sent none", answer)


@rule("limits.header.limit", "They have the names that the contract gives them", builds_on=[exist], requests=1)
def named(check: Check) -> None:
    answer = check.need_served(check.call("getOrganization"))
    name = check.meter.header("limit")
    check.expect(name in answer.headers, f"the header {name}", f"sent {', '.join(_of_limits(answer))}", answer)


def _of_limits(answer: Answer) -> list[str]:
    return sorted(name for name in answer.headers if OF_A_LIMIT.match(name))


@rule("limits.header.limit", "The limit that they tell is the contract's", builds_on=[named], requests=1)
def limit(check: Check) -> None:
    answer = check.need_served(check.call("getOrganization"))
    check.expect_header(answer, check.meter.header("limit"), str(check.meter.policy(GENERAL).limit))


@rule(
    "limits.header.remaining",
    "What is left is told without the request that is answered",
    builds_on=[general, named],
    requests=LIMIT + 1,
    waits=MINUTE,
)
def remaining(check: Check) -> None:
    meter, found = check.meter, check.meter.used_up(GENERAL)
    name, policy, before = meter.header("remaining"), found.policy, None
    for count, answer in enumerate(found.admitted[: policy.limit], 1):
        told, least = meter.told(answer, "remaining"), policy.limit - count
        rises = told is not None and before is not None and told > before  # which is another rule's business
        most = least + int(meter.back(policy, found.admitted[:count]))
        if not rises and (told is None or not least <= told <= most):
            expected = f"{name}: {least} on the answer to request {count} of {policy.limit}"
            raise Broken(expected, f"sent {shown(answer, name)}", answer)
        before = told


@rule(
    "limits.remaining_never_rises",
    "Within a window what is left never rises",
    builds_on=[general, named],
    requests=LIMIT + 1,
    waits=MINUTE,
)
def never_rises(check: Check) -> None:
    meter, found = check.meter, check.meter.used_up(GENERAL)
    name, fixed = meter.header("remaining"), ALGORITHMS[check.contract.rate_limits.algorithm].in_windows
    for before, after in pairwise(found.admitted):
        if not fixed or meter.told(before, "reset") == meter.told(after, "reset"):
            risen = meter.read(after, "remaining") - meter.read(before, "remaining")
            told = f"sent {before.headers[name]}, then {after.headers[name]}"
            rises = risen > ceil(meter.back(found.policy, [before, after]))
            check.expect(not rises, f"{name} never to rise while requests are admitted", told, after)


@rule(
    "limits.described_policy",
    "Of two limits headers tell of the one of which the smaller part is left",
    needs=WRITES,
    builds_on=[creation, limit],
    requests=SETUP + 1 + CREATIONS + 1,
    waits=MINUTE,
)
def described(check: Check) -> None:
    found, name = check.meter.used_up("creation"), check.meter.header("limit")
    check.expect_header(found.first, name, str(found.policy.limit))
    if name in found.last.headers:  # that it is there when refused is another rule's business
        check.expect_header(found.last, name, str(found.policy.limit))


@rule(
    "limits.retry_after",
    "Who waits as long as Retry-After says is admitted, and no shorter wait would do",
    builds_on=[exceeded],
    requests=LIMIT + 3,
    waits=2 * MINUTE,
)
def retry_after(check: Check) -> None:
    meter, after = check.meter, check.meter.aftermath()
    refused = after.used_up.last
    wait = meter.promised(refused)
    if wait is None:
        raise Broken("Retry-After in whole seconds", f"sent {shown(refused, 'Retry-After')}", refused)
    longest = ceil(after.frees - refused.sent)
    check.expect(wait <= longest, f"Retry-After: {longest} at most", f"sent Retry-After: {wait}", refused)
    for before, late in pairwise(after.answers):
        wait, waited = meter.promised(before), late.sent - before.received
        wait = wait or None  # that it is at least a second is another rule's business
        if meter.is_refused(before) and meter.is_refused(late) and wait is not None and waited >= wait:
            raise Broken(f"admission {wait} s after Retry-After: {wait}", f"refused {waited:.1f} s after it", late)


@rule(
    "limits.retry_after_minimum",
    "Retry-After is at least a second",
    builds_on=[retry_after],
    requests=LIMIT + 3,
    waits=2 * MINUTE,
)
def retry_after_minimum(check: Check) -> None:
    least = int(check.contract.rule("limits.retry_after_minimum"))
    for answer in check.meter.aftermath().answers:
        if check.meter.is_refused(answer):
            long_enough = (check.meter.promised(answer) or 0) >= least
            told = f"sent {shown(answer, 'Retry-After')}"
            check.expect(long_enough, f"Retry-After: {least} at least", told, answer)


def _draws(answer: Answer) -> bool:
    """Whether a limit was drawn from for it, or refused it, without doubt."""
    request = answer.request
    own_key = request.key == ("platform" if request.operation == "listBookings" else "public")
    return request.operation is not None and own_key and answer.status in DRAWN


@watch(
    "limits.headers_on",
    "Every answer for which a limit was drawn from tells so, errors and refusals too",
    of=_draws,
    follows=[exceeded],
    builds_on=[named],
)
def on_every_answer(check: Check, answer: Answer) -> None:
    for part in ("limit", "remaining"):
        name = check.meter.header(part)
        check.expect(name in answer.headers, f"the header {name}", f"answered {answer.status} without it", answer)


def shown(answer: Answer, name: str) -> str:
    return f"{name}: {answer.headers[name]}" if name in answer.headers else f"no {name}"
