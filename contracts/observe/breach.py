"""One way in which an exchange breaks the contract."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """`statement` is the id of what is broken; `seen` reads on from "the server"."""

    statement: str
    expected: str
    seen: str
