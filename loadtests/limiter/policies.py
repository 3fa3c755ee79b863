"""From all requests to the policies that refused them: which operations draw on which counters, and how these count.

For each operation that was refused, every way of counting is tried: alone or together with other operations, by key, by
subject or for all alike. One policy that explains all refusals is the first thing looked for. If none does, the server
has several: the first is what explains the refusals up to some moment, and what it cannot explain is another's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from loadtests.limiter.counting import explains
from loadtests.limiter.hypothesis import SAME_FOR_ONE, Counting, Counts, Hypothesis, Scope
from loadtests.limiter.inference import survivors
from loadtests.limiter.stream import FAILED, Refusal, Stream, stream, stretch
from loadtests.observation import Observation

MOST_POLICIES = 4  # of one operation
MOST_COMPANIONS = 4  # operations whose every combination is tried; beyond that, only each one and all
MOST_MOMENTS = 40  # at which one policy is tried on what was seen so far

Candidate = tuple[Counting, Hypothesis]


@dataclass(frozen=True, slots=True)
class Inferred:
    """What one policy that refused `operation` may be; nothing, where no policy explains what was seen.

    `refused` are the refusals that it has to answer for.
    """

    operation: str
    candidates: frozenset[Candidate]
    refused: tuple[Observation, ...]

    @property
    def hypotheses(self) -> frozenset[Hypothesis]:
        return frozenset(hypothesis for _, hypothesis in self.candidates)

    @property
    def countings(self) -> frozenset[Counting]:
        return frozenset(counting for counting, _ in self.candidates)

    @property
    def hypothesis(self) -> Hypothesis | None:
        """The only one left, or any of those that nobody can tell apart."""
        left = self.hypotheses
        if not left or len({(each.limit, each.window) for each in left}) > 1:
            return None
        alike = len(left) == 1 or (
            all(each.limit == 1 and each.algorithm in SAME_FOR_ONE for each in left) and len(left) == len(SAME_FOR_ONE)
        )
        return min(left) if alike else None


def infer(observations: Sequence[Observation]) -> tuple[Inferred, ...]:
    """Every policy that refused something, by operation in the order of names."""
    refused = sorted({seen.operation for seen in observations if seen.refused})
    return tuple(found for operation in refused for found in _of_operation(operation, observations))


def counters(counting: Counting, observations: Iterable[Observation]) -> Mapping[str, list[Observation]]:
    """The requests of each counter by itself, by the label of its subject."""
    found: dict[str, list[Observation]] = {}
    for seen in observations:
        if seen.operation in counting.operations:
            found.setdefault(_label(counting.scope, seen), []).append(seen)
    return found


def _label(scope: Scope, seen: Observation) -> str:
    return seen.key if scope == "key" else seen.subject if scope == "subject" else ""


def _of_operation(operation: str, observations: Sequence[Observation]) -> Iterator[Inferred]:
    refused = tuple(seen for seen in observations if seen.refused and seen.operation == operation)
    for _ in range(MOST_POLICIES):
        unexplained = set(map(id, refused))
        candidates = _candidates(operation, observations, unexplained)
        if candidates:
            yield Inferred(operation, candidates, refused)
            return
        first = _first_policy(operation, observations, unexplained)
        if not first:
            break
        unexplained = _unexplained(first, observations, unexplained)
        yield Inferred(operation, first, tuple(seen for seen in refused if id(seen) not in unexplained))
        refused = tuple(seen for seen in refused if id(seen) in unexplained)
        if not refused:
            return
    yield Inferred(operation, frozenset(), refused)


def _first_policy(operation: str, observations: Sequence[Observation], refused: set[int]) -> frozenset[Candidate]:
    """The candidates at a moment at which one policy still explained everything: the last, as long as several do.

    Once one hypothesis is left, longer and longer strides are enough to see it confirmed.
    """
    found: frozenset[Candidate] = frozenset()
    moments = _moments(observations, refused)
    index, stride = 0, 1
    while index < len(moments):
        # What was admitted later counts, too: however many policies there are, each of them has admitted it.
        until = {id(seen) for seen in observations if id(seen) in refused and seen.sent <= moments[index]}
        candidates = _candidates(operation, observations, until)
        if found and not candidates:
            return found
        found = candidates or found
        stride = 2 * stride if Inferred(operation, found, ()).hypothesis else 1
        index += stride
    return found


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
    step = max(1, len(found) // MOST_MOMENTS)
    return found[::step]


def _candidates(operation: str, observations: Sequence[Observation], refused: set[int]) -> frozenset[Candidate]:
    found: set[Candidate] = set()
    known: dict[object, frozenset[Hypothesis]] = {}
    for counting in _countings(operation, observations):
        split = counters(counting, observations)
        # Where labels differ but part the requests alike, the streams are the same.
        same = counting.counts, frozenset(frozenset(map(id, group)) for group in split.values())
        if same not in known:
            known[same] = survivors(_streams(counting, split.values(), refused))
        found.update((counting, hypothesis) for hypothesis in known[same])
    return frozenset(found)


def _countings(operation: str, observations: Sequence[Observation]) -> Iterator[Counting]:
    admitted: dict[str, set[int]] = {}
    for seen in observations:
        if not seen.refused:
            admitted.setdefault(seen.operation, set()).add(seen.status)
    # Operations that never share a key or a subject with this one cannot be told to share a counter with it.
    own = {label for seen in observations if seen.operation == operation for label in (seen.key, seen.subject) if label}
    near = {seen.operation for seen in observations if seen.key in own or seen.subject in own}
    others = sorted((near & admitted.keys()) - {operation})
    few = range(len(others) + 1) if len(others) <= MOST_COMPANIONS else (0, 1, len(others))
    for size in few:
        for companions in combinations(others, size):
            together = tuple(sorted((operation, *companions)))
            statuses = set().union(*(admitted.get(each, set()) for each in together))
            counts: list[Counts] = ["requests"]
            if FAILED & statuses and statuses - FAILED:
                counts.append("failures")
            scopes: list[Scope] = ["key", "all"]
            if all(seen.subject for seen in observations if seen.operation in together):
                scopes.append("subject")
            for counted in counts:
                yield from (Counting(scope, counted, together) for scope in scopes)


def _streams(counting: Counting, groups: Iterable[list[Observation]], refused: set[int]) -> list[Stream]:
    streams = []
    for group in groups:
        clear = stretch(group)
        asked = (seen for seen in clear if id(seen) in refused)
        streams.append(stream(clear, asked, failures=counting.counts == "failures"))
    return streams


def _unexplained(candidates: Iterable[Candidate], observations: Sequence[Observation], refused: set[int]) -> set[int]:
    """Of these refusals, those that each of such policies surely had room for."""
    by_counting: dict[Counting, list[Hypothesis]] = {}
    for counting, hypothesis in candidates:
        by_counting.setdefault(counting, []).append(hypothesis)
    left = refused
    for counting, hypotheses in by_counting.items():
        places: dict[int, tuple[Stream, Refusal]] = {}
        for group in counters(counting, observations).values():
            clear = stretch(group)
            counted = stream(clear, (), failures=counting.counts == "failures")
            places.update({id(seen): (counted, counted.place(seen)) for seen in clear if id(seen) in left})
        left = {seen for seen in left if seen in places}
        for hypothesis in hypotheses:
            left = {seen for seen in left if not explains(hypothesis, *places[seen])}
            if not left:
                break
    return left
