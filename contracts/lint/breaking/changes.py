"""A change of the contract, and what it means to a client that was written before it."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    BREAKING = 0
    COMPATIBLE = 1
    EDITORIAL = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Change:
    """`where` is the place in the document, `what` a few words."""

    kind: Kind
    where: str
    what: str


def breaking(where: str, what: str) -> Change:
    return Change(Kind.BREAKING, where, what)


def compatible(where: str, what: str) -> Change:
    return Change(Kind.COMPATIBLE, where, what)


def editorial(where: str, what: str) -> Change:
    return Change(Kind.EDITORIAL, where, what)
