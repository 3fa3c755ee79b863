"""PostgreSQL: one state for many processes.

What needs no answer is sent together with what does, several statements in one message, so that a unit of work waits
for the server as seldom as it asks it something. psycopg's pipeline would do so too, but waits at each statement.

Whoever works holds a shared lock on the state, and whoever works alone an exclusive one, from the beginning to the end
of the transaction. Below that, a transaction locks what it is going to change before it reads it. Locks are
PostgreSQL's own advisory ones, by the hash of a name: they lock what is not there yet, too.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
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
MOST_AT_ONCE = 1000  # statements in one message
CONNECTIONS = 8  # of one process, at the most
CONNECT_SECONDS = 3
WAIT_SECONDS = 20  # for a connection, and for a lock
TRUSTED_SECONDS = 1.0
"""After so long a connection that nobody used is tried first."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds after a server could not be reached in which nobody tries again; twice as long each time."""

SETTINGS = {
    "lock_timeout": WAIT_SECONDS * 1000,
    "idle_in_transaction_session_timeout": WAIT_SECONDS * 1000,  # of whoever stands still with locks in its hands
}
_WHOLE = 0  # the number of the lock on all of the state
_BEGIN: Mapping[Mode, Sequence[str]] = {
    Mode.LOOK: ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    Mode.WORK: ("BEGIN", f"SELECT pg_advisory_xact_lock_shared({_WHOLE})"),
    Mode.ALONE: ("BEGIN", f"SELECT pg_advisory_xact_lock({_WHOLE})"),
    Mode.APART: ("BEGIN",),
}
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
            "options": " ".join(f"-c {name}={value}" for name, value in SETTINGS.items()),
        },
    )
    event.listen(engine, "connect", _prepared)
    return engine


def _prepared(connection: psycopg.Connection[Any], _: object) -> None:
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
        """Nothing is sent yet."""
        self._database = database
        self._dialect = database.engine.dialect
        self._kept = kept
        self._cursor: psycopg.ClientCursor[Row] = psycopg.ClientCursor(kept.driver_connection)
        self._unsent = [*_BEGIN[mode], READ_ALL.text(self._dialect)]
        self._shared_at: int | None = len(self._unsent) - 1
        self._shared: Sequence[SharedRow] = ()
        self._locked: set[int] = set()
        self._sent = self._ended = False

    def shared(self) -> Sequence[SharedRow]:
        if self._shared_at is not None:
            self._send()
        return self._shared

    def ask(self, statement: Statement, params: Params) -> list[Row]:
        self.run(statement, params)
        return self._send()

    run_and_ask = ask

    def run(self, statement: Statement, params: Params) -> None:
        self._unsent.append(self._cursor.mogrify(statement.text(self._dialect), params))

    def many(self, statement: Statement, params: Sequence[Params]) -> None:
        for each in params:
            self.run(statement, each)
            if len(self._unsent) > MOST_AT_ONCE:
                self._send()

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        numbers = sorted({_number(name) for name in names} - self._locked)
        self._unsent += (f"SELECT pg_advisory_xact_lock({number})" for number in numbers)
        self._locked.update(numbers)

    def mark(self, number: int) -> None:
        self._unsent.append(f"SAVEPOINT mark_{number}")

    def go_back(self, number: int) -> None:
        """If that cannot be done, the transaction will not commit."""
        self._unsent.append(f"ROLLBACK TO mark_{number}")

    def commit(self, then: Callable[[], None] | None = None) -> None:
        self._unsent.append("COMMIT")
        try:
            self._send()
            if self._cursor.statusmessage != "COMMIT":
                raise StateUnavailableError(RETRY_AFTER)
        except BaseException:
            self.roll_back()
            raise
        self._end()
        if then is not None:
            then()

    def roll_back(self) -> None:
        if self._ended:
            return
        if self._sent:
            self._unsent = ["ROLLBACK"]
            try:
                self._send()
            except StateUnavailableError:
                return
        self._end()

    def _send(self) -> list[Row]:
        """All that waits, and what the last of it answers."""
        if self._ended:
            raise StateUnavailableError(RETRY_AFTER)
        unsent, self._unsent = self._unsent, []
        shared_at, self._shared_at = self._shared_at, None
        cursor, self._sent = self._cursor, True
        try:
            cursor.execute(";".join(unsent))
            if shared_at is not None:
                cursor.set_result(shared_at)
                self._shared = [SharedRow(*row) for row in cursor.fetchall()]
            cursor.set_result(-1)
            return cursor.fetchall() if cursor.description else []
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if cursor.connection.closed:  # broken ones are
                self._ended = True
                self._kept.invalidate()
                self._database.lost()
            raise StateUnavailableError(RETRY_AFTER) from error

    def _end(self) -> None:
        self._ended = True
        self._database.give_back(self._kept)


@lru_cache(10_000)
def _number(name: tuple[str, ...]) -> int:
    """Of a lock: the same for all processes."""
    return int.from_bytes(blake2b("\0".join(name).encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def whole() -> str:
    """The statement that has the state to itself, to the end of its transaction."""
    return _BEGIN[Mode.ALONE][1]


def reason(error: DBAPIError) -> str:
    """Why a server could not be used: its own words, on one line."""
    said = str(error.orig).strip() or "no answer"
    return " ".join(said.splitlines()[0].split()).rpartition("FATAL: ")[2].strip()
