"""What Schemathesis is to do for one rule. It knows nothing of Schemathesis, which takes a second to import."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`operations` None: all. `most` requests are sent; `drawn` are the generated ones of each operation, or the
    sequences along links."""

    phases: Sequence[str]
    most: int
    operations: Sequence[str] | None
    drawn: int
