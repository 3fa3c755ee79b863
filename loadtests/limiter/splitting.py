"""Every way in which the requests may be counted, and what each of the counters then saw."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from loadtests.limiter.clock import server_clock
from loadtests.limiter.hypothesis import Counting, Counts, Scope
from loadtests.limiter.stream import Refusal, Span, Stream, stream, stretch
from loadtests.measure.observation import Observation
from loadtests.measure.statuses import DENIED, Meaning

MOST_COMPANIONS = 4  # operations whose every combination is tried; beyond that, only each one and all


@dataclass(frozen=True, slots=True)
class Part:
    """What one counter saw: its stream, yet without the refusals, and these in their order, each with its place."""

    stream: Stream
    refused: Sequence[tuple[Observation, Refusal]]


@dataclass(frozen=True, slots=True)
class Split:
    """The counters of several ways of counting that part the requests alike, as their labels may."""

    countings: Sequence[Counting]
    parts: Sequence[Part]

    def streams(self, refused: set[int]) -> list[Stream]:
        """With those of the refusals (by id) that are to be explained."""
        return [part.stream.refusing(at for seen, at in part.refused if id(seen) in refused) for part in self.parts]


def splits(operation: str, observations: Sequence[Observation]) -> list[Split]:
    """Of whatever may have refused the operation."""
    found: dict[object, tuple[list[Counting], Iterable[list[Observation]]]] = {}
    for counting in _countings(operation, observations):
        groups = counters(counting, observations).values()
        same = counting.counts, frozenset(frozenset(map(id, group)) for group in groups)
        found.setdefault(same, ([], groups))[0].append(counting)
    begun, clock = min(seen.received for seen in observations), server_clock(observations)
    return [
        Split(countings, [_part(group, begun, clock, failures=countings[0].counts == "failures") for group in groups])
        for countings, groups in found.values()
    ]


def _part(group: list[Observation], begun: float, clock: Span | None, *, failures: bool) -> Part:
    """`begun`: the run. What was in use of a counter before is that of strangers, what is in use later is known."""
    clear = stretch(group)
    whole = len(clear) == len(group)
    seen_by_it = stream(clear, failures=failures, begun=begun if whole else None, clock=clock)
    return Part(seen_by_it, [(seen, seen_by_it.place(seen)) for seen in clear if seen.refused])


def counters(counting: Counting, observations: Iterable[Observation]) -> Mapping[str, list[Observation]]:
    """The requests of each counter by itself, by the label of its subject."""
    found: dict[str, list[Observation]] = {}
    for seen in observations:
        if seen.operation in counting.operations:
            found.setdefault(_label(counting.scope, seen), []).append(seen)
    return found


def _label(scope: Scope, seen: Observation) -> str:
    return seen.key if scope == "key" else seen.subject if scope == "subject" else ""


def _countings(operation: str, observations: Sequence[Observation]) -> Iterator[Counting]:
    admitted: dict[str, set[Meaning]] = {}
    for seen in observations:
        if not seen.refused:
            admitted.setdefault(seen.operation, set()).add(seen.meaning)
    # Operations that were never asked by a key that asked for this one, too, are not told to share a counter with it.
    own = {seen.key for seen in observations if seen.operation == operation}
    near = {seen.operation for seen in observations if seen.key in own}
    others = sorted((near & admitted.keys()) - {operation})
    few = range(len(others) + 1) if len(others) <= MOST_COMPANIONS else (0, 1, len(others))
    for size in few:
        for companions in combinations(others, size):
            together = tuple(sorted((operation, *companions)))
            answers = set().union(*(admitted.get(each, set()) for each in together))
            counts: list[Counts] = ["requests"]
            if DENIED & answers and answers - DENIED:
                counts.append("failures")
            scopes: list[Scope] = ["key", "all"]
            if all(seen.subject for seen in observations if seen.operation in together):
                scopes.append("subject")
            for counted in counts:
                yield from (Counting(scope, counted, together) for scope in scopes)
