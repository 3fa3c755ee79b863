"""PostgreSQL: one state for many processes.

What needs no answer is sent together with what does, several statements in one message, so that a unit of work waits
for the server as seldom as it asks it something. psycopg's pipeline would do so too, but waits at each statement.

A commit lets go of its locks, and only then waits for the disk, beside those of others: who waits for a lock does not
wait for the disk, and one write to it does for all. Nobody is answered before. So for a moment others may see what
would not outlive a power cut, and has not been promised to anybody.

Whoever works holds a shared lock on the state, and whoever works alone an exclusive one, from the beginning to the end
of the transaction. Below that, a transaction locks what it is going to change before it reads it. Locks are
PostgreSQL's own advisory ones, by the hash of a name: they lock what is not there yet, too.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult
from psycopg.types.string import StrDumper
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.pool import QueuePool

from mockserver.ports import StateUnavailableError
from mockserver.storage.sql.database import Mode, Row, Write
from mockserver.storage.sql.messages import SETTINGS as OF_MESSAGES
from mockserver.storage.sql.messages import exchange, rows_of, storable, written_out
from mockserver.storage.sql.published import AGE
from mockserver.storage.sql.statements import Params, Statement

RETRY_AFTER = 1  # seconds
MANY = 1000
"""Rows after which the server, which would find out within a minute, is told that a table is no longer what it was."""
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
_NOT_NOW = "SET LOCAL synchronous_commit = off"
_COMMIT = "COMMIT"
_WAIT = "SELECT pg_logical_emit_message(true, 'kordkit', '')"
"""The least that can be written into the server's log: its own commit waits until all before it is on the disk."""
_USED, _OF = "used", "of"
_REASONS = psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.NotNullViolation
"""Why a unit of work cannot be done just now; the last: its claim to an idempotency key has been taken over."""


class PostgresqlDatabase:
    several = True

    def __init__(self, url: URL) -> None:
        """Nothing is connected yet."""
        self.engine = _engine(url, CONNECTIONS)
        self._apart = _engine(url, 1)  # or whoever draws from a sequence would wait for those who wait for it
        self._pause = _Pause()
        self._losses = 0

    def begin(self, mode: Mode) -> "PostgresqlTransaction":
        return PostgresqlTransaction(self, self._connection(self._apart if mode is Mode.APART else self.engine), mode)

    def _connection(self, engine: Engine) -> Any:
        """One that works, or did a moment ago. Raises StateUnavailableError."""
        self._pause.require_over()
        try:
            losses = self._losses
            kept: Any = engine.raw_connection()
            kept.info[_OF] = losses
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
            kept = engine.raw_connection()
            kept.info[_OF] = self._losses
        return kept

    def give_back(self, kept: Any) -> None:
        if kept.info[_OF] != self._losses:
            kept.invalidate()  # it goes back to where nobody takes it from any more
            return
        kept.info[_USED] = time.monotonic()
        kept.close()

    def lost(self) -> None:
        """A connection broke, and so, probably, did those that nobody uses just now."""
        self._losses += 1
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
            "options": " ".join(f"-c {name}={value}" for name, value in {**SETTINGS, **OF_MESSAGES}.items()),
        },
    )
    event.listen(engine, "connect", _prepared)
    return engine


def _prepared(connection: psycopg.Connection[Any], _: object) -> None:
    connection.adapters.register_dumper(str, _Storable)


class _Storable(StrDumper):
    def dump(self, obj: str) -> Any:
        return storable(obj)


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
        self._connection: psycopg.Connection[Any] = kept.driver_connection
        self._mode = mode
        self._unsent = [*_BEGIN[mode], AGE.text(self._dialect)]
        self._age_at: int | None = len(self._unsent) - 1
        self._age = 0
        self._locked: set[int] = set()
        self._sent = self._ended = False

    def age(self) -> int:
        if self._age_at is not None:
            self._send()
        return self._age

    def ask(self, statement: Statement, params: Params) -> list[Row]:
        self.write([Write(statement, params)])
        return rows_of(self._connection, self._send()[-1])

    run_and_ask = ask

    def write(self, writes: Sequence[Write]) -> None:
        for statement, params in writes:
            self._unsent.append(written_out(statement, params, self._dialect))

    def many(self, statement: Statement, rows: Iterable[Params]) -> None:
        table = statement.table
        names = [column.name for column in table.columns]
        values = itemgetter(*names)
        copying = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        self._send()
        with self._said_so(), self._connection.cursor() as cursor:
            with cursor.copy(copying) as copy:
                for row in rows:
                    copy.write_row(values(row))
            if cursor.rowcount > MANY:
                self._unsent.append(f"ANALYZE {table.name}")

    def lock(self, names: Sequence[tuple[str, ...]]) -> None:
        numbers = sorted({_number(name) for name in names} - self._locked)
        self._unsent += (f"SELECT pg_advisory_xact_lock({number})" for number in numbers)
        self._locked.update(numbers)

    def mark(self, number: int) -> None:
        self._unsent.append(f"SAVEPOINT mark_{number}")

    def go_back(self, number: int) -> None:
        """If that cannot be done, the transaction will not commit."""
        self._unsent.append(f"ROLLBACK TO mark_{number}")

    def commit(
        self, writes: Sequence[Write] = (), *, lasting: bool = True, then: Callable[[], None] | None = None
    ) -> None:
        self.write(writes)
        works = self._mode in (Mode.WORK, Mode.APART)
        if works:
            self._unsent.append(_NOT_NOW)
        self._unsent.append(_COMMIT)
        if works and lasting:
            self._unsent.append(_WAIT)
        committed = self._send()[-2 if works and lasting else -1]
        if committed.command_status != _COMMIT.encode():
            raise StateUnavailableError(RETRY_AFTER)
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

    def _send(self) -> Sequence[PGresult]:
        """All that waits; the answer to each of these statements."""
        if self._ended:
            raise StateUnavailableError(RETRY_AFTER)
        unsent, self._unsent = self._unsent, []
        age_at, self._age_at = self._age_at, None
        self._sent = True
        if not unsent:
            return ()
        with self._said_so():
            answers = exchange(self._connection, ";".join(unsent))
        if age_at is not None:
            [(age,)] = rows_of(self._connection, answers[age_at])
            self._age = int(age)
        return answers

    @contextmanager
    def _said_so(self) -> Iterator[None]:
        """What keeps the server from going on is told in the words of the port; other errors are mistakes of ours."""
        try:
            yield
        except _REASONS as error:
            if self._connection.closed:  # broken ones are
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
