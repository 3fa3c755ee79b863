"""One promise, and whether a run kept it."""

from dataclasses import asdict, dataclass
from typing import Literal

Outcome = Literal["kept", "broken", "not judged", "no case"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` is a sentence: what was seen, or why nothing could be said.

    `not judged` makes a run incomplete; `no case` does not: the run had no occasion to break the promise.
    """

    name: str
    outcome: Outcome
    reason: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)
