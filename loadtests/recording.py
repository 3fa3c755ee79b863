"""What one worker saw since it last reported: the master adds these up."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from loadtests.observation import Observation
from loadtests.result import Change
from loadtests.statistics import Statistics


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
    """What the master has been told by all workers; `by_worker` keeps their numbers apart."""

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.by_worker: dict[int, Statistics] = {}
        self.observations: list[Observation] = []
        self.changes: list[Change] = []

    def add(self, worker: int, part: Mapping[str, Any], moved: float = 0.0, unsure: float = 0.0) -> None:
        """`moved`: seconds by which the server's clock is ahead of the worker's timeline.

        That timeline may be off by `unsure` seconds: by so much earlier may a request have been sent, by so much later
        answered.
        """
        statistics = Statistics.from_json(part["statistics"])
        self.statistics.add(statistics)
        self.by_worker.setdefault(worker, Statistics()).add(statistics)
        for stated in part["observations"]:
            sent, received = stated["sent"] + moved - unsure, stated["received"] + moved + unsure
            due = stated["due"] + moved
            self.observations.append(Observation(**{**stated, "sent": sent, "received": received, "due": due}))
        for stated in part["changes"]:
            at, sent = stated["at"] + unsure, stated["sent"] - unsure
            self.changes.append(Change(**{**stated, "at": at, "sent": sent}))
