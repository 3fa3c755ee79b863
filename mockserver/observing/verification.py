"""Did what a test expected come to pass? How often, in which order; and where it did not, what came near."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mockserver.observing.journal import Entry
from mockserver.observing.matching import Answered, Criterion, Match
from mockserver.observing.redaction import redact, redact_header

MOST_NEAR = 3  # near misses that are told
MOST_SEEN = 3  # values that are told of one


@dataclass(frozen=True, slots=True)
class Times:
    """How often; `at_most` None: any number beyond."""

    at_least: int = 1
    at_most: int | None = None

    def __post_init__(self) -> None:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f"count can be no number that is at least {self.at_least} and at most {self.at_most}")

    def allow(self, count: int) -> bool:
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    def __str__(self) -> str:
        if self.at_most is None:
            return f"at least {self.at_least}"
        if self.at_most == self.at_least:
            return str(self.at_least) if self.at_least else "none"
        return f"at most {self.at_most}" if self.at_least == 0 else f"{self.at_least} to {self.at_most}"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Requests that met all but the same few criteria."""

    met: tuple[Criterion[Answered], ...]
    unmet: tuple[Criterion[Answered], ...]
    entries: tuple[Entry, ...]

    def __str__(self) -> str:
        matched = f" matched {_all(self.met)}" if self.met else " came"
        return f"{_requests(len(self.entries))}{matched}, none had {' and '.join(map(self._lacking, self.unmet))}"

    def _lacking(self, criterion: Criterion[Answered]) -> str:
        seen = dict.fromkeys(_shown(criterion, entry) for entry in self.entries)
        told = [*seen][:MOST_SEEN]
        return f"{criterion} (but {', '.join(told)}{' …' if len(seen) > len(told) else ''})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found` are the requests that were meant, oldest first; `detail` is one sentence."""

    verified: bool
    detail: str
    found: tuple[Entry, ...]
    near_misses: tuple[NearMiss, ...] = ()


def verify(entries: Iterable[Entry], match: Match[Answered], times: Times) -> Verdict:
    """Whether so many of the entries are meant."""
    entries = list(entries)
    found = tuple(filter(match, entries))
    near = near_misses(entries, match) if len(found) < times.at_least else ()
    told = f"{_requests(len(found))} matched {_all(match.criteria)}; {times} wanted"
    return Verdict(times.allow(len(found)), "; ".join([told, *map(str, near)]), found, near)


def verify_order(entries: Iterable[Entry], matches: Sequence[Match[Answered]]) -> Verdict:
    """Whether requests came that are meant by one after the other; any others may have come between them."""
    entries = list(entries)
    found: list[Entry] = []
    place = 0
    for number, match in enumerate(matches, 1):
        at = next((index for index in range(place, len(entries)) if match(entries[index])), None)
        if at is None:
            return _out_of_order(entries, match, number, found)
        found.append(entries[at])
        place = at + 1
    return Verdict(True, f"{_requests(len(found))} came in this order", tuple(found))


def _out_of_order(entries: Sequence[Entry], match: Match[Answered], number: int, found: Sequence[Entry]) -> Verdict:
    wanted = f"nothing matched number {number} of the order, {_all(match.criteria)}"
    earlier = [entry for entry in entries if match(entry)]
    if found:
        wanted += f", after {redact(found[-1].request_id)}"
    if earlier:
        return Verdict(False, f"{wanted}: {redact(earlier[-1].request_id)} came before", tuple(found))
    near = near_misses(entries, match)
    return Verdict(False, "; ".join([wanted, *map(str, near)]), tuple(found), near)


def near_misses(entries: Iterable[Entry], match: Match[Answered]) -> tuple[NearMiss, ...]:
    """Of those that are not meant the ones that lack least, together where they lack the same; most of them first."""
    groups: dict[tuple[Criterion[Answered], ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if unmet := match.unmet(entry):
            groups[unmet].append(entry)
    least = min(map(len, groups), default=0)
    near = [
        NearMiss(tuple(criterion for criterion in match.criteria if criterion not in unmet), unmet, tuple(group))
        for unmet, group in groups.items()
        if len(unmet) == least
    ]
    return tuple(sorted(near, key=lambda miss: -len(miss.entries))[:MOST_NEAR])


def _shown(criterion: Criterion[Answered], entry: Entry) -> str:
    """What an entry has instead, without secrets."""
    seen = criterion.seen(entry)
    if seen is None:
        return "nothing"
    name = criterion.wanted.partition(":")[0].strip().lower()
    return redact_header(name, seen) if criterion.word == "header" else redact(seen)


def _all(criteria: Iterable[Criterion[Answered]]) -> str:
    return " and ".join(map(str, criteria)) or "any request"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
