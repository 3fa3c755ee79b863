"""What a run counted: answers for each operation and second, arrivals for each second, and the generator's own lag.

Everything here adds up: what several workers counted is the sum of their parts.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from loadtests.measure.statuses import NO_ANSWER, Meaning

LATE = 10.0  # milliseconds after it was due, from which on a request counts as late
PRECISION = 0.01  # of a percentile, relative
_GROWTH = (1 + PRECISION) / (1 - PRECISION)
_LOG_GROWTH = math.log(_GROWTH)
_SMALLEST = 1e-3  # milliseconds: a microsecond; what is quicker counts as that


class Histogram:
    """Durations in milliseconds: how many is exact, the longest too, a percentile is within 1 % of the true one.

    The buckets grow by the same factor each (as DDSketch's do), so that histograms of any range can be added up.
    """

    __slots__ = ("_buckets", "count", "max")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.max = 0.0

    def record(self, duration: float) -> None:
        self._buckets[math.ceil(math.log(max(duration, _SMALLEST)) / _LOG_GROWTH)] += 1
        self.count += 1
        self.max = max(self.max, duration)

    def percentile(self, percent: float) -> float | None:
        """The duration that so many percent did not exceed (nearest rank); None where nothing was recorded."""
        if not 0 < percent <= 100:
            raise ValueError(f"there is no percentile {percent}")
        rank = math.ceil(self.count * percent / 100)
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= rank > 0:
                middle = 2 * _GROWTH**bucket / (_GROWTH + 1)
                return self.max if rank == self.count else min(middle, self.max)
        return None

    def add(self, other: "Histogram") -> None:
        self._buckets.update(other._buckets)
        self.count += other.count
        self.max = max(self.max, other.max)

    def as_json(self) -> dict[str, Any]:
        return {"max": self.max, "buckets": {str(bucket): n for bucket, n in sorted(self._buckets.items())}}

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> "Histogram":
        histogram = cls()
        histogram._buckets.update({int(bucket): n for bucket, n in stated["buckets"].items()})
        histogram.count = histogram._buckets.total()
        histogram.max = stated["max"]
        return histogram


@dataclass(slots=True)
class Tally:
    """Answers to one operation. Status 0: none came. `errors`: no answer, 5xx, or one the scenario did not expect.

    `refused`: by the limiter. `conflicts`: somebody else had the slot, or the request was under way already.

    The latency is the one of every request, refused and unanswered ones included: they too had to wait.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    conflicts: int = 0
    errors: int = 0
    latency: Histogram = field(default_factory=Histogram)

    @property
    def count(self) -> int:
        return self.latency.count

    @property
    def unanswered(self) -> int:
        return self.statuses[NO_ANSWER]

    @property
    def admitted(self) -> int:
        """Neither refused nor an error."""
        return self.count - self.refused - self.errors

    def add(self, other: "Tally") -> None:
        self.statuses.update(other.statuses)
        self.refused += other.refused
        self.conflicts += other.conflicts
        self.errors += other.errors
        self.latency.add(other.latency)

    def as_json(self) -> dict[str, Any]:
        statuses = {str(status): n for status, n in sorted(self.statuses.items())}
        counts = {"refused": self.refused, "conflicts": self.conflicts, "errors": self.errors}
        return {"statuses": statuses, **counts, "latency": self.latency.as_json()}

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> "Tally":
        statuses = Counter({int(status): n for status, n in stated["statuses"].items()})
        latency = Histogram.from_json(stated["latency"])
        return cls(statuses, stated["refused"], stated["conflicts"], stated["errors"], latency)


@dataclass(slots=True)
class Arrivals:
    """Requests of an open model: planned = sent + dropped, and of the sent some were late."""

    planned: int = 0
    sent: int = 0
    late: int = 0
    dropped: int = 0

    def add(self, other: "Arrivals") -> None:
        for name in ARRIVALS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ARRIVALS}


ARRIVALS = tuple(entry.name for entry in fields(Arrivals))


class Statistics:
    """`second` is always the one in which a request was due, counted from the start of the run."""

    def __init__(self) -> None:
        self._tallies: defaultdict[str, defaultdict[int, Tally]] = defaultdict(lambda: defaultdict(Tally))
        self._arrivals: defaultdict[int, Arrivals] = defaultdict(Arrivals)
        self.lag = Histogram()

    def sent(self, second: int, delay: float, lag: float) -> None:
        """Handed to the socket `delay` milliseconds after it was due, of which `lag` are the generator's own fault.

        The rest is what it took to connect, which may be the server's.
        """
        arrivals = self._arrivals[second]
        arrivals.planned += 1
        arrivals.sent += 1
        arrivals.late += delay > LATE
        self.lag.record(lag)

    def dropped(self, second: int, count: int = 1) -> None:
        """Due, and never sent."""
        arrivals = self._arrivals[second]
        arrivals.planned += count
        arrivals.dropped += count

    def answered(
        self, operation: str, second: int, status: int, meaning: Meaning, latency: float, *, error: bool = False
    ) -> None:
        """`latency` in milliseconds since it was due; no answer is status 0, after the time it took to give up."""
        tally = self._tallies[operation][second]
        tally.statuses[status] += 1
        tally.refused += meaning == "rate limited"
        tally.conflicts += meaning == "conflicting"
        tally.errors += error
        tally.latency.record(latency)

    def add(self, other: "Statistics") -> None:
        for operation, seconds in other._tallies.items():
            for second, tally in seconds.items():
                self._tallies[operation][second].add(tally)
        for second, arrivals in other._arrivals.items():
            self._arrivals[second].add(arrivals)
        self.lag.add(other.lag)

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted(self._tallies))

    @property
    def arrivals(self) -> Arrivals:
        """Of the whole run."""
        total = Arrivals()
        for part in self._arrivals.values():
            total.add(part)
        return total

    @property
    def length(self) -> int:
        """Seconds, up to the last one in which something was due."""
        seconds = [*self._arrivals, *(second for tallies in self._tallies.values() for second in tallies)]
        return max(seconds, default=-1) + 1

    def of(self, operation: str | None = None) -> Tally:
        """Over the whole run; of every operation together where none is named."""
        return _sum(tally for seconds in self._chosen(operation) for tally in seconds.values())

    def by_second(self, operation: str | None = None) -> Iterator[Tally]:
        """One for each second of the run, empty ones included."""
        for second in range(self.length):
            yield _sum(seconds[second] for seconds in self._chosen(operation) if second in seconds)

    def arrivals_by_second(self) -> Iterator[Arrivals]:
        for second in range(self.length):
            yield self._arrivals.get(second, Arrivals())

    def _chosen(self, operation: str | None) -> list[Mapping[int, Tally]]:
        return list(self._tallies.values()) if operation is None else [self._tallies.get(operation, {})]

    def as_json(self) -> dict[str, Any]:
        return {
            "operations": {
                operation: {str(second): tally.as_json() for second, tally in sorted(seconds.items())}
                for operation, seconds in self._tallies.items()
            },
            "arrivals": {str(second): arrivals.as_json() for second, arrivals in sorted(self._arrivals.items())},
            "lag": self.lag.as_json(),
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> "Statistics":
        statistics = cls()
        for operation, seconds in stated["operations"].items():
            for second, tally in seconds.items():
                statistics._tallies[operation][int(second)] = Tally.from_json(tally)
        for second, arrivals in stated["arrivals"].items():
            statistics._arrivals[int(second)] = Arrivals(**arrivals)
        statistics.lag = Histogram.from_json(stated["lag"])
        return statistics


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
