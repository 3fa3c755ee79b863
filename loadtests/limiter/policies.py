"""From all requests to the policies that refused them: which operations draw on which counters, and how these count.

For each operation that was refused, every way of counting is tried: alone or together with other operations, by key, by
subject or for all alike. One policy that explains all refusals is the first thing looked for. If none does, the server
has several: the first is what explains the refusals up to some moment, and what it cannot explain is another's.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from loadtests.limiter.algorithms.table import ALGORITHMS, alike_for_one
from loadtests.limiter.hypothesis import Counting, Hypothesis
from loadtests.limiter.inference import possible, survivors
from loadtests.limiter.splitting import Split, splits
from loadtests.limiter.stream import Refusal, Stream
from loadtests.measure.observation import Observation

MOST_POLICIES = 4  # of one operation
MOST_MOMENTS = 12  # that are tried, where the last one does not tell

Candidate = tuple[Counting, Hypothesis]


@dataclass(frozen=True, slots=True)
class Inferred:
    """What one policy that refused `operation` may be; nothing, where no policy explains what was seen.

    `refused` are the refusals that it has to answer for; `alone`: no other policy refused the operation.
    """

    operation: str
    candidates: frozenset[Candidate]
    refused: tuple[Observation, ...]
    alone: bool = True

    @property
    def hypotheses(self) -> frozenset[Hypothesis]:
        return frozenset(hypothesis for _, hypothesis in self.candidates)

    @property
    def countings(self) -> frozenset[Counting]:
        return frozenset(counting for counting, _ in self.candidates)

    @property
    def hypothesis(self) -> Hypothesis | None:
        """The only one left, or any of those that nobody can tell apart.

        Windows of the clock fit what two other policies did by turns: aligned ones may begin at any moment, weighted
        ones give back a little at any.
        """
        left = self.hypotheses
        if not left or len({(each.limit, each.window) for each in left}) > 1:
            return None
        if not self.alone and any(ALGORITHMS[each.algorithm].by_clock for each in left):
            return None
        first = min(left)
        alike = len(left) == 1 or (
            first.limit == 1 and {each.algorithm for each in left} == alike_for_one(first.algorithm)
        )
        return first if alike else None


def infer(observations: Sequence[Observation]) -> tuple[Inferred, ...]:
    """Every policy that refused something, by operation in the order of names."""
    refused = sorted({seen.operation for seen in observations if seen.refused})
    return tuple(found for operation in refused for found in _of_operation(operation, observations))


def _of_operation(operation: str, observations: Sequence[Observation]) -> Iterator[Inferred]:
    ways = splits(operation, observations)
    refused = tuple(seen for seen in observations if seen.refused and seen.operation == operation)
    for before in range(MOST_POLICIES):
        unexplained = set(map(id, refused))
        candidates = _candidates(ways, unexplained)
        if candidates:
            yield Inferred(operation, candidates, refused, alone=before == 0)
            return
        first = _first_policy(ways, observations, unexplained)
        if not first:
            break
        unexplained = _unexplained(first, ways, unexplained)
        own = tuple(seen for seen in refused if id(seen) not in unexplained)
        yield Inferred(operation, first, own, alone=False)
        refused = tuple(seen for seen in refused if id(seen) in unexplained)
        if not refused:
            return
    yield Inferred(operation, frozenset(), refused)


def _first_policy(
    ways: Sequence[Split], observations: Sequence[Observation], refused: set[int]
) -> frozenset[Candidate]:
    """The candidates at the last moment at which one policy still explained everything.

    What was admitted later counts, too: however many policies there are, each of them has admitted it. So what cannot
    explain everything up to some moment cannot do so later, either.
    """
    moments = _moments(observations, refused)
    longest = math.ceil(max(seen.received for seen in observations) - min(seen.sent for seen in observations))

    def until(index: int) -> set[int]:
        return {id(seen) for seen in observations if id(seen) in refused and seen.sent <= moments[index]}

    def explained(index: int) -> bool:
        asked = until(index)
        return any(possible(way.streams(asked), longest) for way in ways)

    last = bisect_left(range(len(moments)), True, key=lambda index: not explained(index)) - 1
    # Where only windows explain it that were not seen to their ends, earlier moments tell more.
    earlier = range(last, -1, -max(1, last // MOST_MOMENTS))
    return next(filter(None, (_candidates(ways, until(index)) for index in earlier)), frozenset())


def _moments(observations: Sequence[Observation], refused: set[int]) -> list[float]:
    """Moments right before which there was a refusal, and at which nothing was under way."""
    found: list[float] = []
    answered, told = float("-inf"), False
    for seen in sorted(observations, key=lambda seen: seen.sent):
        if told and seen.sent > answered:
            found.append(answered)
            told = False
        answered = max(answered, seen.received)
        told = told or id(seen) in refused
    return found


def _candidates(ways: Sequence[Split], refused: set[int]) -> frozenset[Candidate]:
    return frozenset(
        (counting, hypothesis)
        for way in ways
        for hypothesis in survivors(way.streams(refused))
        for counting in way.countings
    )


def _unexplained(candidates: Iterable[Candidate], ways: Sequence[Split], refused: set[int]) -> set[int]:
    """Of these refusals, those that each of such policies surely had room for."""
    left = refused
    for way in ways:
        hypotheses = {hypothesis for counting, hypothesis in candidates if counting in way.countings}
        if not hypotheses:
            continue
        places = {id(seen): (part.stream, at) for part in way.parts for seen, at in part.refused if id(seen) in left}
        left = set(places)
        for hypothesis in hypotheses:
            left = {seen for seen in left if not _explains(hypothesis, *places[seen])}
            if not left:
                break
    return left


def _explains(hypothesis: Hypothesis, stream: Stream, at: Refusal) -> bool:
    return ALGORITHMS[hypothesis.algorithm].explains(hypothesis.limit, hypothesis.window, stream, at)
