"""What units of work need of a database, whichever it is."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from mockserver.storage.sql.statements import Statement

Params = Mapping[str, Any]
Row = tuple[Any, ...]


class Mode(Enum):
    """How a unit of work stands to the others."""

    LOOK = "look"
    WORK = "work"
    ALONE = "alone"
    APART = "apart"
    """As one statement of a sequence: it waits for no unit, and no unit for it."""


class SharedRow(NamedTuple):
    """One of the things that everybody goes by; `version` counts its changes."""

    name: str
    version: int
    value: str | None


class Transaction(Protocol):
    """One transaction. All but `run` and `many` wait for the database; those two may be sent with what comes next.

    Everything raises StateUnavailableError.
    """

    def shared(self) -> Sequence[SharedRow]:
        """What everybody goes by, as it was when the transaction began."""

    def ask(self, statement: Statement, params: Params) -> list[Row]: ...

    def run_and_ask(self, statement: Statement, params: Params) -> list[Row]:
        """For what writes and answers."""

    def run(self, statement: Statement, params: Params) -> None: ...

    def many(self, statement: Statement, params: Sequence[Params]) -> None: ...

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        """Keep others from what these name, to the end; what is locked twice is locked once."""

    def mark(self, number: int) -> None:
        """A place to go back to."""

    def go_back(self, number: int) -> None: ...

    def commit(self, then: Callable[[], None] | None = None) -> None:
        """`then` is called when it is committed, and nobody else has begun yet who must know of it."""

    def roll_back(self) -> None:
        """Raises nothing."""


class Database(Protocol):
    """`several`: other processes may use it at the same time."""

    several: bool

    def begin(self, mode: Mode) -> Transaction: ...

    def close(self) -> None: ...
