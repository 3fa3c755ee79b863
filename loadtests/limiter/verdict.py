"""The verdict on a limiter: what was inferred, beside what the contract says."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from contracts.spec.contract import Contract, Level, Policy
from loadtests.judge.judgement import OUTCOME, SEVERITIES, Outcome, Severity
from loadtests.limiter import statements
from loadtests.limiter.algorithms.table import ALGORITHMS, alike_for_one
from loadtests.limiter.doubt import in_use, unsettled
from loadtests.limiter.fairness import fairness
from loadtests.limiter.headers import Truth, check
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
    `level`: where the contract has the policy from. `agrees`: with the contract, the algorithm included; None where
    that is open. `differs`: "numbers", what of the contract's words on the policy itself it is not, or "algorithm".
    `findings` are sentences about what else is wrong, `severity` how much the gravest of all that weighs.
    """

    policy: str
    level: Level | None
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
    differs: Literal["", "numbers", "algorithm"] = ""
    findings: tuple[str, ...] = ()
    severity: Severity | None = None

    @property
    def outcome(self) -> Outcome:
        if self.severity:
            return OUTCOME[self.severity]
        if self.agrees:
            return "kept"
        return "not judged" if self.reached else "no case"

    @property
    def sentence(self) -> str:
        if self.certain:
            whom = {None: "", "all": " shared by all"}.get(self.scope, f" per {self.scope}")
            found = f"{self.limit} per {self.window} s{whom} ({self.algorithm})"
            return "; ".join((found, self._compared, *self.findings, *filter(None, (self.reason,))))
        if self.findings:  # it is known what is wrong, whatever else is open
            return "; ".join((*self.findings, *filter(None, (self.reason,))))
        return f"{'not determined' if self.reached else 'not reached'}: {self.reason}"

    @property
    def _compared(self) -> str:
        match self.differs:
            case "numbers":
                return f"but the contract says {self.contract_says or 'nothing'}"
            case "algorithm":
                return f"as the contract says but for the algorithm, of which it says {self.contract_says}"
        return "as the contract says"

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
    """How far off, by factors, one more where it counts by something else; then, how many operations draw on it: the
    special comes before the general."""
    factors = (
        abs(math.log(each.limit / policy.limit)) + abs(math.log(each.window / policy.window))
        for each in inferred.hypotheses
    )
    drawing = sum(policy.name in operation.policies for operation in contract.operations.values())
    scopes = {counting.scope for counting in inferred.countings}
    otherwise = bool(scopes) and not scopes & {counted_by(policy), "all"}
    return min(factors, default=0.0) + otherwise, drawing


def _verdict(
    inferred: Inferred, policy: Policy | None, contract: Contract, observations: Sequence[Observation]
) -> Verdict:
    hypothesis = inferred.hypothesis
    certain = hypothesis is not None
    operations = {inferred.operation}.union(*(counting.operations for counting in inferred.countings))
    names = {name for operation in operations for name in contract.operations[operation].policies}
    # A policy that was not reached may be the tightest all the same, and then the headers describe it.
    others = {contract.rate_limits.policies[name].limit for name in names if policy is None or name != policy.name}
    truth = check(inferred, others, contract, observations) if certain else Truth(0)
    differs = _differs(inferred, policy, contract)
    fair, findings = _wrong(inferred, policy, contract, observations, names)
    own = statements.of_policy(policy) if policy else _of_stranger(names, contract)
    severities: list[Severity] = [own for _ in findings]
    severities += ["failure" for _ in truth.findings]  # whatever is documented: a reader is lied to
    severities += [statements.of_header(contract, header) for header in truth.differing]
    if differs:
        severities.append(own if differs == "numbers" else statements.of_algorithm(contract))
    return Verdict(
        policy=policy.name if policy else "",
        level=policy.provenance.level if policy else None,
        operations=tuple(sorted(set.intersection(*(set(each.operations) for each in inferred.countings))))
        if inferred.countings
        else (inferred.operation,),
        scope=_scope(inferred, policy, contract) if certain else None,
        limit=hypothesis.limit if hypothesis else None,
        window=hypothesis.window if hypothesis else None,
        algorithm=_algorithm(inferred) if hypothesis else None,
        certain=certain,
        reached=True,
        reason="; ".join(unsettled(inferred) + in_use(inferred, observations)),
        headers_truthful=truth.truthful,
        fair=fair,
        contract_says=_says(policy, contract),
        agrees=not differs if certain else (False if findings else None),
        differs=differs,
        findings=(*truth.findings, *findings, *truth.differing.values()),
        severity=statements.gravest(severities),
    )


def _wrong(
    inferred: Inferred,
    policy: Policy | None,
    contract: Contract,
    observations: Sequence[Observation],
    names: Iterable[str],
) -> tuple[bool | None, list[str]]:
    """Whether keys are treated alike, and what is surely wrong with the policy whether or not it is determined."""
    if policy is None:
        return None, []
    findings: list[str] = []
    if inferred.hypothesis is None:
        longest = max((contract.rate_limits.policies[name].window for name in names), default=0)
        findings += filter(None, [stuck(inferred.refused, observations, longest)])
    fair, unfair = _fair(inferred, observations) if policy.scope == "key" else (None, "")
    findings += filter(None, [unfair])
    if inferred.hypothesis is not None and {counting.scope for counting in inferred.countings} == {"all"}:
        return False, [*findings, f"one counter for all, where the contract has one per {policy.scope}"]
    return fair, findings


def _of_stranger(names: Iterable[str], contract: Contract) -> Severity:
    """Of a policy that the contract does not know: it takes away what those promise that it does know."""
    policies = contract.rate_limits.policies
    return statements.gravest(statements.of_policy(policies[name]) for name in names) or SEVERITIES[-1]


def _differs(inferred: Inferred, policy: Policy | None, contract: Contract) -> Literal["", "numbers", "algorithm"]:
    """Of one that is certain, from what the contract says of it."""
    if inferred.hypothesis is None:
        return ""
    if policy is None:
        return "numbers"
    alike = {
        hypothesis.algorithm
        for counting, hypothesis in inferred.candidates
        if (hypothesis.limit, hypothesis.window) == (policy.limit, policy.window)
        and counting.scope == counted_by(policy)
    }
    if not alike:
        return "numbers"
    return "" if contract.rate_limits.algorithm in alike else "algorithm"


def _fair(inferred: Inferred, observations: Sequence[Observation]) -> tuple[bool | None, str]:
    """Whether keys are treated alike, and the finding if not."""
    if inferred.hypothesis is not None:
        # One and the same policy explains every key that it refused: how many each was admitted tells no more.
        asked = {seen.key for seen in observations if seen.operation == inferred.operation}
        refused = {seen.key for seen in inferred.refused}
        return (True if len(asked) > 1 and asked <= refused else None), ""
    shares = fairness(inferred.operation, observations)
    return shares.fair, f"keys are not treated alike: {shares.sentence}" if shares.fair is False else ""


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
    first = min(algorithms)
    # Windows of the clock differ from all others even where they give one unit only.
    return "any" if algorithms == alike_for_one(first) and not ALGORITHMS[first].by_clock else first


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
        level=policy.provenance.level,
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
