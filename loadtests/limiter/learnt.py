"""What a verdict says of policies that nobody documented, as an amendment of the contract."""

from collections.abc import Iterator, Mapping, Sequence

from contracts.spec.contract import Contract, Policy
from contracts.spec.observed import Observed, json_path, named
from loadtests.limiter.statements import ALGORITHM
from loadtests.limiter.verdict import Verdict


def observed(verdicts: Sequence[Verdict], contract: Contract) -> Iterator[Observed]:
    """Where the server surely does otherwise: numbers of policies, and the algorithm that all are counted by."""
    for verdict in verdicts:
        policy = contract.rate_limits.policies.get(verdict.policy)
        if policy is not None and _is_open(policy) and verdict.differs == "numbers" and verdict.scope == policy.scope:
            target = json_path(("x-rate-limits", "policies", policy.name))
            update = {"limit": verdict.limit, "window": verdict.window}
            seen = f"{verdict.limit} in {verdict.window} s"
            yield named(contract.document, Observed(policy.provenance.id, seen, [{"target": target, "update": update}]))
    algorithms = {one.algorithm for one in verdicts if one.certain and one.algorithm not in {None, "any"}}
    stated = contract.statements.get(ALGORITHM)
    if stated is None or stated.level == "documented" or len(algorithms) != 1:
        return
    (algorithm,) = algorithms
    if algorithm != contract.rate_limits.algorithm:
        action = {"target": "$['x-rate-limits']", "update": {"algorithm": algorithm}}
        yield named(contract.document, Observed(ALGORITHM, f"counts as {algorithm}", [action]))


def not_observable(verdicts: Sequence[Verdict], contract: Contract) -> Mapping[str, str]:
    """Why the numbers of a policy that nobody documented are not known, by its statement."""
    found = {}
    for verdict in verdicts:
        policy = contract.rate_limits.policies.get(verdict.policy)
        if policy is not None and _is_open(policy):
            if not verdict.certain:
                found[policy.provenance.id] = verdict.reason
            elif verdict.scope != policy.scope:
                found[policy.provenance.id] = f"{verdict.sentence}: that may be another limit"
    return found


def _is_open(policy: Policy) -> bool:
    return policy.provenance.level != "documented"
