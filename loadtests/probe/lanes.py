"""Policies whose counters have nothing to do with each other are asked for side by side: one lane for each group.

Most of a probe is waiting for windows to pass, and they pass for all lanes at the same time. Within a lane one target
is asked after the other.
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from loadtests.measure.observation import Observation
from loadtests.probe.asking import Planned
from loadtests.probe.probing import Budget, Probe
from loadtests.probe.rounds import Round
from loadtests.probe.target import Target

LULL = 1.5  # seconds without a request, from which on a round is sent in parts


@dataclass(frozen=True, slots=True)
class Burst:
    """Requests that are sent in one go: `begin` on the run's timeline, the offsets from there on."""

    begin: float
    requests: tuple[Planned, ...]
    policies: frozenset[str]

    @property
    def end(self) -> float:
        return self.begin + self.requests[-1].offset

    def joined(self, other: "Burst") -> "Burst":
        begin = min(self.begin, other.begin)
        requests = (
            replace(request, offset=request.offset + burst.begin - begin)
            for burst in (self, other)
            for request in burst.requests
        )
        ordered = tuple(sorted(requests, key=lambda request: request.offset))
        return Burst(begin, ordered, self.policies | other.policies)


class Lane:
    """A probe, and what is left of its present round. It looks at the answers to its own operations alone."""

    def __init__(self, targets: Sequence[Target], budget: Budget, most_seconds: float) -> None:
        self.probe = Probe(targets, budget, most_seconds)
        self.left: deque[Burst] = deque()
        self.is_done = False
        self._operations = frozenset(name for target in targets for name in target.operations)

    def decide(self, observations: Sequence[Observation]) -> Round | None:
        """On the next round. It may take seconds."""
        return self.probe.next([seen for seen in observations if seen.operation in self._operations])


class Lanes:
    """`most_seconds` is the time of each lane, `most_requests` are those of all of them together."""

    def __init__(
        self, targets: Sequence[Target], most_requests: int, most_seconds: float, *, side_by_side: bool
    ) -> None:
        groups = apart(targets) if side_by_side else [tuple(targets)]
        budget = Budget(most_requests)
        self._lanes = [Lane(group, budget, most_seconds) for group in groups]

    @property
    def idle(self) -> Lane | None:
        """One that the next round has to be decided on for."""
        return next((lane for lane in self._lanes if not lane.left and not lane.is_done), None)

    def plan(self, lane: Lane, decided: Round | None, soonest: float) -> None:
        """A lane's next round, with its idling from then on; None: it has come to its end."""
        if decided is None:
            lane.is_done = True
        else:
            lane.left.extend(_bursts(decided, soonest + decided.idle))

    @property
    def begins(self) -> float:
        """When the next request is due, as far as it is decided."""
        return min((lane.left[0].begin for lane in self._lanes if lane.left), default=math.inf)

    def take(self) -> Burst:
        """What is due next, with all that other lanes want to send meanwhile."""
        first = min((lane for lane in self._lanes if lane.left), key=lambda lane: lane.left[0].begin)
        burst = first.left.popleft()
        while near := [lane for lane in self._lanes if lane.left and lane.left[0].begin < burst.end + LULL]:
            for lane in near:
                burst = burst.joined(lane.left.popleft())
        return burst

    @property
    def asked(self) -> frozenset[str]:
        """The policies that there are requests left for."""
        return frozenset(policy for lane in self._lanes for burst in lane.left for policy in burst.policies)

    @property
    def skipped(self) -> Mapping[str, str]:
        return {policy: why for lane in self._lanes for policy, why in lane.probe.skipped.items()}


def apart(targets: Sequence[Target]) -> list[tuple[Target, ...]]:
    """Groups, each in the order of all: no two of them ask for the same operation, or with the same key."""
    groups: list[list[Target]] = []
    for target in targets:
        near = [group for group in groups if any(target.meets(other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(other for group in near for other in group), target])
    order = {id(target): number for number, target in enumerate(targets)}
    sorted_groups = (tuple(sorted(group, key=lambda target: order[id(target)])) for group in groups)
    return sorted(sorted_groups, key=lambda group: order[id(group[0])])


def _bursts(planned: Round, begin: float) -> Iterator[Burst]:
    """A round, cut wherever nothing is sent for LULL seconds or more."""
    requests, cut, policies = planned.requests, 0, frozenset((planned.policy,))
    for index in range(1, len(requests) + 1):
        if index == len(requests) or requests[index].offset - requests[index - 1].offset >= LULL:
            first = requests[cut].offset
            part = tuple(replace(request, offset=request.offset - first) for request in requests[cut:index])
            yield Burst(begin + first, part, policies)
            cut = index
