"""Whether what the rate-limit headers say is true, by the policies that were inferred without them."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from loadtests.limiter.clock import server_clock
from loadtests.limiter.hypothesis import Counting, Hypothesis
from loadtests.limiter.policies import Inferred
from loadtests.limiter.splitting import counters
from loadtests.limiter.stream import FAILED, SLACK, stream, stretch
from loadtests.limiter.usage import Usage, Usages
from loadtests.measure.observation import Observation

RETRY_AFTER = "retry-after"


@dataclass(frozen=True, slots=True)
class Truth:
    """`checked` values of headers, and sentences about those that are wrong."""

    checked: int
    findings: tuple[str, ...]

    @property
    def truthful(self) -> bool | None:
        return not self.findings if self.checked else None


@dataclass(slots=True)
class _Claim:
    """One kind of header: how many values were right and wrong, and the first wrong one."""

    right: int = 0
    wrong: int = 0
    example: str = ""

    def add(self, said: int, low: int, high: int, seen: Observation) -> None:
        if low <= said <= high:
            self.right += 1
            return
        true = f"{low}" if low == high else f"{low} to {high}"
        self.wrong += 1
        self.example = self.example or f"at {seen.sent:.1f} s it said {said}, where {true} was true"


def check(
    inferred: Inferred, others: Collection[int], names: Mapping[str, str], observations: Sequence[Observation]
) -> Truth:
    """Of the answers that describe a policy of which one hypothesis is left.

    An answer describes one of the policies that applied to it, and tells by its limit which. `others` are the limits of
    the other policies that apply to the same operations; answers with one of these are theirs. `names` are those of the
    headers for limit, remaining and reset.
    """
    hypothesis = inferred.hypothesis
    if hypothesis is None:
        return Truth(0, ())
    # Where it is open which operations were counted, the headers get the benefit of the doubt.
    each = (_check(counting, hypothesis, inferred, others, names, observations) for counting in inferred.countings)
    return min(each, key=lambda truth: len(truth.findings))


def _check(
    counting: Counting,
    hypothesis: Hypothesis,
    inferred: Inferred,
    others: Collection[int],
    names: Mapping[str, str],
    observations: Sequence[Observation],
) -> Truth:
    clock = server_clock(observations)
    claims = {name: _Claim() for name in (names["limit"], names["remaining"], names["reset"], "Retry-After")}
    for seen, usage in _usages(counting, inferred, hypothesis, observations):
        limit = _number(seen.headers, names["limit"])
        if limit in others or (limit is None and others):
            continue
        if limit is not None:
            claims[names["limit"]].add(limit, hypothesis.limit, hypothesis.limit, seen)
        if usage is None:
            continue
        remaining, reset = _number(seen.headers, names["remaining"]), _number(seen.headers, names["reset"])
        if remaining is not None:
            claims[names["remaining"]].add(remaining, *((0, 0) if seen.refused else usage.remaining), seen)
        if reset is not None and clock is not None:
            low, high = usage.full[0] + clock[0], usage.full[1] + clock[1]
            claims[names["reset"]].add(reset, math.ceil(low - SLACK), math.ceil(high + SLACK), seen)
        retry = _number(seen.headers, RETRY_AFTER)
        if seen.refused and retry is not None:
            low, high = usage.wait
            claims["Retry-After"].add(retry, max(1, math.ceil(low - SLACK)), max(1, math.ceil(high + SLACK)), seen)
    findings = (
        f"{name} is wrong in {claim.wrong} of {claim.right + claim.wrong} answers: {claim.example}"
        for name, claim in claims.items()
        if claim.wrong
    )
    return Truth(sum(claim.right + claim.wrong for claim in claims.values()), tuple(findings))


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
            if id(seen) in own if seen.refused else not failures or seen.status in FAILED:
                yield seen, usages.of(seen)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name.lower(), "")
    return int(text) if text.isascii() and text.isdigit() else None
