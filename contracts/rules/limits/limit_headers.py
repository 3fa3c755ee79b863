"""What answers tell about limits: what is left, until when, and how long to wait."""

from itertools import pairwise
from math import ceil

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import CREATIONS, LIMIT, MINUTE, SETUP
from contracts.harness.counting import ALGORITHMS
from contracts.harness.limit_headers import OF_A_LIMIT, told_on_success
from contracts.harness.limits import GENERAL
from contracts.observe.http import LIMIT_HEADERS
from contracts.outcome import Broken, NotRunError
from contracts.rules.limits.limits import creation, exceeded, general
from contracts.rules.rule import WRITES, rule, watch


@rule("limits.headers_exist", "Answers tell of limits in headers", requests=1)
def exist(check: Check) -> None:
    """Where a success has none, refusals may: if there was one."""
    answer = _telling(check)
    if not _of_limits(answer) and not check.limits.is_refused(answer):
        raise NotRunError("no limit has refused a request yet, whose answer might tell of it")
    check.expect(bool(_of_limits(answer)), "headers that tell of the rate limit", "sent none", answer)


@rule("limits.header.limit", "They have the names that the contract gives them", builds_on=[exist], requests=1)
def named(check: Check) -> None:
    answer = _telling(check)
    name = check.limits.header("limit")
    check.expect(name in answer.headers, f"the header {name}", f"sent {', '.join(_of_limits(answer))}", answer)


def _telling(check: Check) -> Answer:
    """A success, or what a limit refused where a success tells nothing."""
    answer = check.need_served(check.call("getOrganization"))
    refused = [one for one in check.target.answers if check.limits.is_refused(one)]
    return refused[-1] if refused and not _of_limits(answer) else answer


def _need(check: Check, answer: Answer, part: str) -> None:
    """Raises NotRunError where no header tells of limits: on which answers they are, is another rule's business."""
    name = check.limits.header(part)
    if not _of_limits(answer):
        raise NotRunError(f"{answer.request.operation} was answered without {name}")


def _of_limits(answer: Answer) -> list[str]:
    return sorted(name for name in answer.headers if OF_A_LIMIT.match(name))


@rule("limits.header.limit", "The limit that they tell is the contract's", builds_on=[named], requests=1)
def limit(check: Check) -> None:
    answer = check.need_served(check.call("getOrganization"))
    _need(check, answer, "limit")
    check.expect_header(answer, check.limits.header("limit"), str(check.limits.policy(GENERAL).limit))


@rule(
    "limits.header.remaining",
    "What is left is told without the request that is answered",
    builds_on=[general, named],
    requests=LIMIT + 1,
    waits=MINUTE,
    where=told_on_success,
)
def remaining(check: Check) -> None:
    limits, found = check.limits, check.limits.used_up(GENERAL)
    name, policy, before = limits.header("remaining"), found.policy, None
    _need(check, found.first, "remaining")
    for count, answer in enumerate(found.admitted[: policy.limit], 1):
        told, least = limits.told(answer, "remaining"), policy.limit - count
        rises = told is not None and before is not None and told > before  # which is another rule's business
        most = least + int(limits.back(policy, found.admitted[:count]))
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
    where=told_on_success,
)
def never_rises(check: Check) -> None:
    limits, found = check.limits, check.limits.used_up(GENERAL)
    name, fixed = limits.header("remaining"), ALGORITHMS[check.contract.rate_limits.algorithm].in_windows
    for before, after in pairwise(found.admitted):
        if not fixed or limits.told(before, "reset") == limits.told(after, "reset"):
            risen = limits.read(after, "remaining") - limits.read(before, "remaining")
            told = f"sent {before.headers[name]}, then {after.headers[name]}"
            rises = risen > ceil(limits.back(found.policy, [before, after]))
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
    found, name = check.limits.used_up("creation"), check.limits.header("limit")
    _need(check, found.first, "limit")
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
    limits, after = check.limits, check.windows.aftermath()
    refused = after.used_up.last
    wait, form = limits.promised(refused), check.contract.rate_limits.retry_after
    if form == "absent":
        check.expect(
            "Retry-After" not in refused.headers, "no Retry-After", f"sent {shown(refused, 'Retry-After')}", refused
        )
        return
    if wait is None:
        kind = "as an HTTP date" if form == "http-date" else "in whole seconds"
        raise Broken(f"Retry-After {kind}", f"sent {shown(refused, 'Retry-After')}", refused)
    longest = ceil(after.frees - refused.sent)
    check.expect(wait <= longest, f"Retry-After: {longest} at most", f"sent Retry-After: {wait}", refused)
    for before, late in pairwise(after.answers):
        wait, waited = limits.promised(before), late.sent - before.received
        wait = wait or None  # that it is at least a second is another rule's business
        if limits.is_refused(before) and limits.is_refused(late) and wait is not None and waited >= wait:
            raise Broken(f"admission {wait} s after Retry-After: {wait}", f"refused {waited:.1f} s after it", late)


@rule(
    "limits.retry_after_minimum",
    "Retry-After is at least a second",
    builds_on=[retry_after],
    requests=LIMIT + 3,
    waits=2 * MINUTE,
)
def retry_after_minimum(check: Check) -> None:
    if check.contract.rate_limits.retry_after == "absent":
        raise NotRunError("there is no Retry-After, as the contract says")
    least = int(check.contract.rule("limits.retry_after_minimum"))
    for answer in check.windows.aftermath().answers:
        if check.limits.is_refused(answer):
            long_enough = (check.limits.promised(answer) or 0) >= least
            told = f"sent {shown(answer, 'Retry-After')}"
            check.expect(long_enough, f"Retry-After: {least} at least", told, answer)


on_every_answer = watch(
    "limit_headers.on-every-answer",
    "Every answer for which a limit was drawn from tells so, errors and refusals too",
    LIMIT_HEADERS,
    follows=[exceeded],
    builds_on=[named],
)


def shown(answer: Answer, name: str) -> str:
    return f"{name}: {answer.headers[name]}" if name in answer.headers else f"no {name}"
