"""State in this process's memory.

Units of work are kept apart by strict two-phase locking: a unit locks each table when it first needs it, and lets all
of them go at its end. Tables are locked in one order, so units never wait for one another in a circle. A claim of an
Idempotency-Key therefore waits for no rules, and a reset that has taken all tables is seen whole or not at all.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from mockserver.domain.keys import ApiKey
from mockserver.ports import Ids
from mockserver.storage.counters import MemoryCounters
from mockserver.storage.deliveries import MemoryDeliveries
from mockserver.storage.occupancy import MemoryBookings
from mockserver.storage.table import Table, Undo, undone
from mockserver.storage.tables import (
    MemoryClock,
    MemoryFaults,
    MemoryIds,
    MemoryKeys,
    MemoryOrigin,
    MemoryReplays,
    MemoryWebhooks,
)

T = TypeVar("T", bound=Table)


class MemoryState:
    """`ids` is where ids come from; its place in their sequence is a part of the state."""

    def __init__(self, ids: Ids) -> None:
        self.tables = Tables(ids)
        self.clock = self.tables.clock.get()
        self.switch = self.tables.counters.switch
        self.faults = self.tables.faults.rules
        self.webhooks = self.tables.webhooks.by_id
        # What is compared here are SHA-256 digests: how long it takes tells nothing about the key.
        self.find_key: Callable[[bytes], ApiKey | None] = self.tables.keys.by_digest.get
        self.touch_key = self.tables.keys.note_use
        self.charge = self.tables.counters.charge
        self._local = threading.local()

    def work(self, *, alone: bool = False) -> "MemoryWork":
        try:
            work: MemoryWork = self._local.work
        except AttributeError:
            work = self._local.work = MemoryWork(self.tables, self._publish)
        if alone or work.alone:  # as no request does
            work.begin(alone)
        return work

    def look(self) -> "MemoryWork":
        return self.work()

    def close(self) -> None:
        """Nothing of it is left to be closed."""

    def _publish(self, table: Table) -> None:
        """What is asked without a unit of work: each replaced as a whole."""
        table.republished = False
        match table:
            case MemoryClock():
                self.clock = table.get()
            case MemoryCounters():
                self.switch = table.switch
            case MemoryKeys():
                self.find_key = table.by_digest.get
            case MemoryFaults():
                self.faults = table.rules
            case MemoryWebhooks():
                self.webhooks = table.by_id


class Tables:
    def __init__(self, ids: Ids) -> None:
        self.bookings = MemoryBookings()
        self.clock = MemoryClock()
        self.counters = MemoryCounters()
        self.ids = MemoryIds(ids)
        self.deliveries = MemoryDeliveries()
        self.replays = MemoryReplays()
        self.keys = MemoryKeys()
        self.faults = MemoryFaults()
        self.webhooks = MemoryWebhooks()
        self.origin = MemoryOrigin()


class MemoryWork:
    """The units of work of one thread: an outermost one and those inside it, each with its mark in what is to undo."""

    __slots__ = ("_held", "_marks", "_publish", "_tables", "_then", "_undo", "alone")

    def __init__(self, tables: Tables, publish: Callable[[Table], None]) -> None:
        self._tables = tables
        self._publish = publish
        self._held: list[Table] = []
        self._undo: list[Undo] = []
        self._then: list[Callable[[], None]] = []
        self._marks: list[int] = []
        self.alone = False

    def begin(self, alone: bool) -> None:
        """Whoever holds tables keeps others off them: to work alone takes no more than having said so."""
        if not self._marks:
            self.alone = alone
        elif alone and not self.alone:
            raise RuntimeError("a unit of work that is not alone cannot have one within it that is")

    def __enter__(self) -> Self:
        self._marks.append(len(self._undo))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        mark = self._marks.pop()
        if kind is None and self._marks:
            return  # it is a part of the one that goes on
        try:
            if kind is not None:
                undone(self._undo, mark)
        finally:
            if not self._marks:
                self._undo.clear()
                held = self._held
                for table in held:
                    if table.republished:
                        self._publish(table)
                for table in held:
                    table.holder = None
                    table.lock.release()
                held.clear()
                if self._then:
                    self._call_then()

    def then(self, function: Callable[[], None]) -> None:
        """A unit that is given up takes back that it was wanted, like all else that it did."""
        self._then.append(function)
        self._undo.append((self._then.remove, function))

    def _call_then(self) -> None:
        then, self._then = self._then, []
        for function in then:
            function()

    @property
    def bookings(self) -> MemoryBookings:
        table = self._tables.bookings
        return table if table.holder is self else self._taken(table)

    @property
    def clock(self) -> MemoryClock:
        table = self._tables.clock
        return table if table.holder is self else self._taken(table)

    @property
    def counters(self) -> MemoryCounters:
        table = self._tables.counters
        return table if table.holder is self else self._taken(table)

    @property
    def ids(self) -> MemoryIds:
        table = self._tables.ids
        return table if table.holder is self else self._taken(table)

    @property
    def deliveries(self) -> MemoryDeliveries:
        table = self._tables.deliveries
        return table if table.holder is self else self._taken(table)

    @property
    def replays(self) -> MemoryReplays:
        table = self._tables.replays
        return table if table.holder is self else self._taken(table)

    @property
    def keys(self) -> MemoryKeys:
        table = self._tables.keys
        return table if table.holder is self else self._taken(table)

    @property
    def faults(self) -> MemoryFaults:
        table = self._tables.faults
        return table if table.holder is self else self._taken(table)

    @property
    def webhooks(self) -> MemoryWebhooks:
        table = self._tables.webhooks
        return table if table.holder is self else self._taken(table)

    @property
    def origin(self) -> MemoryOrigin:
        table = self._tables.origin
        return table if table.holder is self else self._taken(table)

    def _taken(self, table: T) -> T:
        held = self._held
        if held:
            if held[-1].order > table.order:
                raise RuntimeError(f"{type(table).__name__} is taken up before {type(held[-1]).__name__}")
        elif not self._marks:
            raise RuntimeError("state is read and written within a unit of work: with state.work() as work")
        table.lock.acquire()
        table.holder, table.undo = self, self._undo
        held.append(table)
        return table
