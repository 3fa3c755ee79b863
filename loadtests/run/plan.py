"""A run as it was asked for: whom to load, with what, and up to which bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import TargetError
from loadtests.api.target import Target
from loadtests.judge.judgement import Severity
from loadtests.measure.statistics import Statistics
from loadtests.run.kinds import KINDS, Probe
from loadtests.scenarios.catalogue import Scenario

# Called about once a second while a run goes on: seconds since its start, and what was counted so far.
Progress = Callable[[float, Statistics], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`scenario` names a scenario, or the probe. Times are seconds.

    `rate` is the text of an open model's arrivals and `users` the number of a closed model's clients; neither: what
    the scenario itself wants. `duration` and `max_requests` are bounds that end a run, whichever comes first.
    """

    scenario: str
    target: Target
    rate: str | None = None
    users: int | None = None
    duration: float = 60.0
    max_requests: int = 10_000
    max_in_flight: int = 1_000
    seed: int = 0
    processes: int = 1
    expect_workers: int = 0  # on other machines; 0: none
    master_port: int = 5557  # where those workers find the master
    worker_of: str | None = None  # HOST:PORT of the master
    contract: Path | None = None
    overlays: tuple[Path, ...] = ()
    allow_writes: bool = False
    fail_on: Severity = "failure"  # the least that the run fails for

    @property
    def kind(self) -> Scenario | Probe:
        """Raises TargetError where there is none of that name."""
        try:
            return KINDS[self.scenario]
        except KeyError:
            raise TargetError(f"there is no scenario {self.scenario}: choose one of {', '.join(KINDS)}") from None
