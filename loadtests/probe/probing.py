"""From what was observed so far to the next round, within bounds.

What the contract says is only where the first round looks. The rest goes by what is left of the hypotheses.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from loadtests.limiter.algorithms.table import ALGORITHMS
from loadtests.measure.observation import Observation
from loadtests.probe.asking import GAP
from loadtests.probe.belief import Belief
from loadtests.probe.rounds import GOLDEN, Round, round_for
from loadtests.probe.target import Other, Target

MOST_ROUNDS = 8
MOST_REQUESTS = 100_000  # unless it is told
PROGRESS = 0.7  # of the hypotheses may be left after a round, from the fifth on; with more, there is no end to it
FEW = 4  # are asked on for all the same: one more place where windows of the clock are cut may part them


@dataclass(slots=True)
class Budget:
    """Requests; several probes may share one."""

    most: int
    asked: int = 0


@dataclass(slots=True)
class Probe:
    """Rounds for one target after the other, as far as the budget and `most_seconds` go.

    `skipped` says by policy why it was not asked to the end.
    """

    targets: Sequence[Target]
    budget: Budget = field(default_factory=lambda: Budget(MOST_REQUESTS))
    most_seconds: float = math.inf
    skipped: dict[str, str] = field(default_factory=dict)
    _taken: float = 0.0
    _target: int = 0
    _round: int = 0
    _left: int = 0
    _begun: float = -math.inf
    _bucket: bool = False  # the last policy was one, so the next may be

    def next(self, observations: Sequence[Observation]) -> Round | None:
        """The next round after all that was observed so far; None: done."""
        while self._target < len(self.targets):
            target = self.targets[self._target]
            planned = self._next_of(target, observations)
            if planned is not None:
                self._round += 1
                self.budget.asked += len(planned.requests)
                self._taken += planned.seconds
                return planned
            self._target += 1
            self._round = 0
            self._begun = max((seen.received for seen in observations), default=-math.inf)
        return None

    def _next_of(self, target: Target, observations: Sequence[Observation]) -> Round | None:
        belief = Belief((target.limit,), (target.window,), self._bucket)
        # A plain round alone is of one window, which tells too little to look anywhere else.
        if self._round >= (1 if target.is_dear else 2):
            belief = Belief.of(target, observations, self._begun, belief)
        if belief.settled:
            self._bucket = ALGORITHMS[belief.settled.algorithm].refills
            return None
        stuck = belief.left > max(FEW, PROGRESS * self._left) and self._left > 0
        if self._round == MOST_ROUNDS or (self._round > 4 and stuck):
            self.skipped[target.policy] = f"{self._round} rounds did not settle it"
            return None
        self._left = belief.left
        planned = round_for(target, belief, self._round)
        seconds = self.most_seconds - self._taken
        if self.budget.asked + len(planned.requests) > self.budget.most:
            self.skipped[target.policy] = f"it takes {len(planned.requests)} more requests than the run may send"
        elif planned.seconds > seconds:
            self.skipped[target.policy] = f"it takes {planned.seconds:.0f} s, which the run has not left"
        else:
            needed = rest(target, planned, observations)
            if needed:  # never in step with the clock
                needed += target.window * (self._round * GOLDEN % 1)
            rested = replace(planned, idle=max(planned.idle, needed))
            return rested if rested.seconds <= seconds else planned
        return None


def rest(target: Target, planned: Round, observations: Sequence[Observation]) -> float:
    """Seconds until nothing that the operation's policies remember can be in the way of the round."""
    now = max((seen.received for seen in observations), default=-math.inf)
    most = target.limit * (math.ceil(planned.span / target.window) + 1)  # that the target itself admits
    seconds = 0.0
    own = [Other(target.limit, target.window)] if target.is_dear else []  # a plain round begins wherever it is
    for other in (*target.others, *own):
        used = Counter(
            other.label(seen.key, seen.subject)
            for seen in observations
            if not seen.refused and seen.sent > now - other.window
        )
        wanted = Counter(other.label(request.key, request.subject) for request in planned.requests)
        if any(used[label] and used[label] + min(count, most) > other.limit for label, count in wanted.items()):
            seconds = max(seconds, other.window + 2 * GAP)
    return seconds
