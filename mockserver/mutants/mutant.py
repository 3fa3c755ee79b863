"""What a mutant is."""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.parts import Parts


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mock with one defect: it breaks one statement of the contract and keeps the others.

    `statement` is that statement's id, `title` says in a sentence what the mock does instead; `apply` replaces the part
    that would have kept it.
    """

    name: str
    statement: str
    title: str
    apply: Callable[[Parts], Parts]

    def __str__(self) -> str:
        return f"{self.title} ({self.name}, {self.statement}: on purpose)"
