"""The verdict on a limiter: what was inferred, beside what the contract says."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from contracts.spec.contract import Contract, Policy
from loadtests.judge.judgement import Outcome
from loadtests.limiter.doubt import in_use, unsettled
from loadtests.limiter.fairness import fairness
from loadtests.limiter.headers import Truth, check
from loadtests.limiter.hypothesis import SAME_FOR_ONE, Hypothesis
from loadtests.limiter.policies import Inferred, infer
from loadtests.limiter.stuck import stuck
from loadtests.measure.observation import Observation

BY_KEY = frozenset(("key", "client"))  # contract's words for who the requests of one label come from


def counted_by(policy: Policy) -> Literal["key", "subject"]:
    """What of an observation the contract says that the policy counts by."""
    return "key" if policy.scope in BY_KEY else "subject"


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one policy. `policy` is the contract's name for it, "" for one that the contract does not know.

    `limit`, `window` (seconds) and `algorithm` are those of the only hypothesis left, if `certain`; else None.
    `algorithm` is "any" where a limit of one makes them all the same. `scope` is in the contract's words, or "all" for
    a counter that all share; None where the run could not tell. `reason` is a sentence: why not more is known.
    `agrees`: with the contract; None where that is open. `findings` are sentences about what else is wrong.
    """

    policy: str
    operations: tuple[str, ...]
    scope: str | None
    limit: int | None
    window: int | None
    algorithm: str | None
    certain: bool
    reached: bool
    reason: str
    headers_truthful: bool | None
    fair: bool | None
    contract_says: str
    agrees: bool | None
    findings: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.findings or self.agrees is False:
            return "broken"
        if self.agrees:
            return "kept"
        return "not judged" if self.reached else "no case"

    @property
    def sentence(self) -> str:
        if self.certain:
            whom = {None: "", "all": " shared by all"}.get(self.scope, f" per {self.scope}")
            found = f"{self.limit} per {self.window} s{whom} ({self.algorithm})"
            says = "as the contract says" if self.agrees else f"but the contract says {self.contract_says or 'nothing'}"
            return "; ".join((found, says, *self.findings, *filter(None, (self.reason,))))
        state = "not determined" if self.reached else "not reached"
        return "; ".join((f"{state}: {self.reason}", *self.findings))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "outcome": self.outcome}


def judge(observations: Sequence[Observation], contract: Contract) -> tuple[Verdict, ...]:
    """On every policy of the operations that were asked, in the contract's order, and on any that it does not know."""
    stated = contract.rate_limits
    asked = {seen.operation for seen in observations} & contract.operations.keys()
    found = _matched(infer([seen for seen in observations if seen.operation in asked]), contract)
    reached = {name for name, _ in found}
    verdicts = [_verdict(inferred, stated.policies.get(name), contract, observations) for name, inferred in found]
    for name, policy in stated.policies.items():
        operations = tuple(sorted(each for each in asked if name in contract.operations[each].policies))
        if operations and name not in reached:
            verdicts.append(_not_reached(policy, operations, observations, contract))
    order = [*stated.policies, ""]
    return tuple(sorted(verdicts, key=lambda verdict: order.index(verdict.policy)))


def _matched(found: Iterable[Inferred], contract: Contract) -> list[tuple[str, Inferred]]:
    """Each inferred policy with the name of the contract's that it resembles most; of several for one, the surest."""
    best: dict[str, Inferred] = {}
    unknown: list[tuple[str, Inferred]] = []
    for inferred in sorted(found, key=lambda each: (each.hypothesis is None, -len(each.refused))):
        policies = [contract.rate_limits.policies[name] for name in contract.operations[inferred.operation].policies]
        taken = [best[policy.name] for policy in policies if policy.name in best]
        if inferred.hypothesis and any(inferred.candidates & other.candidates for other in taken):
            continue  # another operation's view of the same policy
        free = [policy for policy in policies if policy.name not in best]
        if free:
            best[min(free, key=lambda policy: _distance(inferred, policy, contract)).name] = inferred
        elif inferred.hypothesis:
            unknown.append(("", inferred))
    return [*best.items(), *unknown]


def _distance(inferred: Inferred, policy: Policy, contract: Contract) -> tuple[float, int]:
    """How far off, by factors; then, how many operations draw on it: the special comes before the general."""
    factors = (
        abs(math.log(each.limit / policy.limit)) + abs(math.log(each.window / policy.window))
        for each in inferred.hypotheses
    )
    drawing = sum(policy.name in operation.policies for operation in contract.operations.values())
    return min(factors, default=0.0), drawing


def _verdict(
    inferred: Inferred, policy: Policy | None, contract: Contract, observations: Sequence[Observation]
) -> Verdict:
    hypothesis = inferred.hypothesis
    scopes = {counting.scope for counting in inferred.countings}
    certain = hypothesis is not None
    operations = {inferred.operation}.union(*(counting.operations for counting in inferred.countings))
    names = {name for operation in operations for name in contract.operations[operation].policies}
    # A policy that was not reached may be the tightest all the same, and then the headers describe it.
    others = {contract.rate_limits.policies[name].limit for name in names if policy is None or name != policy.name}
    truth = check(inferred, others, contract.rate_limits.headers, observations) if certain else Truth(0, ())
    scope = _scope(inferred, policy, contract) if certain else None
    agrees = _agrees(inferred, policy, contract)
    findings = list(truth.findings)
    longest = max((contract.rate_limits.policies[name].window for name in names), default=0)
    if held := "" if certain or policy is None else stuck(inferred.refused, observations, longest):
        agrees = False
        findings.append(held)
    fair, unfair = _fair(inferred, observations) if policy is not None and policy.scope == "key" else (None, "")
    if unfair:
        findings.append(unfair)
    if certain and scopes == {"all"} and policy is not None:
        fair = False
        findings.append(f"one counter for all, where the contract has one per {policy.scope}")
    return Verdict(
        policy=policy.name if policy else "",
        operations=tuple(sorted(set.intersection(*(set(each.operations) for each in inferred.countings))))
        if inferred.countings
        else (inferred.operation,),
        scope=scope,
        limit=hypothesis.limit if hypothesis else None,
        window=hypothesis.window if hypothesis else None,
        algorithm=_algorithm(inferred) if hypothesis else None,
        certain=certain,
        reached=True,
        reason="; ".join(unsettled(inferred) + in_use(inferred, observations)),
        headers_truthful=truth.truthful,
        fair=fair,
        contract_says=_says(policy, contract),
        agrees=agrees,
        findings=tuple(findings),
    )


def _fair(inferred: Inferred, observations: Sequence[Observation]) -> tuple[bool | None, str]:
    """Whether keys are treated alike, and the finding if not."""
    if inferred.hypothesis is not None:
        # One and the same policy explains every key that it refused: how many each was admitted tells no more.
        asked = {seen.key for seen in observations if seen.operation == inferred.operation}
        refused = {seen.key for seen in inferred.refused}
        return (True if len(asked) > 1 and asked <= refused else None), ""
    shares = fairness(inferred.operation, observations)
    return shares.fair, f"keys are not treated alike: {shares.sentence}" if shares.fair is False else ""


def _agrees(inferred: Inferred, policy: Policy | None, contract: Contract) -> bool | None:
    if policy is None:
        return False if inferred.hypothesis else None
    says = Hypothesis(contract.rate_limits.algorithm, policy.limit, policy.window)
    possible = any(each == says and counting.scope == counted_by(policy) for counting, each in inferred.candidates)
    if inferred.hypothesis is not None:
        return possible
    # Whatever it is: where nothing is left of what the contract says, it is not that. But where several policies count
    # the same requests, the refusals of one may have been taken for another's.
    alone = len(contract.operations[inferred.operation].policies) == 1
    return False if alone and inferred.candidates and not possible else None


def _scope(inferred: Inferred, policy: Policy | None, contract: Contract) -> str | None:
    """None where it could be one for each or one for all.

    With one key of each organization, a counter for each key is one for each organization: then the contract's word.
    """
    scopes = {counting.scope for counting in inferred.countings}
    if policy is not None and "all" not in scopes and counted_by(policy) in scopes:
        return policy.scope
    if len(scopes) > 1:
        return None
    (scope,) = scopes
    has_key = contract.operations[inferred.operation].key_kind is not None
    match scope:
        case "key":
            return "key" if has_key else "client"
        case "subject":
            return "organization" if has_key else "confirmation_number"
        case _:
            return "all"


def _algorithm(inferred: Inferred) -> str:
    algorithms = {each.algorithm for each in inferred.hypotheses}
    return "any" if algorithms == SAME_FOR_ONE else min(algorithms)


def _says(policy: Policy | None, contract: Contract) -> str:
    if policy is None:
        return ""
    return f"{policy.limit} per {policy.window} s per {policy.scope} ({contract.rate_limits.algorithm})"


def _not_reached(
    policy: Policy, operations: tuple[str, ...], observations: Sequence[Observation], contract: Contract
) -> Verdict:
    seen = [each for each in observations if each.operation in operations]
    refused = sum(each.refused for each in seen)
    told = (
        f"none of {len(seen)} requests was refused"
        if not refused
        else f"its refusals are not told from {refused} others"
    )
    return Verdict(
        policy=policy.name,
        operations=operations,
        scope=None,
        limit=None,
        window=None,
        algorithm=None,
        certain=False,
        reached=False,
        reason=(
            f"{told}; more than {policy.limit} within {policy.window} s by one {policy.scope.replace('_', ' ')}"
            " would show it"
            + ("" if policy.window < 600 else ", for which the server's clock has to be moved: --control")
        ),
        headers_truthful=None,
        fair=None,
        contract_says=_says(policy, contract),
        agrees=None,
    )
