"""What one worker saw since it last reported: the master adds these up."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from loadtests.measure.observation import Observation
from loadtests.measure.result import Change
from loadtests.measure.statistics import Statistics


class Recorder:
    """Gathers; `take` hands over and begins anew. Requests are observed one by one only where `observing`."""

    def __init__(self, observing: bool = False) -> None:
        self.observing = observing
        self._begin()

    def _begin(self) -> None:
        self.statistics = Statistics()
        self.observations: list[Observation] = []
        self.changes: list[Change] = []

    def take(self) -> Mapping[str, Any]:
        """In JSON, as `Gathered.add` wants it."""
        taken = {
            "statistics": self.statistics.as_json(),
            "observations": [asdict(observation) for observation in self.observations],
            "changes": [asdict(change) for change in self.changes],
        }
        self._begin()
        return taken


class Gathered:
    """What the master has been told by all workers; `by_worker` keeps their numbers apart.

    What a worker observed and what changed is `pending` until it is known how far its clock has drifted.
    """

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.by_worker: dict[int, Statistics] = {}
        self.observations: list[Observation] = []
        self.changes: list[Change] = []
        self.pending: dict[int, tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]] = {}  # by worker

    def add(self, worker: int, part: Mapping[str, Any], moved: float = 0.0) -> None:
        """`moved`: seconds by which the server's clock has been moved, which the worker's timeline does not know."""
        statistics = Statistics.from_json(part["statistics"])
        self.statistics.add(statistics)
        self.by_worker.setdefault(worker, Statistics()).add(statistics)
        observed, changed = part["observations"], part["changes"]
        if observed or changed:
            times = ("sent", "received", "due")
            pending = self.pending.setdefault(worker, ([], []))
            pending[0].extend({**seen, **{name: seen[name] + moved for name in times}} for seen in observed)
            pending[1].extend(changed)

    def settle(self, worker: int, least: float, most: float) -> None:
        """Take in what is pending of a worker whose timeline is ahead by `least` to `most` seconds.

        By `most` earlier may a request have been sent than it says, by only `least` earlier answered.
        """
        observed, changed = self.pending.pop(worker, ([], []))
        for seen in observed:
            times = {"sent": seen["sent"] - most, "received": seen["received"] - least}
            self.observations.append(Observation(**{**seen, **times}))
        for change in changed:
            times = {"sent": change["sent"] - most, "at": change["at"] - least}
            self.changes.append(Change(**{**change, **times}))
