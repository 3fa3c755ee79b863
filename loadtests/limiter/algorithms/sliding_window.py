"""An exact log: whoever finds fewer than the limit in the window before is admitted."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from loadtests.limiter.algorithms.algorithm import Algorithm, Holds, Usage, units_left
from loadtests.limiter.algorithms.evidence import Evidence, feasible, whole
from loadtests.limiter.stream import Stream
from loadtests.measure.observation import Observation


class SlidingWindow(Algorithm):
    name = "sliding-window"
    effort = 1

    def policies(self, evidence: Evidence) -> Iterator[tuple[int, int]]:
        """Of windows that were seen twice: strangers could have written any log at all."""
        for limit, low, high in feasible(evidence.limits, evidence.lower, evidence.upper):
            yield from ((limit, window) for window in whole(low, min(high, evidence.longest / 2)))

    def holds(self, limit: int, window: int, stream: Stream, refused: Iterable[Observation]) -> Holds:
        earliest, latest = stream.earliest, stream.latest

        def held(seen: Observation, least: int, most: int) -> Usage | None:
            if seen.sent - window < stream.begun:
                return None
            used = (
                max(least - bisect_right(earliest, seen.received - window), 0),
                most - bisect_right(latest, seen.sent - window),
            )
            remaining = units_left(limit, used[1]), units_left(limit, used[0])
            if not seen.refused:
                return Usage(remaining, (seen.sent + window, seen.received + window))
            if least < limit:
                return None
            frees = earliest[least - limit] + window, latest[most - limit] + window
            full = earliest[least - 1] + window, latest[most - 1] + window
            return Usage(remaining, full, (frees[0] - seen.received, frees[1] - seen.sent))

        return held


ALGORITHM = SlidingWindow()
