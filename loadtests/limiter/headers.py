"""Whether what the rate-limit headers say is true, by the policies that were inferred without them."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.spec.contract import Contract
from loadtests.limiter.algorithms.algorithm import Usage
from loadtests.limiter.claims import DATE, Claim, Form
from loadtests.limiter.clock import server_clock
from loadtests.limiter.hypothesis import Counting, Hypothesis
from loadtests.limiter.policies import Inferred
from loadtests.limiter.splitting import counters
from loadtests.limiter.stream import SLACK, stream, stretch
from loadtests.limiter.usage import Usages
from loadtests.measure.observation import Observation
from loadtests.measure.statuses import DENIED

RETRY_AFTER = "Retry-After"
NUMBER, SECONDS_LEFT, UNIX, MILLISECONDS = "a number", "the seconds left", "Unix seconds", "Unix milliseconds"
# The forms of `reset` and `retry_after` in the words of the contract; what it has none of, it has in no form.
FORMS = {
    "unix-seconds": UNIX,
    "unix-milliseconds": MILLISECONDS,
    "seconds-left": SECONDS_LEFT,
    "seconds": SECONDS_LEFT,
    "http-date": DATE,
    "absent": SECONDS_LEFT,
}
WHOLE = 1.0  # second, to which a date is cut


@dataclass(frozen=True, slots=True)
class Truth:
    """`checked` values of headers, and sentences about those that are wrong or say nothing.

    `differing` are sentences, by the header's name, about what is no lie and yet not as the contract has it: a header
    that is missing, given twice, or says the truth in another form.
    """

    checked: int
    findings: tuple[str, ...] = ()
    differing: Mapping[str, str] = field(default_factory=dict)

    @property
    def truthful(self) -> bool | None:
        if self.findings:
            return False
        return True if self.checked else None


def check(
    inferred: Inferred, others: Collection[int], contract: Contract, observations: Sequence[Observation]
) -> Truth:
    """Of the answers that describe a policy of which one hypothesis is left.

    An answer describes one of the policies that applied to it, and tells by its limit which. `others` are the limits of
    the other policies that apply to the same operations; answers with one of these are theirs. The contract has names
    and forms of the headers, and which answers have them.
    """
    hypothesis = inferred.hypothesis
    if hypothesis is None:
        return Truth(0)
    # Where it is open which operations were counted, the headers get the benefit of the doubt.
    each = (_check(counting, hypothesis, inferred, others, contract, observations) for counting in inferred.countings)
    return min(each, key=lambda truth: len(truth.findings))


def _check(
    counting: Counting,
    hypothesis: Hypothesis,
    inferred: Inferred,
    others: Collection[int],
    contract: Contract,
    observations: Sequence[Observation],
) -> Truth:
    clock, stated_limits = server_clock(observations), contract.rate_limits
    names, waits = stated_limits.headers, stated_limits.retry_after != "absent"
    limit, remaining = Claim(names["limit"], NUMBER), Claim(names["remaining"], NUMBER)
    reset = Claim(names["reset"], FORMS[stated_limits.reset], dates=True)
    retry = Claim(RETRY_AFTER, FORMS[stated_limits.retry_after], dates=True)
    told_on = contract.rule("limits.headers_on")
    for seen, usage in _usages(counting, inferred, hypothesis, observations):
        told = _is_told(seen, told_on)
        stated, left, full = (claim.read(seen, wanted=told) for claim in (limit, remaining, reset))
        wait = retry.read(seen, wanted=waits) if seen.refused else None
        if others and (stated is None or stated.number in others):
            continue
        if stated is not None:
            limit.add(seen, stated, {NUMBER: (hypothesis.limit, hypothesis.limit)})
        if usage is None:
            continue
        if left is not None:
            remaining.add(seen, left, {NUMBER: (0, 0) if seen.refused else usage.remaining})
        if full is not None and clock is not None:
            reset.add(seen, full, _resets(seen, usage, clock))
        if wait is not None and retry.form in (forms := _waits(seen, usage, clock)):
            retry.add(seen, wait, forms)
    claims = (limit, remaining, reset, retry)
    return Truth(
        sum(claim.checked for claim in claims),
        tuple(sentence for claim in claims for sentence in claim.untrue()),
        {claim.name: sentence for claim in claims if (sentence := claim.differing())},
    )


def _is_told(seen: Observation, told_on: str) -> bool:
    """Whether the contract has the headers of limits on such an answer."""
    success = seen.meaning == "success"
    return seen.refused or told_on == "every counted answer" or (success and told_on == "success and refusals")


def _resets(seen: Observation, usage: Usage, clock: tuple[float, float]) -> Mapping[str, Form]:
    """What is true of when nothing will be used any more, in each form in which servers say it."""
    low, high = usage.full[0] + clock[0], usage.full[1] + clock[1]
    return {
        UNIX: _up(low, high),
        # Some count from the Date of the same answer, which is cut.
        SECONDS_LEFT: _up(max(0.0, usage.full[0] - seen.received), max(0.0, usage.full[1] - seen.sent) + WHOLE),
        MILLISECONDS: (math.floor(1000 * (low - WHOLE)), math.ceil(1000 * (high + WHOLE))),
        DATE: (math.floor(low), math.ceil(high)),
    }


def _waits(seen: Observation, usage: Usage, clock: tuple[float, float] | None) -> Mapping[str, Form]:
    """What is true of how long a refused client has to wait, in whole seconds or as a date."""
    low, high = _up(*usage.wait)
    forms = {SECONDS_LEFT: (max(1, low), max(1, high))}
    if clock is not None:
        begin, end = seen.sent + clock[0], seen.received + clock[1]
        early, late = begin + usage.wait[0], end + usage.wait[1]
        forms[DATE] = (math.floor(early - WHOLE), math.ceil(max(late, end) + WHOLE))
    return forms


def _up(low: float, high: float) -> Form:
    return math.ceil(low - SLACK), math.ceil(high + SLACK)


def _usages(
    counting: Counting, inferred: Inferred, hypothesis: Hypothesis, observations: Sequence[Observation]
) -> Iterator[tuple[Observation, Usage | None]]:
    """Every answer that may describe this policy. A refusal by another one does not."""
    own = set(map(id, inferred.refused))
    failures = counting.counts == "failures"
    clock = server_clock(observations)
    for group in counters(counting, observations).values():
        clear = stretch(group)
        refused = [seen for seen in clear if id(seen) in own]
        usages = Usages(hypothesis, stream(clear, failures=failures, clock=clock), refused)
        for seen in clear:
            if id(seen) in own if seen.refused else not failures or seen.meaning in DENIED:
                yield seen, usages.of(seen)
