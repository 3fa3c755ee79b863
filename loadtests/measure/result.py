"""What a run leaves behind, whoever drove it: the numbers, what the server acknowledged, and how it ended.

It goes through JSON (`as_json`, `from_json`), because it is made in another process; `Gathered` adds up what workers
report.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from loadtests.measure.observation import Observation
from loadtests.measure.statistics import Statistics

Kind = Literal["created", "rescheduled", "canceled", "retry refused"]
Ending = Literal["finished", "time", "count", "interrupted", "worker lost"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was to become of a booking, in the order in which one client asked for it.

    Where the server said yes it is `acknowledged`; where no answer came (or a 5xx) nobody knows. A refusal is no
    change and is left out. `starts_at` is the slot's start as the API writes it, after the change; `at` seconds on the
    run's timeline when the answer had come, `sent` when it was asked for (0: not known). `contact` is the e-mail
    address or phone number to look the booking up with: no report may show it.

    A "retry refused" is the one refusal that is told: the server had acknowledged a creation before it was sent again
    under the same key, and answered with another `status`.
    """

    kind: Kind
    at: float
    acknowledged: bool
    organization: str  # slug
    service: str  # slug
    starts_at: str = ""  # of a cancellation: the slot that is left
    seats: int = 1
    confirmation_number: str = ""  # none of a creation that was not answered
    contact: str = field(default="", repr=False)
    idempotency_key: str = ""
    key: str = ""  # label of whose request it was, as in an observation
    replayed: bool = False
    sent: float = 0.0
    status: int = 0  # of a retry that was refused


@dataclass(frozen=True, slots=True)
class Result:
    """`ended`: by the scenario's own end, by time, by count, by Ctrl-C, or by losing a worker.

    `moved`: seconds by which the server's clock was moved. `notes`: sentences for the user, such as who was lost when.
    """

    scenario: str
    seed: int
    ended: Ending
    statistics: Statistics = field(default_factory=Statistics)
    observations: tuple[Observation, ...] = ()
    changes: tuple[Change, ...] = ()
    moved: float = 0.0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "ended": self.ended,
            "statistics": self.statistics.as_json(),
            "observations": [asdict(observation) for observation in self.observations],
            "changes": [asdict(change) for change in self.changes],
            "moved": self.moved,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> "Result":
        return cls(
            scenario=stated["scenario"],
            seed=stated["seed"],
            ended=stated["ended"],
            statistics=Statistics.from_json(stated["statistics"]),
            observations=tuple(Observation(**observation) for observation in stated["observations"]),
            changes=tuple(Change(**change) for change in stated["changes"]),
            moved=stated["moved"],
            notes=tuple(stated["notes"]),
        )
