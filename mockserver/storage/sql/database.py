"""What units of work need of a database, whichever it is."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from mockserver.storage.sql.statements import Params, Statement

Row = tuple[Any, ...]


class Mode(Enum):
    """How a unit of work stands to the others."""

    LOOK = "look"
    WORK = "work"
    ALONE = "alone"
    APART = "apart"
    """As one statement of a sequence: it waits for no unit, and no unit for it."""


class Write(NamedTuple):
    """What is to be written, and when nobody asks anything before, together with the end of the transaction."""

    statement: Statement
    params: Params


class Transaction(Protocol):
    """One transaction. Whatever answers, `many` and `commit` wait for the database, all else may be sent with those.

    Everything raises StateUnavailableError.
    """

    def age(self) -> int:
        """How often that has changed which everybody goes by, as it was when the transaction began."""

    def ask(self, statement: Statement, params: Params) -> list[Row]: ...

    def run_and_ask(self, statement: Statement, params: Params) -> list[Row]:
        """For what writes and answers."""

    def write(self, writes: Sequence[Write]) -> None: ...

    def many(self, statement: Statement, rows: Iterable[Params]) -> None:
        """An INSERT of rows, each with all columns, into a table where there are none with their keys."""

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        """Keep others from what these name, to the end; what is locked twice is locked once."""

    def mark(self, number: int) -> None:
        """A place to go back to."""

    def go_back(self, number: int) -> None: ...

    def commit(
        self, writes: Sequence[Write] = (), *, lasting: bool = True, then: Callable[[], None] | None = None
    ) -> None:
        """Write those, and end; if that fails, it is to be rolled back.

        `then` is called when all is committed, and nobody who must know of it has begun yet.

        Not `lasting`: the crash of a server may undo it, unless something that lasts has been committed since.
        """

    def roll_back(self) -> None:
        """Raises nothing."""


class Database(Protocol):
    """`several`: other processes may use it at the same time."""

    several: bool

    def begin(self, mode: Mode) -> Transaction: ...

    def close(self) -> None: ...
