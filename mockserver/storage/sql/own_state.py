"""State in a database that one process has to itself: nobody else can have changed what it knows."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, TypeVarTuple

from mockserver.domain.faults import Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Webhook
from mockserver.ports import ClockSetting, Counters, Ids
from mockserver.storage.sql.counters import SqlCounters
from mockserver.storage.sql.database import Transaction, Write
from mockserver.storage.sql.kept_counters import KeptCounters
from mockserver.storage.sql.own_bookings import KeptBookings, OwnBookings
from mockserver.storage.sql.own_counters import OwnCounters
from mockserver.storage.sql.own_replays import Claims, OwnReplays
from mockserver.storage.sql.published import CLOCK, FAULTS, IDS, KEYS, NOTHING, SWITCH, WEBHOOKS, Published
from mockserver.storage.sql.sqlite import SqliteDatabase
from mockserver.storage.sql.state import SqlState
from mockserver.storage.sql.unit import Unit
from mockserver.storage.table import undone

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class OwnState(SqlState):
    def __init__(self, database: SqliteDatabase, ids: Ids) -> None:
        """The database has its tables. Raises StateUnavailableError."""
        super().__init__(database, ids)
        self._own = database
        self.claims = Claims()
        self.kept_counters = KeptCounters()
        self.kept_bookings = KeptBookings()
        with self.work() as work:
            self.publish(NOTHING.renewed(work.unit.transaction))
            self.sequence.load(self._published.values[IDS])
            self.bookings(work.unit).learn_names()
            self.replays(work.unit).learn_names()
            self.kept_counters.restart(SqlCounters(work.unit).contents())
            work.deliveries.release_all()
        database.at_hand = self

    def publish(self, published: Published) -> None:
        """What every request goes by is an attribute of its own."""
        self._published = published
        values = published.values
        self.clock: ClockSetting = values[CLOCK]
        self.switch = self.kept_counters.switch = values[SWITCH]
        self.faults: Mapping[str, Fault] = values[FAULTS]
        self.webhooks: Mapping[str, Webhook] = values[WEBHOOKS]
        # What is compared here are SHA-256 digests: how long it takes tells nothing about the key.
        self.find_key: Callable[[bytes], ApiKey | None] = values[KEYS].get

    def seen(self, transaction: Transaction, asked: float) -> Published:
        return self._published

    def ended(self, *, changed: bool) -> None:
        """Nobody else need be told."""

    def charge(self, function: Callable[[Counters, *Ts], R], *arguments: *Ts) -> R:
        counters, database = self.kept_counters, self._own
        with database.turn:
            undo = counters.undo = []
            try:
                result = function(counters, *arguments)
                if undo:
                    database.record(counters.charged())
            except BaseException:
                undone(undo, 0)
                raise
        return result

    def bookings(self, unit: Unit) -> OwnBookings:
        return OwnBookings(unit, self._own, self.kept_bookings)

    def counters(self, unit: Unit) -> OwnCounters:
        return OwnCounters(unit, self.kept_counters)

    def replays(self, unit: Unit) -> OwnReplays:
        return OwnReplays(unit, self._own, self.claims)

    # --- what the database asks of it

    def late(self) -> Iterator[Write]:
        return self.kept_counters.late()

    def written(self) -> None:
        self.kept_counters.written()

    def flushed(self) -> None:
        self.kept_bookings.recent.clear()
        self.claims.recent.clear()
