"""State in a database: its units of work. What everybody goes by, subclasses know."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from mockserver.ports import Ids, StateUnavailableError
from mockserver.storage.sql.bookings import SqlBookings
from mockserver.storage.sql.clock import SqlClock, SqlOrigin
from mockserver.storage.sql.counters import SqlCounters
from mockserver.storage.sql.database import Database, Mode
from mockserver.storage.sql.deliveries import SqlDeliveries
from mockserver.storage.sql.faults import SqlFaults
from mockserver.storage.sql.ids import Sequence, SqlIds
from mockserver.storage.sql.keys import SqlKeys
from mockserver.storage.sql.replays import SqlReplays, Tickets
from mockserver.storage.sql.unit import Collection, Ledger, Unit
from mockserver.storage.sql.webhooks import SqlWebhooks

C = TypeVar("C", bound=Collection)

NOTED_SECONDS = 1.0
"""So often uses of keys are written down."""


class SqlState(Ledger):
    """`ids` is where ids come from; its place in their sequence is a part of the state."""

    def __init__(self, database: Database, ids: Ids) -> None:
        """The database has its tables. Raises StateUnavailableError."""
        self._database = database
        self._local = threading.local()
        self._uses: dict[str, int] = {}
        self._noted_at = time.monotonic()
        self.tickets: Tickets = {}
        self.sequence = Sequence(ids, database)
        self.uses = self._uses

    def touch_key(self, key_id: str, now: int) -> None:
        self._uses[key_id] = now
        if time.monotonic() > self._noted_at + NOTED_SECONDS and not self._work.unit_is_open:
            self._note_uses()

    def _note_uses(self) -> None:
        self._noted_at = time.monotonic()
        noted = dict(self._uses)
        try:
            with self.work() as work:
                work.keys.note_uses(noted)
        except StateUnavailableError:
            return  # the next one will try again
        for key_id, now in noted.items():
            if self._uses.get(key_id) == now:
                self._uses.pop(key_id, None)

    # --- units of work

    def bookings(self, unit: Unit) -> SqlBookings:
        return SqlBookings(unit)

    def counters(self, unit: Unit) -> SqlCounters:
        return SqlCounters(unit)

    def replays(self, unit: Unit) -> SqlReplays:
        return SqlReplays(unit, self.tickets)

    def look(self) -> "SqlWork":
        return self._work.begun(Mode.LOOK)

    def work(self, *, alone: bool = False) -> "SqlWork":
        return self._work.begun(Mode.ALONE if alone else Mode.WORK)

    @property
    def _work(self) -> "SqlWork":
        try:
            work: SqlWork = self._local.work
        except AttributeError:
            work = self._local.work = SqlWork(self, self._database)
        return work

    def close(self) -> None:
        if self._uses:
            self._note_uses()
        self._database.close()


class SqlWork:
    """The units of work of one thread, one after another."""

    def __init__(self, state: SqlState, database: Database) -> None:
        self._state = state
        self._database = database
        self._mode = Mode.WORK
        self.unit = Unit(database, state, Mode.WORK)
        self._taken: dict[type[Collection], Any] = {}
        self._latest: type[Collection] = SqlOrigin

    @property
    def unit_is_open(self) -> bool:
        return bool(self.unit.levels)

    def begun(self, mode: Mode) -> Self:
        if not self.unit.levels:
            self._mode = mode
        elif mode is Mode.ALONE and self.unit.mode is not mode:
            raise RuntimeError("a unit of work that is not alone cannot have one within it that is")
        elif mode is Mode.WORK and self.unit.mode is Mode.LOOK:
            raise RuntimeError("a unit that only looks cannot have one within it that works")
        return self

    def __enter__(self) -> Self:
        if not self.unit.levels:
            self.unit = Unit(self._database, self._state, self._mode)
            self._taken.clear()
            self._latest = SqlOrigin
        self.unit.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unit.leave(given_up=kind is not None)

    def then(self, function: Callable[[], None]) -> None:
        self.unit.then(function)

    # --- its collections, in their order

    @property
    def origin(self) -> SqlOrigin:
        return self._taken.get(SqlOrigin) or self._begun(SqlOrigin, SqlOrigin(self.unit))

    @property
    def bookings(self) -> SqlBookings:
        return self._taken.get(SqlBookings) or self._begun(SqlBookings, self._state.bookings(self.unit))

    @property
    def clock(self) -> SqlClock:
        return self._taken.get(SqlClock) or self._begun(SqlClock, SqlClock(self.unit))

    @property
    def counters(self) -> SqlCounters:
        return self._taken.get(SqlCounters) or self._begun(SqlCounters, self._state.counters(self.unit))

    @property
    def ids(self) -> SqlIds:
        return self._taken.get(SqlIds) or self._begun(SqlIds, SqlIds(self.unit, self._state.sequence))

    @property
    def deliveries(self) -> SqlDeliveries:
        return self._taken.get(SqlDeliveries) or self._begun(SqlDeliveries, SqlDeliveries(self.unit))

    @property
    def replays(self) -> SqlReplays:
        return self._taken.get(SqlReplays) or self._begun(SqlReplays, self._state.replays(self.unit))

    @property
    def keys(self) -> SqlKeys:
        return self._taken.get(SqlKeys) or self._begun(SqlKeys, SqlKeys(self.unit, self._state.uses))

    @property
    def faults(self) -> SqlFaults:
        return self._taken.get(SqlFaults) or self._begun(SqlFaults, SqlFaults(self.unit))

    @property
    def webhooks(self) -> SqlWebhooks:
        return self._taken.get(SqlWebhooks) or self._begun(SqlWebhooks, SqlWebhooks(self.unit))

    def _begun(self, kind: type[C], collection: C) -> C:
        if not self.unit.levels:
            raise RuntimeError("state is read and written within a unit of work: with state.work() as work")
        if kind.order < self._latest.order:
            raise RuntimeError(f"{kind.__name__} is taken up before {self._latest.__name__}")
        self._latest = kind
        self._taken[kind] = collection
        return collection
