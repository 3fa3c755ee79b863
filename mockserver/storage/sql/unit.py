"""Units of work on a database: an outermost one, which is a transaction, and those inside it."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mockserver.storage.sql.database import Database, Mode, Row, Transaction, Write
from mockserver.storage.sql.published import COUNT_CHANGE, PARTS, READ, WRITE, Published
from mockserver.storage.sql.statements import Params, Statement


class Ledger(Protocol):
    """Who is told how a unit ended."""

    def seen(self, transaction: Transaction, asked: float) -> Published:
        """What everybody goes by, as the transaction sees it, which was begun at `asked`."""

    def publish(self, published: Published) -> None:
        """A unit has been committed that changed it; others cannot have done so since."""

    def ended(self, *, changed: bool) -> None:
        """A unit has been committed, and waits for nobody any more."""


class Level:
    """One unit, outermost or not: what it writes and the transaction has not been told of, whether there is a mark to
    go back to, and how much there was to undo, and to do then, when it began."""

    __slots__ = ("marked", "then", "undo", "writes")

    def __init__(self, undo: int, then: int) -> None:
        self.marked = False
        self.writes: list[Write] = []
        self.undo = undo
        self.then = then


class Unit:
    """One transaction, from the first thing that is asked for to its end. Not more than one for each thread.

    What is written is kept until something is asked, or until the end: often it is all sent with the commit, and a unit
    within this one that is given up has nothing to go back for.
    """

    __slots__ = (
        "_asked", "_database", "_lasting", "_ledger", "_published", "_then", "_transaction", "_undo", "changed",
        "levels", "locks", "mode",
    )  # fmt: skip

    def __init__(self, database: Database, ledger: Ledger, mode: Mode) -> None:
        self._database = database
        self._ledger = ledger
        self.mode = mode
        self.locks = mode is Mode.WORK and database.several
        """In a unit that only looks nothing is locked, in one that works alone all is."""
        self._transaction: Transaction | None = None
        self._published: Published | None = None
        self._asked = 0.0
        self._lasting = False
        self.levels: list[Level] = []
        self._undo: list[Callable[[], None]] = []
        self._then: list[Callable[[], None]] = []
        self.changed: set[str] = set()
        """Names of what everybody goes by, and this unit has changed."""

    @property
    def transaction(self) -> Transaction:
        if self._transaction is None:
            if not self.levels:
                raise RuntimeError("state is read and written within a unit of work: with state.work() as work")
            self._asked = time.monotonic()
            self._transaction = self._database.begin(self.mode)
        return self._transaction

    def begin(self) -> None:
        """Its transaction, if it has not begun."""
        if self._transaction is None:
            self.transaction  # noqa: B018 - to ask for it begins it

    @property
    def published(self) -> Published:
        if self._published is None:
            self._published = self._ledger.seen(self.transaction, self._asked)
        return self._published

    # --- what collections do

    def ask(self, statement: Statement, /, **params: Any) -> list[Row]:
        self._write()
        return self.transaction.ask(statement, params)

    def run(self, statement: Statement, /, **params: Any) -> None:
        if self._transaction is None or not self._lasting or self.mode is Mode.LOOK:
            self._about_to_write(statement)
        self.levels[-1].writes.append(Write(statement, params))

    def run_and_ask(self, statement: Statement, /, **params: Any) -> list[Row]:
        """For what writes and answers."""
        self._about_to_write(statement)
        self._write(marking=True)
        return self.transaction.run_and_ask(statement, params)

    def many(self, statement: Statement, rows: Iterable[Params]) -> None:
        """An INSERT of rows into a table that has just been emptied."""
        self._about_to_write(statement)
        self._write(marking=True)
        self.transaction.many(statement, rows)

    def outlast(self) -> None:
        """What this unit has seen is promised to somebody when it has ended: not even a crash undoes it then."""
        self._lasting = True

    def lock(self, *names: tuple[str, ...]) -> None:
        if self.locks:
            self.transaction.lock(names)

    def require_alone(self, what: object) -> None:
        if self.mode is not Mode.ALONE:
            raise RuntimeError(f"{type(what).__name__} is changed as a whole: with state.work(alone=True) as work")

    def shared(self, name: str) -> Any:
        """What everybody goes by, or what this unit has made of it."""
        if name not in self.changed:
            return self.published.values[name]
        [(value,)] = self.ask(READ, at=name)
        return PARTS[name](self.transaction, value)

    def change(self, what: object, name: str, value: str | None) -> None:
        self.require_alone(what)
        self.run(WRITE, at=name, becomes=value)
        self.changed.add(name)

    def undo(self, function: Callable[[], None]) -> None:
        """To be called if the unit that is running now, or one around it, is given up."""
        self._undo.append(function)

    def _about_to_write(self, statement: Statement) -> None:
        if self.mode is Mode.LOOK:
            raise RuntimeError("a unit that only looks changes nothing: with state.work() as work")
        self._lasting = self._lasting or not statement.passing
        self.begin()

    def _write(self, *, marking: bool = False) -> None:
        """Tell the transaction what is written, or (`marking`) is about to be, by the innermost unit.

        Each unit within the outermost one must be able to go back to its beginning.
        """
        last = max((number for number, level in enumerate(self.levels) if level.writes), default=-1)
        if marking:
            last = len(self.levels) - 1
        for number, level in enumerate(self.levels[: last + 1]):
            if number and not level.marked:
                self.transaction.mark(number)
                level.marked = True
            if level.writes:
                self.transaction.write(level.writes)
                level.writes = []

    def then(self, function: Callable[[], None]) -> None:
        """To be called when all is committed, if the unit that is running now is not given up."""
        self._then.append(function)

    # --- how it goes

    def enter(self) -> None:
        self.levels.append(Level(len(self._undo), len(self._then)))

    def leave(self, *, given_up: bool) -> None:
        if len(self.levels) > 1:
            self._end_inner(self.levels.pop(), given_up)
            return
        try:
            if not given_up and self._transaction is not None:
                self._commit(self._transaction, self.levels[0])
        except BaseException:
            given_up = True
            raise
        finally:
            self._end(given_up)
        if not given_up:
            self._ledger.ended(changed=bool(self.changed))

    def _end(self, given_up: bool) -> None:
        transaction, self._transaction = self._transaction, None
        if given_up:
            self._take_back(self.levels[0])  # before anybody else can begin
            if transaction is not None:
                transaction.roll_back()
        self.levels.clear()
        # They know collections, which know this unit: a circle that the garbage collector would have to find.
        self._undo.clear()
        self._then.clear()

    def _end_inner(self, level: Level, given_up: bool) -> None:
        if not given_up:
            if level.writes:
                self.levels[-1].writes += level.writes
            return
        self._take_back(level)
        if level.marked and self._transaction is not None:
            self._transaction.go_back(len(self.levels))

    def _take_back(self, level: Level) -> None:
        """What happened beside the database since the unit began, the latest first."""
        del self._then[level.then :]
        while len(self._undo) > level.undo:
            self._undo.pop()()

    def _commit(self, transaction: Transaction, level: Level) -> None:
        if not self.changed and not self._then:
            transaction.commit(level.writes, lasting=self._lasting)
            return
        changed = self._published_anew(transaction, level) if self.changed else None

        def then() -> None:
            if changed is not None:
                self._ledger.publish(changed)
            for function in self._then:
                function()

        transaction.commit(level.writes, then=then)

    def _published_anew(self, transaction: Transaction, level: Level) -> Published:
        before = self.published
        transaction.write([*level.writes, *(Write(COUNT_CHANGE, {"at": name}) for name in sorted(self.changed))])
        level.writes = []
        return before.renewed(transaction)


class Collection:
    """A part of the state within one unit of work; `order` is its place in `Work`."""

    order: int

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
