"""What a certain policy's counter held when a request came: bounds, as that moment is not known exactly."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from loadtests.limiter.algorithms.algorithm import Usage
from loadtests.limiter.algorithms.table import ALGORITHMS
from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.stream import Stream
from loadtests.measure.observation import Observation


class Usages:
    """One counter under one hypothesis. `refused` are its refusals."""

    def __init__(self, hypothesis: Hypothesis, stream: Stream, refused: Iterable[Observation]) -> None:
        algorithm = ALGORITHMS[hypothesis.algorithm]
        self._held = algorithm.holds(hypothesis.limit, hypothesis.window, stream, refused)
        self._stream = stream

    def of(self, seen: Observation) -> Usage | None:
        """None where it cannot be told: what strangers used, or a window whose start is not sure."""
        least = bisect_left(self._stream.latest, seen.sent) + (not seen.refused)
        most = bisect_right(self._stream.earliest, seen.received)
        return self._held(seen, least, most)
