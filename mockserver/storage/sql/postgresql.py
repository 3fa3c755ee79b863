"""PostgreSQL: one state for many processes.

Statements are sent in a pipeline: what needs no answer goes out together with what does, so that a unit of work waits
for the server as seldom as it asks it something.

Whoever works holds a shared lock on the state, and whoever works alone an exclusive one, from the beginning to the end
of the transaction. Below that, a transaction locks what it is going to change before it reads it. Locks are
PostgreSQL's own advisory ones, by the hash of a name: they lock what is not there yet, too.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import psycopg
from psycopg.types.string import StrDumper
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.pool import QueuePool

from mockserver.ports import StateUnavailableError
from mockserver.storage.sql.database import Mode, Params, Row, SharedRow
from mockserver.storage.sql.published import READ_ALL
from mockserver.storage.sql.statements import Statement

RETRY_AFTER = 1  # seconds
CONNECTIONS = 8  # of one process, at the most
CONNECT_SECONDS = 3
WAIT_SECONDS = 10  # for a connection, and for a lock
TRUSTED_SECONDS = 1.0
"""After so long a connection that nobody used is tried first."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds after a server could not be reached in which nobody tries again; twice as long each time."""

_SETTINGS = {
    "lock_timeout": WAIT_SECONDS * 1000,
    "idle_in_transaction_session_timeout": WAIT_SECONDS * 1000,  # of whoever stands still with locks in its hands
}
_BEGIN = {
    Mode.LOOK: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    Mode.WORK: "BEGIN",
    Mode.ALONE: "BEGIN",
    Mode.APART: "BEGIN",
}
_WHOLE = 0  # the number of the lock on all of the state
_ENTER = {
    Mode.WORK: f"SELECT pg_advisory_xact_lock_shared({_WHOLE})",
    Mode.ALONE: f"SELECT pg_advisory_xact_lock({_WHOLE})",
}
_LOCK = "SELECT pg_advisory_xact_lock(number) FROM unnest(%(numbers)s::bigint[]) AS number"
_USED = "used"


class PostgresqlDatabase:
    several = True

    def __init__(self, url: URL) -> None:
        """Nothing is connected yet."""
        self.engine = _engine(url, CONNECTIONS)
        self._apart = _engine(url, 1)  # or whoever draws from a sequence would wait for those who wait for it
        self._pause = _Pause()

    def begin(self, mode: Mode) -> "PostgresqlTransaction":
        return PostgresqlTransaction(self, self._connection(self._apart if mode is Mode.APART else self.engine), mode)

    def _connection(self, engine: Engine) -> Any:
        """One that works, or did a moment ago. Raises StateUnavailableError."""
        self._pause.require_over()
        try:
            kept: Any = engine.raw_connection()
            if time.monotonic() - kept.info.get(_USED, 0.0) > TRUSTED_SECONDS:
                kept = self._tried(kept, engine)
        except NoConnectionError as error:
            raise StateUnavailableError(RETRY_AFTER) from error
        except (DBAPIError, psycopg.Error) as error:
            self._pause.begin()
            raise StateUnavailableError(RETRY_AFTER) from error
        self._pause.end()
        return kept

    def _tried(self, kept: Any, engine: Engine) -> Any:
        """It may have been lost while nobody looked, and then all others with it."""
        try:
            kept.driver_connection.execute("SELECT 1")
        except psycopg.Error:
            kept.invalidate()
            self.lost()
            return engine.raw_connection()
        return kept

    def give_back(self, kept: Any) -> None:
        kept.info[_USED] = time.monotonic()
        kept.close()

    def lost(self) -> None:
        """A connection broke, and so, probably, did those that nobody uses just now."""
        self.engine.dispose()
        self._apart.dispose()

    close = lost


def _engine(url: URL, connections: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_reset_on_return=None,  # what is given back has ended its transaction, or is closed
        isolation_level="AUTOCOMMIT",
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": WAIT_SECONDS * 1000,
            "application_name": "kordkit",
            "options": " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()),
        },
    )
    event.listen(engine, "connect", _prepared)
    return engine


def _prepared(connection: psycopg.Connection[Any], _: object) -> None:
    connection.prepare_threshold = 0  # the same few statements, again and again
    connection.adapters.register_dumper(str, _Storable)


class _Storable(StrDumper):
    """Texts of PostgreSQL have neither NUL nor half characters; nothing that was stored is called so."""

    def dump(self, obj: str) -> Any:
        return obj.replace("\0", "\ufffd").encode("utf-8", "replace")


class _Pause:
    """Time in which a server that could not be reached is left alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._length = 0.0

    def require_over(self) -> None:
        """One caller tries when it is over, the others wait another while. Raises StateUnavailableError."""
        if not self._length:
            return
        with self._lock:
            now = time.monotonic()
            if self._length and now < self._until:
                raise StateUnavailableError(RETRY_AFTER)
            self._until = now + self._length

    def begin(self) -> None:
        with self._lock:
            self._length = min(LONGEST_PAUSE, self._length * 2 or FIRST_PAUSE)
            self._until = time.monotonic() + self._length

    def end(self) -> None:
        self._length = 0.0


class PostgresqlTransaction:
    def __init__(self, database: PostgresqlDatabase, kept: Any, mode: Mode) -> None:
        self._database = database
        self._dialect = database.engine.dialect
        self._kept = kept
        self._connection: psycopg.Connection[Any] = kept.driver_connection
        self._locked: set[int] = set()
        self._rows: Sequence[SharedRow] | None = None
        self._ended = False
        self._piping = self._connection.pipeline()
        try:
            self._pipeline = self._piping.__enter__()
            self._execute(_BEGIN[mode], prepare=False)
            if mode in _ENTER:
                self._execute(_ENTER[mode])
            self._shared = self._execute(READ_ALL.text(self._dialect))
        except BaseException as error:
            self._end_connection()
            raise _told(error) from error

    def shared(self) -> Sequence[SharedRow]:
        if self._rows is None:
            self._rows = [SharedRow(*row) for row in self._fetched(self._shared)]
        return self._rows

    def ask(self, statement: Statement, params: Params) -> list[Row]:
        return self._fetched(self._sent(statement.text(self._dialect), params))

    def run(self, statement: Statement, params: Params) -> None:
        self._sent(statement.text(self._dialect), params)

    def many(self, statement: Statement, params: Sequence[Params]) -> None:
        try:
            self._connection.cursor().executemany(statement.text(self._dialect), params)
        except psycopg.Error as error:
            raise self._failed(error) from error

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        numbers = sorted({_number(name) for name in names} - self._locked)
        if numbers:
            self._sent(_LOCK, {"numbers": numbers})
            self._locked.update(numbers)

    def mark(self, number: int) -> None:
        self._sent(f"SAVEPOINT mark_{number}", {}, prepare=False)

    def go_back(self, number: int) -> None:
        """If that cannot be done, the transaction will not commit."""
        if not self._ended:
            self._settle()
            self._sent(f"ROLLBACK TO mark_{number}", {}, prepare=False)
            self._settle()
            # psycopg drops all that it has prepared with a rollback, but only behind the next statement.
            self._sent("SELECT", {}, prepare=False)

    def commit(self, then: Callable[[], None]) -> None:
        try:
            ended = self._execute("COMMIT", prepare=False)
            self._pipeline.sync()
            if ended.statusmessage != "COMMIT":
                raise psycopg.OperationalError("the transaction had failed")
            self._piping.__exit__(None, None, None)
        except BaseException as error:
            told = self._failed(error)
            self.roll_back()
            raise told from error
        self._ended = True
        self._database.give_back(self._kept)
        then()

    def roll_back(self, *, unchanged: bool = False) -> None:
        if self._ended:
            return
        self._settle()
        try:
            self._execute("COMMIT" if unchanged else "ROLLBACK", prepare=False)
            self._pipeline.sync()
            self._piping.__exit__(None, None, None)
        except psycopg.Error:
            self._end_connection()
            return
        self._ended = True
        self._database.give_back(self._kept)

    def _settle(self) -> None:
        """Hear what the server has to say to all that was sent: after an error it listens to nothing before that."""
        with suppress(psycopg.Error):
            self._pipeline.sync()

    def _execute(self, sql: str, params: Params | None = None, prepare: bool | None = None) -> psycopg.Cursor[Any]:
        cursor: psycopg.Cursor[Any] = self._connection.execute(sql, params, prepare=prepare)
        return cursor

    def _sent(self, sql: str, params: Params, prepare: bool | None = None) -> psycopg.Cursor[Any]:
        try:
            return self._execute(sql, params, prepare)
        except psycopg.Error as error:
            raise self._failed(error) from error

    def _fetched(self, cursor: psycopg.Cursor[Any]) -> list[Row]:
        try:
            return cursor.fetchall()
        except psycopg.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> BaseException:
        if self._connection.closed:  # broken ones are
            self._end_connection()
        return _told(error)

    def _end_connection(self) -> None:
        """The transaction goes with it."""
        if not self._ended:
            self._ended = True
            with suppress(psycopg.Error):
                self._piping.__exit__(None, None, None)
            self._kept.invalidate()
            self._database.lost()


def _told(error: BaseException) -> BaseException:
    """A database that cannot go on, in the words of the port; other errors are mistakes of ours."""
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return StateUnavailableError(RETRY_AFTER)
    return error


@lru_cache(10_000)
def _number(name: tuple[str, ...]) -> int:
    """Of a lock: the same for all processes."""
    return int.from_bytes(blake2b("\0".join(name).encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def whole() -> str:
    """The statement that has the state to itself, to the end of its transaction."""
    return _ENTER[Mode.ALONE]


def reason(error: DBAPIError) -> str:
    """Why a server could not be used: its own words, on one line."""
    said = str(error.orig).strip() or "no answer"
    return " ".join(said.splitlines()[0].split()).rpartition("FATAL: ")[2].strip()
