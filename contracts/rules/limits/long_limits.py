"""Limits that are too high to be used up request by request: the control API leaves a little of them."""

from contracts.harness.check import Check
from contracts.harness.counting import ALGORITHMS
from contracts.outcome import Broken
from contracts.rules.limits.limit_headers import limit, never_rises, remaining
from contracts.rules.rule import PLATFORM, Need, rule

LEFT = 5  # units that are left


@rule(
    "limits.platform_hour",
    "A platform key is admitted as often in an hour as its limit says",
    needs=PLATFORM | {Need.CONTROL},
    builds_on=[limit, never_rises, remaining],
    requests=LEFT + 1,
)
def platform_hour(check: Check) -> None:
    _judge(check, "platform-hour")


@rule(
    "limits.platform_day",
    "An organization is admitted as often in a day to the Platform API as its limit says",
    needs=PLATFORM | {Need.CONTROL},
    builds_on=[limit, never_rises, remaining],
    requests=LEFT + 1,
)
def platform_day(check: Check) -> None:
    _judge(check, "platform-day")


def _judge(check: Check, name: str) -> None:
    limits, policy = check.limits, check.limits.policy(name)
    beside = {limits.policy(other).limit for other in check.contract.operations["listBookings"].policies} - {
        policy.limit
    }
    windows = ALGORITHMS[check.contract.rate_limits.algorithm].windows
    with check.steering.moved(windows * limits.policy("platform-minute").window + 1):  # it is unused then
        check.steering.set_remaining(name, "platform", LEFT)
        served = [check.need_served(check.call("listBookings", paced=False))]
        while (last := check.call("listBookings", paced=False)).status == served[0].status and len(served) <= LEFT:
            served.append(last)
    check.expect(
        len(served) == LEFT, f"{LEFT} requests where {LEFT} of {name} are left", f"admitted {len(served)}", last
    )
    for left, answer in enumerate(reversed(served)):
        told = limits.read(answer, "limit"), limits.read(answer, "remaining")
        if told != (policy.limit, left) and told[0] not in beside:  # which limit is told of is another rule's business
            expected = f"{limits.header('limit')}: {policy.limit} and {limits.header('remaining')}: {left}"
            raise Broken(expected, f"sent {told[0]} and {told[1]}", answer)
    wait = limits.promised(last)
    believable = wait is None or wait <= policy.window
    check.expect(believable, f"Retry-After: {policy.window} at most", f"sent Retry-After: {wait}", last)
