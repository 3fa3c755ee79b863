"""One more algorithm is one more value in the table: probe and verdict then know it."""

import math
from collections.abc import Iterable, Iterator
from email.utils import formatdate

import pytest

from loadtests.limiter import infer
from loadtests.limiter.algorithms.algorithm import Algorithm, Holds
from loadtests.limiter.algorithms.evidence import Evidence, whole
from loadtests.limiter.algorithms.table import ALGORITHMS
from loadtests.limiter.stream import Stream
from loadtests.measure.observation import Observation
from tests.loadtests.limiter.simulation import EPOCH, Headers, Rule, Server, probed, target


class Ban(Algorithm):
    """Whoever took the last unit is refused everything for a whole window, and then has all of them again."""

    name = "ban"

    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        for limit in evidence.limits:
            spans = [span for stream in evidence.streams for span in self._spans(stream, limit)]
            low, high = max(low for low, _ in spans), min(high for _, high in spans)
            if low < high:
                yield from ((limit, window) for window in whole(low, min(high, evidence.longest)))

    def _spans(self, stream: Stream, limit: int) -> Iterator[tuple[float, float]]:
        for at in stream.refusals:
            last = at.most // limit * limit
            yield at.moment - stream.latest[last - 1] if at.least <= last and last else math.inf, math.inf
        for last in range(limit, len(stream.latest), limit):
            yield 0.0, stream.latest[last] - stream.earliest[last - 1]

    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        return lambda seen, least, most: None


class BanningServer(Server):
    def __init__(self, limit: int, window: int) -> None:
        super().__init__("fixed-window", Rule(limit, window))
        self._limit, self._window = limit, window
        self._taken: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def ask(self, at: float, key: str, operation: str, subject: str) -> tuple[int, Headers]:
        headers = {"date": formatdate(math.floor(at) + EPOCH, usegmt=True)}
        if at < self._until.get(key, 0.0):
            return 429, headers
        self._taken[key] = self._taken.get(key, 0) % self._limit + 1
        if self._taken[key] == self._limit:
            self._until[key] = at + self._window
        return 200, headers


def test_a_further_algorithm_is_one_value_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as table:
        table.setitem(ALGORITHMS, "ban", Ban())
        run = probed(BanningServer(6, 30), [target(6, 30)], 1)
        (known,) = run.inferred
    assert str(known.hypothesis) == "6 per 30 s (ban)"
    assert run.skipped == {}
    assert [policy.hypothesis for policy in infer(run.observations) if policy.hypothesis] == []
