"""SQLite: a file of one process, in which one unit of work runs at a time.

The file is locked for as long as it is open: a second process is refused, and need not be asked about what it changed.

Units of work share a transaction of SQLite's, which is committed when the redo log beside the file is full, and at the
end. Until then it is the log that outlives the death of the process, at any moment. Neither is forced onto the disk
(`synchronous=NORMAL`): when the power goes, what was done in the last moments may be lost, the file is whole.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import StaticPool

from mockserver.ports import StateUnavailableError
from mockserver.storage.sql.counters import PUT, row_of_counter
from mockserver.storage.sql.database import Mode, Row, Write
from mockserver.storage.sql.published import AGE
from mockserver.storage.sql.redo import Entry, RedoLog
from mockserver.storage.sql.statements import Params, Placed, Statement

_PRAGMAS = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "wal_autocheckpoint=8000",  # pages of 4 KiB: each checkpoint waits for the disk twice
    "cache_size=-65536",  # KiB
    "temp_store=MEMORY",
)
RETRY_AFTER = 5  # seconds: a full disk does not empty itself in less
_NEW_EPOCH = "SELECT abs(random() % 2147483647) + 1"


class AtHand(Protocol):
    """What a process knows of its file beside it, as nobody else writes it."""

    def late(self) -> Iterable[Write]:
        """What stands in the log alone so far, and has to be written when that is committed."""

    def written(self) -> None:
        """It has been committed."""

    def flushed(self) -> None:
        """All statements that came late have been carried out."""


class SqliteDatabase:
    several = False

    def __init__(self, file: str) -> None:
        """Raises sqlite3.Error, sqlalchemy.exc.DBAPIError."""
        self.engine: Engine = create_engine(
            URL.create("sqlite", database=file),
            poolclass=StaticPool,  # one connection, which has the file to itself
            paramstyle="qmark",
            connect_args={
                "check_same_thread": False,
                "isolation_level": None,
                "timeout": 0.5,
                "cached_statements": 256,
            },
        )
        raw: Any = self.engine.raw_connection().driver_connection
        self.connection: sqlite3.Connection = raw
        for pragma in _PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}").fetchall()
        self.dialect = self.engine.dialect
        self.turn = threading.Lock()
        self._closed = False
        self.at_hand: AtHand | None = None
        self._later: dict[str, list[Sequence[Any]]] = {}
        """Statements that stand in the log, and have still to be carried out; each with the values of every time."""
        self._redo = RedoLog(Path(f"{file}-redo"))
        self._untouched = False
        """No transaction has begun since the last commit: what stands in the log is of counters, which are at hand."""
        [(self._epoch,)] = self.connection.execute("PRAGMA user_version")
        if any(self._redo.records(self._epoch)):
            self._begin()
            self.commit()

    def begin(self, mode: Mode) -> "SqliteTransaction":
        self.turn.acquire()
        try:
            self.require_begun()
        except BaseException:
            self.turn.release()
            raise
        return SqliteTransaction(self)

    def require_begun(self) -> None:
        """There is a transaction, with all that has been done."""
        if not self.connection.in_transaction:
            self._begin()

    def _begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")
        if self._untouched:
            self._untouched = False
            return
        try:
            for record in self._redo.records(self._epoch):
                for name, values in record:
                    if isinstance(name, str):
                        self.execute(name, values)
                    else:
                        self._write(Write(PUT, row_of_counter(*name, values)))
        except BaseException:
            self.give_up()
            raise

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """A database that cannot go on is told of in the words of the port; other errors are mistakes of ours."""
        try:
            return self.connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            raise StateUnavailableError(RETRY_AFTER) from error

    def _write(self, write: Write) -> None:
        self.execute(*write.statement.placed(self.dialect, write.params))

    def look_up(self, statement: Statement, **params: Any) -> Row | None:
        """A row that nothing has written which was put off, as the caller knows who has begun a unit of work."""
        row: Row | None = self.execute(*statement.placed(self.dialect, params)).fetchone()
        return row

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.connection.executemany(sql, rows)
        except sqlite3.OperationalError as error:
            raise StateUnavailableError(RETRY_AFTER) from error

    def record(self, entries: Sequence[Entry]) -> None:
        """What a unit of work has done outlives this process from now on."""
        if not self._redo.append(entries):
            self.require_begun()
            self.commit()

    def put_off(self, entries: Sequence[Placed]) -> None:
        """Carry them out when somebody asks for what they may have written, or with the next commit."""
        for sql, values in entries:
            self._later.setdefault(sql, []).append(values)

    def flush(self) -> None:
        """Carry out what was put off."""
        if not self._later:
            return
        try:
            for sql, rows in self._later.items():
                self.execute_many(sql, rows)
        except BaseException:
            self.give_up()
            raise
        self._later.clear()
        if self.at_hand is not None:
            self.at_hand.flushed()

    def commit(self) -> None:
        """All that has been done, into the file: the log begins anew."""
        self.flush()
        try:
            for write in () if self.at_hand is None else self.at_hand.late():
                self._write(write)
            [(epoch,)] = self.execute(_NEW_EPOCH)
            self.execute(f"PRAGMA user_version={epoch}")
            self.execute("COMMIT")
        except BaseException:
            self.give_up()
            raise
        self._epoch = epoch
        self._untouched = True
        self._redo.begin(epoch)
        if self.at_hand is not None:
            self.at_hand.written()

    def give_up(self) -> None:
        """All that has been done since the last commit; it is done again out of the log, but for what is not there."""
        self._later.clear()
        if self.connection.in_transaction:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Once or more often."""
        with self.turn:
            if self._closed:
                return
            self._closed = True
            with suppress(StateUnavailableError):  # then the log is left
                self.require_begun()
                self.commit()
                self._redo.close()
            self.engine.dispose()
            self.connection.close()


class SqliteTransaction:
    """One unit of work. It has a place to go back to as soon as it has written something, but is asked for more."""

    __slots__ = ("_database", "_dialect", "_lengths", "_marked", "_whole", "_written")

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._dialect = database.dialect
        self._written: list[Placed] = []
        self._lengths: dict[int, int] = {}
        """How much had been written at each mark."""
        self._marked = self._whole = False

    def age(self) -> int:
        return int(self.ask(AGE, {})[0][0])

    def ask(self, statement: Statement, params: Params) -> list[Row]:
        self._database.flush()
        return self._database.execute(*statement.placed(self._dialect, params)).fetchall()

    def run_and_ask(self, statement: Statement, params: Params) -> list[Row]:
        self._mark()
        return self._run(statement, params).fetchall()

    def write(self, writes: Sequence[Write]) -> None:
        self._mark()
        for statement, params in writes:
            self._run(statement, params)

    def many(self, statement: Statement, rows: Iterable[Params]) -> None:
        self._mark()
        self._whole = True
        values = (statement.placed(self._dialect, row)[1] for row in rows)
        self._database.execute_many(statement.text(self._dialect), values)

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        """There is nobody else."""

    def mark(self, number: int) -> None:
        self._mark()
        self._database.execute(f"SAVEPOINT mark_{number}")
        self._lengths[number] = len(self._written)

    def go_back(self, number: int) -> None:
        self._database.execute(f"ROLLBACK TO mark_{number}")
        del self._written[self._lengths[number] :]

    def commit(
        self, writes: Sequence[Write] = (), *, lasting: bool = True, then: Callable[[], None] | None = None
    ) -> None:
        if writes:
            self._require_begun()
        if not self._marked and all(write.statement.late for write in writes):
            self._written = [statement.placed(self._dialect, params) for statement, params in writes]
            self._database.put_off(self._written)
        else:
            self._database.flush()
            for statement, params in writes:
                self._run(statement, params)
        if self._marked:
            self._marked = False
            self._database.execute("RELEASE unit")
        if self._whole:
            self._database.commit()
        elif self._written:
            self._database.record(self._written)
        if then is not None:
            then()
        self._database.turn.release()

    def roll_back(self) -> None:
        try:
            if self._marked:
                self._database.execute("ROLLBACK TO unit")
                self._database.execute("RELEASE unit")
            elif self._written or self._whole:
                self._database.give_up()
        except StateUnavailableError:
            self._database.give_up()  # a full disk may have ended the transaction already
        finally:
            self._database.turn.release()

    def _mark(self) -> None:
        if not self._marked:
            self._database.flush()
            self._database.execute("SAVEPOINT unit")
            self._marked = True

    def _run(self, statement: Statement, params: Params) -> sqlite3.Cursor:
        sql, values = entry = statement.placed(self._dialect, params)
        self._written.append(entry)
        self._require_begun()
        return self._database.execute(sql, values)

    def _require_begun(self) -> None:
        """A full disk may have ended the transaction: then what this unit had done, and others before it, is undone."""
        if not self._database.connection.in_transaction:
            raise StateUnavailableError(RETRY_AFTER)
