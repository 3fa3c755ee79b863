"""What a policy of the server may be.

The space that is searched: a whole limit, a window of whole seconds, an algorithm of the table. A server outside it
leaves no hypothesis; it is never pressed into one.
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["key", "subject", "all"]
Counts = Literal["requests", "failures"]


@dataclass(frozen=True, slots=True, order=True)
class Hypothesis:
    """`limit` units in `window` seconds, as the `algorithm` of that name counts them."""

    algorithm: str
    limit: int
    window: int

    def __post_init__(self) -> None:
        if self.limit < 1 or self.window < 1:
            raise ValueError("a policy admits at least one request in a window of at least one second")

    def __str__(self) -> str:
        return f"{self.limit} per {self.window} s ({self.algorithm})"


@dataclass(frozen=True, slots=True, order=True)
class Counting:
    """Who shares a counter, and what uses it up.

    `scope` "key": each key (or client) by itself; "subject": whatever the requests name as their subject, such as an
    organization or a confirmation number; "all": everybody together. `counts` "failures": only what was
    denied, for a wrong contact or a number that nobody has.
    """

    scope: Scope
    counts: Counts
    operations: tuple[str, ...]
