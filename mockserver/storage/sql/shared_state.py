"""State in a database that several processes share: what everybody goes by is asked for again and again."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar, TypeVarTuple

from mockserver.domain.faults import Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Webhook
from mockserver.ports import ClockSetting, Counters, Ids, StateUnavailableError, Switch
from mockserver.storage.sql.database import Database, Mode, Transaction
from mockserver.storage.sql.published import CLOCK, FAULTS, KEYS, NOTHING, SWITCH, WEBHOOKS, Published
from mockserver.storage.sql.state import SqlState

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

TRUSTED_SECONDS = 0.02
"""So long what everybody goes by is taken for what it was.

Whoever changes it waits as long before saying so: then nobody goes by anything older. Where several processes share a
database, that is all they have to tell each other.
"""


class SharedState(SqlState):
    def __init__(self, database: Database, ids: Ids) -> None:
        """The database has its tables. Raises StateUnavailableError."""
        super().__init__(database, ids)
        self._publishing, self._refreshing = threading.Lock(), threading.Lock()
        self._published = NOTHING
        self._trusted_until = 0.0
        self._refresh()

    # --- what is asked without a unit of work

    @property
    def clock(self) -> ClockSetting:
        try:
            published = self._current()
        except StateUnavailableError:
            published = self._published  # what needs the state will say so itself
        clock: ClockSetting = published.values[CLOCK]
        return clock

    @property
    def switch(self) -> Switch:
        switch: Switch = self._current().values[SWITCH]
        return switch

    @property
    def faults(self) -> Mapping[str, Fault]:
        faults: Mapping[str, Fault] = self._current().values[FAULTS]
        return faults

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        webhooks: Mapping[str, Webhook] = self._current().values[WEBHOOKS]
        return webhooks

    def find_key(self, digest: bytes) -> ApiKey | None:
        # What is compared here are SHA-256 digests: how long it takes tells nothing about the key.
        key: ApiKey | None = self._current().values[KEYS].get(digest)
        return key

    def charge(self, function: Callable[[Counters, *Ts], R], *arguments: *Ts) -> R:
        with self.work() as work:
            return function(work.counters, *arguments)

    # --- what everybody goes by

    def _current(self) -> Published:
        work = self._work
        if work.unit_is_open:
            return work.unit.published
        if time.monotonic() >= self._trusted_until:
            self._refresh()
        return self._published

    def _refresh(self) -> None:
        # Another lock than that of `publish`: whoever is here may wait for a connection, until units let go of theirs,
        # which may be about to publish.
        with self._refreshing:
            asked = time.monotonic()
            if asked < self._trusted_until:
                return  # somebody else has just done it
            transaction = self._database.begin(Mode.LOOK)
            try:
                published = self._published.as_seen(transaction)
                transaction.commit()
            except BaseException:
                transaction.roll_back()
                raise
            self.publish(published)
            self._trusted_until = max(self._trusted_until, asked + TRUSTED_SECONDS)

    def seen(self, transaction: Transaction, asked: float) -> Published:
        before = self._published
        published = before.as_seen(transaction)
        if published is not before:
            self.publish(published)
        self._trusted_until = max(self._trusted_until, asked + TRUSTED_SECONDS)
        return published

    def publish(self, published: Published) -> None:
        with self._publishing:  # for which nobody waits who holds a connection that others need
            if published.age > self._published.age:
                self._published = published

    def ended(self, *, changed: bool) -> None:
        if changed:
            time.sleep(TRUSTED_SECONDS)
