"""SQLite: a file of one process, in which one transaction runs at a time.

The file is locked for as long as it is open: a second process is refused, and need not be asked about what it changed.
The log (WAL) is written with every commit and survives the death of the process, at any moment. It is not forced onto
the disk (`synchronous=NORMAL`): when the power goes, the commits of the last moments may be lost, the file is whole.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import StaticPool

from mockserver.ports import StateUnavailableError
from mockserver.storage.sql.database import Mode, Params, Row, Write
from mockserver.storage.sql.published import AGE
from mockserver.storage.sql.statements import Statement

_PRAGMAS = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "wal_autocheckpoint=8000",  # pages of 4 KiB: each checkpoint waits for the disk twice
    "cache_size=-65536",  # KiB
    "temp_store=MEMORY",
)
MOST_IN_ONE = 100  # rows
RETRY_AFTER = 5  # seconds: a full disk does not empty itself in less


class SqliteDatabase:
    several = False

    def __init__(self, file: str) -> None:
        """Raises sqlite3.Error, sqlalchemy.exc.DBAPIError."""
        self.engine: Engine = create_engine(
            URL.create("sqlite", database=file),
            poolclass=StaticPool,  # one connection, which has the file to itself
            paramstyle="named",
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
        self._turn = threading.Lock()

    def begin(self, mode: Mode) -> "SqliteTransaction":
        self._turn.acquire()
        return SqliteTransaction(self, self._turn.release)

    def close(self) -> None:
        with self._turn:
            self.engine.dispose()
            self.connection.close()


class SqliteTransaction:
    """There is nobody else in the meantime. So a transaction of SQLite's is begun only if there is more to write than
    one statement can, which saves the counters of every request three out of four."""

    __slots__ = ("_connection", "_dialect", "_done")

    def __init__(self, database: SqliteDatabase, done: Callable[[], None]) -> None:
        self._connection = database.connection
        self._dialect = database.engine.dialect
        self._done = done

    def age(self) -> int:
        return int(self.ask(AGE, {})[0][0])

    def ask(self, statement: Statement, params: Params) -> list[Row]:
        return self._execute(statement.text(self._dialect), params).fetchall()

    def run_and_ask(self, statement: Statement, params: Params) -> list[Row]:
        self._begin()
        return self.ask(statement, params)

    def write(self, writes: Sequence[Write]) -> None:
        self._begin()
        for statement, params in writes:
            self._execute(statement.text(self._dialect), params)

    def many(self, statement: Statement, rows: Iterable[Params]) -> None:
        self._begin()
        try:
            self._connection.executemany(statement.text(self._dialect), rows)
        except sqlite3.OperationalError as error:
            raise StateUnavailableError(RETRY_AFTER) from error

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        """There is nobody else."""

    def mark(self, number: int) -> None:
        self._begin()
        self._execute(f"SAVEPOINT mark_{number}", {})

    def go_back(self, number: int) -> None:
        self._execute(f"ROLLBACK TO mark_{number}", {})

    def commit(
        self, writes: Sequence[Write] = (), *, lasting: bool = True, then: Callable[[], None] | None = None
    ) -> None:
        one = None if self._connection.in_transaction else _in_one(writes)
        if one is not None:
            self._execute(one.statement.text(self._dialect), one.params)
        elif writes:
            self.write(writes)
        if self._connection.in_transaction:
            self._execute("COMMIT", {})
        if then is not None:
            then()
        self._done()

    def roll_back(self) -> None:
        try:
            # A full disk may have ended the transaction already.
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
        finally:
            self._done()

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._execute("BEGIN IMMEDIATE", {})

    def _execute(self, sql: str, params: Params) -> sqlite3.Cursor:
        """A database that cannot go on is told of in the words of the port; other errors are mistakes of ours."""
        try:
            return self._connection.execute(sql, params)
        except sqlite3.OperationalError as error:
            raise StateUnavailableError(RETRY_AFTER) from error


def _in_one(writes: Sequence[Write]) -> Write | None:
    """The same in one statement, if one can do it."""
    if len(writes) == 1:
        return writes[0]
    if not 0 < len(writes) <= MOST_IN_ONE:
        return None
    statement = writes[0].statement
    if statement.of_rows is None or any(write.statement is not statement for write in writes):
        return None
    rows = (f"_{number}" for number in range(len(writes)))
    params = {
        name + row: value for row, write in zip(rows, writes, strict=True) for name, value in write.params.items()
    }
    return Write(statement.of_rows(len(writes)), params)
