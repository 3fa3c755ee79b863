"""What Schemathesis is to do for one rule. It knows nothing of Schemathesis, which takes a second to import."""

from collections.abc import Sequence
from dataclasses import dataclass

FUZZED = 30  # generated requests for each operation, apart from those that its schema spells out


@dataclass(frozen=True, slots=True)
class Plan:
    """`operations` None: all. `most` requests are sent."""

    phases: Sequence[str]
    most: int
    operations: Sequence[str] | None = None
    fuzzed: int = FUZZED
