"""How a limit counts: in which windows, by which clock, and that a refusal costs nothing of the next one."""

from math import ceil

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import LIMIT, MINUTE
from contracts.harness.counting import ALGORITHMS, BY_CLOCK, BY_REQUEST
from contracts.harness.limit_headers import told_on_success
from contracts.harness.limits import GENERAL
from contracts.harness.settings import DAY
from contracts.harness.windows import unix
from contracts.outcome import Broken, NotRunError
from contracts.rules.limits.limit_headers import never_rises, remaining, retry_after, shown
from contracts.rules.limits.limits import exceeded
from contracts.rules.rule import rule


@rule(
    "limits.algorithm",
    "Requests are counted as the contract's algorithm counts them",
    builds_on=[exceeded, never_rises, remaining],
    requests=4,
    waits=3 * MINUTE,
)
def algorithm(check: Check) -> None:
    counted, contract = check.windows.counted(), check.contract.rate_limits.algorithm
    by_the_clock = contract == BY_REQUEST and counted.fits(BY_CLOCK)  # another rule's business
    if not counted.fits(contract) and not by_the_clock:
        raise Broken(
            f"{counted.expected(contract)}, as {contract} counts",
            f"{counted.seen}, as {counted.known_by or 'no algorithm that is known'} does",
        )


@rule(
    "limits.window_start",
    "A window begins with a key's first request in it",
    builds_on=[algorithm],
    requests=4,
    waits=3 * MINUTE,
)
def window_start(check: Check) -> None:
    algorithm = check.contract.rate_limits.algorithm
    if algorithm not in {BY_REQUEST, BY_CLOCK}:
        raise NotRunError(f"there is no window with a beginning under {algorithm}, which the contract says")
    counted = check.windows.counted()
    if not counted.fits(algorithm):
        begins = {BY_REQUEST: "a request", BY_CLOCK: "the clock"}
        other = BY_CLOCK if algorithm == BY_REQUEST else BY_REQUEST
        raise Broken(
            f"{counted.expected(algorithm)} from the first request",
            f"{counted.seen}, as in windows that {begins[other]} begins",
        )


@rule(
    "limits.header.reset",
    "Until when is told as a moment, which stays while the window lasts",
    builds_on=[algorithm],
    requests=4,
    waits=3 * MINUTE,
    where=told_on_success,
)
def reset(check: Check) -> None:
    """Against the server's own Date, by which it may be a day off here: how far exactly is another rule's business."""
    limits, name = check.limits, check.limits.header("reset")
    first, second, *_ = check.windows.moments()
    for answer in (first, second):
        _need_form(check, answer)
    moved, passed = limits.read(second, "reset") - limits.read(first, "reset"), second.received - first.received
    counting, moments = ALGORITHMS[check.contract.rate_limits.algorithm], unix(check.windows.moments())
    policy = limits.policy(GENERAL)
    due = counting.unused(policy, moments[:2]) - counting.unused(policy, moments[:1])
    found = f"moved it by {moved} s in {passed:.0f} s"
    if due == 0 and moved != 0:
        raise Broken(f"{name} to stay while the window lasts", found, second)
    if abs(moved - due) > 1:
        raise Broken(f"{name} to move with the last request, by {due:.0f} s", found, second)


@rule(
    "limits.header.reset",
    "A refusal tells until when in that form, too",
    builds_on=[exceeded],
    requests=LIMIT + 1,
    waits=MINUTE,
)
def reset_on_refusal(check: Check) -> None:
    """Which is all that tells of the form where a success has no headers."""
    limits, refused = check.limits, check.limits.used_up(GENERAL).last
    name = limits.header("reset")
    if name not in refused.headers:
        raise NotRunError(f"a refusal has no {name}")
    _need_form(check, refused)


@rule(
    "limits.date_is_the_clock",
    "Date is the clock by which windows end",
    builds_on=[reset, window_start],
    requests=4,
    waits=3 * MINUTE,
)
def date_is_the_clock(check: Check) -> None:
    algorithm = check.contract.rate_limits.algorithm
    if algorithm != BY_REQUEST:
        raise NotRunError(f"no request begins a window under {algorithm}, which the contract says")
    limits, window = check.limits, check.limits.policy(GENERAL).window
    first = check.windows.moments()[0]
    if first.date is None:
        raise Broken("a header Date", "sent none", first)
    ahead = limits.read(first, "reset") - first.date
    name = limits.header("reset")
    check.expect(
        window - ceil(first.received - first.sent) <= ahead <= window + 1,
        f"{name} {window} s after Date on the first answer of a window",
        f"sent {name} {ahead} s after its Date",
        first,
    )


@rule(
    "limits.refused_counts",
    "Who asks on while refused is admitted as soon as the window is over",
    builds_on=[retry_after],
    requests=LIMIT + 3,
    waits=2 * MINUTE,
)
def refusal_begins_nothing(check: Check) -> None:
    after = check.windows.aftermath()
    if after.early is None or not check.limits.is_refused(after.early) or after.late.sent < after.earliest:
        raise NotRunError("no request was refused shortly before the window ended")
    waited = after.late.sent - after.used_up.first.received
    check.expect(
        not check.limits.is_refused(after.late),
        f"admission {waited:.0f} s after the first request of the window, whatever was refused since",
        str(after.late),
        after.late,
    )


def _need_form(check: Check, answer: Answer) -> None:
    """Raises Broken where the moment is in another form, or none."""
    limits, name = check.limits, check.limits.header("reset")
    told, date = limits.told(answer, "reset"), answer.date
    if told is None or (date is not None and abs(told - date) > DAY + limits.policy(GENERAL).window):
        raise Broken(f"{name} in {check.contract.rate_limits.reset}", f"sent {shown(answer, name)}", answer)
