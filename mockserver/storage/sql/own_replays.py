"""Idempotency keys in a database that one process has to itself: its claims are nobody else's business.

They are kept in the process and die with it, which is what should become of them; what is written is outcomes.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from math import inf

from sqlalchemy import select

from mockserver.ports import ReplayRecord
from mockserver.storage.sql.names import Names
from mockserver.storage.sql.replays import GET, SqlReplays, entry_of
from mockserver.storage.sql.schema import REPLAYS
from mockserver.storage.sql.sqlite import SqliteDatabase
from mockserver.storage.sql.statements import Statement
from mockserver.storage.sql.unit import Unit
from mockserver.storage.table import putting_back

MOST = 1000
"""Beyond so many records at hand none is added for having been read."""

_NAMES = Statement(select(REPLAYS.c.scope, REPLAYS.c.key))


class Claims(dict[tuple[str, str], ReplayRecord]):
    """Those that are running.

    `since`: no key is stored that arrived before it; None: nobody knows. `recent` are records whose rows may be
    otherwise, and others that have been read; None: there is no such record.
    """

    def __init__(self) -> None:
        super().__init__()
        self.since: float | None = None
        self.names = Names(())
        self.recent: dict[tuple[str, str], ReplayRecord | None] = {}

    def note(self, arrived: int) -> None:
        if self.since is not None:
            self.since = min(self.since, arrived)

    def doubt(self) -> None:
        self.since = None


class OwnReplays(SqlReplays):
    def __init__(self, unit: Unit, file: SqliteDatabase, claims: Claims) -> None:
        super().__init__(unit, {})
        unit.begin()  # which keeps others away
        self._file = file
        self._claims = claims

    def get(self, scope: str, key: str) -> ReplayRecord | None:
        recent = self._claims.recent
        if (scope, key) in recent:
            return recent[scope, key]
        if self._claims.names.lack(scope, key):
            return None
        row = self._file.look_up(GET, at_scope=scope, at_key=key)
        record = entry_of(row)[2] if row else None
        if len(recent) < MOST:
            self._remember((scope, key), record)
        return record

    def claim(self, scope: str, key: str, record: ReplayRecord, forgotten: int) -> ReplayRecord | None:
        known = self.get(scope, key)
        claimed = self._claims.get((scope, key), known)
        if claimed is not None and claimed.arrived > forgotten:
            return claimed
        if known is not None or record.outcome is not None:
            self.save(scope, key, record)
        else:
            self._keep((scope, key), record)
        return None

    def save(self, scope: str, key: str, record: ReplayRecord) -> None:
        self._keep((scope, key), record if record.outcome is None else None)
        if record.outcome is None:
            super().delete(scope, key)
            self._remember((scope, key), None)
        else:
            self._claims.note(record.arrived)
            super().save(scope, key, record)
            self._claims.names.add(scope, key)
            self._remember((scope, key), record)

    def delete(self, scope: str, key: str) -> None:
        if (scope, key) in self._claims:
            self._keep((scope, key), None)
        else:
            super().delete(scope, key)
            self._remember((scope, key), None)

    def forget(self, arrived: int) -> None:
        self._forget_stored(arrived)
        for name in [name for name, record in self._claims.items() if record.arrived <= arrived]:
            self._keep(name, None)

    def _forget_stored(self, arrived: int) -> None:
        """Every new key sees to it, and mostly there is nothing to be done."""
        claims = self._claims
        if claims.since is not None and claims.since > arrived:
            return
        self.unit.undo(claims.doubt)
        super().forget(arrived)
        oldest = super().oldest()  # for which all that waited has been written
        claims.recent.clear()
        claims.since = inf if oldest is None else oldest

    def oldest(self) -> int | None:
        stored = super().oldest()
        arrived = [record.arrived for record in self._claims.values()]
        return min(arrived if stored is None else [stored, *arrived], default=None)

    def all(self) -> Sequence[tuple[str, str, ReplayRecord]]:
        claimed = [(*name, record) for name, record in self._claims.items()]
        return sorted([*super().all(), *claimed], key=lambda entry: (entry[2].arrived, *entry[:2]))

    def restart(self, replays: Iterable[tuple[str, str, ReplayRecord]]) -> None:
        entries = list(replays)
        self._claims.doubt()
        super().restart(entry for entry in entries if entry[2].outcome is not None)
        self._claims.recent.clear()
        self.unit.undo(partial(setattr, self._claims, "names", self._claims.names))
        self.learn_names()
        for name in list(self._claims):
            self._keep(name, None)
        for scope, key, record in entries:
            if record.outcome is None:
                self._keep((scope, key), record)

    def learn_names(self) -> None:
        self._claims.names = Names(self._file.execute(*_NAMES.placed(self._file.dialect, {})))

    def _remember(self, name: tuple[str, str], record: ReplayRecord | None) -> None:
        recent = self._claims.recent
        function, *arguments = putting_back(recent, name)
        self.unit.undo(partial(function, *arguments))
        recent[name] = record

    def _keep(self, name: tuple[str, str], record: ReplayRecord | None) -> None:
        """A claim, or none, unless the unit is given up."""
        self.unit.undo(partial(self._put, name, self._claims.get(name)))
        self._put(name, record)

    def _put(self, name: tuple[str, str], record: ReplayRecord | None) -> None:
        if record is None:
            self._claims.pop(name, None)
        else:
            self._claims[name] = record
