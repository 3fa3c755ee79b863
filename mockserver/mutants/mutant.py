"""What a mutant is."""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.parts import Parts

Apply = Callable[[Parts], Parts]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mock with one defect: it breaks one statement of the contract and keeps the others.

    `statement` is that statement's id, `title` says in a sentence what the mock does instead; `apply` replaces the part
    that would have kept it: the contract that the mock goes by where that says it (see `amended`), else a class.
    """

    name: str
    statement: str
    title: str
    apply: Apply

    def __str__(self) -> str:
        return f"{self.title} ({self.name}, {self.statement}: on purpose)"
