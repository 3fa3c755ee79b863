"""What is likely of a policy, from all that was observed so far."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loadtests.limiter.algorithms.table import ALGORITHMS
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.policies import infer
from loadtests.measure.observation import Observation
from loadtests.probe.target import Target


@dataclass(frozen=True, slots=True)
class Belief:
    """Limits and windows (seconds) that are likely, ascending; `left` is the number of all hypotheses.

    `bucket`: it is thought to be one, or whatever else refills, or may be (None). `settled`: the only hypothesis left.
    """

    limits: tuple[int, ...]
    windows: tuple[int, ...]
    bucket: bool | None = False
    explore: bool = False
    left: int = 0
    settled: Hypothesis | None = None

    @classmethod
    def of(cls, target: Target, observations: Sequence[Observation], begun: float, first: "Belief") -> "Belief":
        """`begun`: since when this target is asked; refusals before that were another policy's. `first`: before it."""
        seen = target.relevant(observations)
        refused = {id(each) for each in seen if each.refused and each.sent >= begun}
        if not refused:
            asked = sum(each.sent >= begun for each in seen) // len(target.askers)
            return replace(first, limits=(2 * max(target.limit, asked),))
        *_, last = [each for each in infer(seen) if any(id(refusal) in refused for refusal in each.refused)]
        others = {(other.limit, other.window) for other in target.others}
        if last.hypothesis is not None and (last.hypothesis.limit, last.hypothesis.window) not in others:
            return replace(first, settled=last.hypothesis)
        if last.hypothesis is None and last.candidates:
            buckets = {ALGORITHMS[each.algorithm].refills for each in last.hypotheses}
            bucket = buckets.pop() if len(buckets) == 1 else None
            return cls(*_likely(last.hypotheses, target), bucket=bucket, left=len(last.hypotheses))
        return replace(first, explore=not target.others)


def _likely(left: frozenset[Hypothesis], target: Target) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What was expected, if that is still possible; else what is left of the size that was expected, or all of it."""
    if any((each.limit, each.window) == (target.limit, target.window) for each in left):
        return (target.limit,), (target.window,)
    near = [each for each in left if each.limit <= 4 * target.limit and each.window <= 4 * target.window]
    kept = near or list(left)
    return tuple(sorted({each.limit for each in kept})), tuple(sorted({each.window for each in kept}))
