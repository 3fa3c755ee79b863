"""Idempotency keys in a database.

A claim gets a ticket from the server. Whoever dies with one leaves a key that others may claim after a while; should it
come back from the dead, its ticket is worth nothing any more, and its unit of work is given up.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, delete, func, literal_column, or_, select, tuple_

from mockserver.ports import Outcome, ReplayRecord
from mockserver.storage.sql.schema import REPLAYS
from mockserver.storage.sql.server_time import ServerSeconds
from mockserver.storage.sql.statements import Statement, given, upsert
from mockserver.storage.sql.unit import Collection, Unit

ABANDONED_SECONDS = 10
"""After so long without an outcome a claim counts as that of a process that is no more."""

Tickets = dict[tuple[str, str], str]


_TICKET: ColumnElement[str] = literal_column("gen_random_uuid()::text")

_R = REPLAYS.c
_AT = and_(_R.scope == given("at_scope", _R.scope), _R.key == given("at_key", _R.key))
_MINE = and_(_AT, _R.ticket == given("mine", _R.ticket))
_RECORD = _R.scope, _R.key, _R.fingerprint, _R.arrived, _R.status, _R.headers, _R.body

_ABANDONED = and_(_R.status.is_(None), _R.claimed <= ServerSeconds() - literal_column(str(ABANDONED_SECONDS)))
_CLAIM = upsert(
    REPLAYS,
    only=or_(_R.arrived <= given("forgotten", _R.arrived), _ABANDONED),
    values={"ticket": _TICKET, "claimed": ServerSeconds()},
    returning=_R.ticket,
    passing=True,
)
_SAVE = upsert(REPLAYS, late=True)
GET = Statement(select(*_RECORD).where(_AT))
# Who has lost the claim writes no fingerprint, which the table does not allow: so nobody need wait for the answer.
_COMPLETE = upsert(REPLAYS, where={"fingerprint": _R.ticket == given("mine", _R.ticket)})
_DELETE = Statement(delete(REPLAYS).where(_AT), passing=True)
_DELETE_MINE = Statement(delete(REPLAYS).where(_MINE), passing=True)
_DELETE_ALL = Statement(delete(REPLAYS))
_ALL = Statement(select(*_RECORD).order_by(_R.arrived, _R.scope, _R.key))
_OLDEST = Statement(select(func.min(_R.arrived)))
_EXPIRED = select(_R.scope, _R.key).where(_R.arrived <= given("until", _R.arrived))
_FORGET = Statement(
    delete(REPLAYS).where(tuple_(_R.scope, _R.key).in_(_EXPIRED.with_for_update(skip_locked=True))), passing=True
)


class SqlReplays(Collection):
    order = 5

    def __init__(self, unit: Unit, tickets: Tickets) -> None:
        """`tickets` are those that this process holds, by scope and key."""
        super().__init__(unit)
        self._tickets = tickets

    def get(self, scope: str, key: str) -> ReplayRecord | None:
        """What is stored of it."""
        rows = self.unit.ask(GET, at_scope=scope, at_key=key)
        return entry_of(rows[0])[2] if rows else None

    def claim(self, scope: str, key: str, record: ReplayRecord, forgotten: int) -> ReplayRecord | None:
        while True:
            rows = self.unit.run_and_ask(_CLAIM, forgotten=forgotten, **_row(scope, key, record))
            if rows:
                self.unit.undo(partial(self._give_back, (scope, key), self._tickets.get((scope, key))))
                self._tickets[scope, key] = rows[0][0]
                return None
            known = self.get(scope, key)
            if known is not None:
                self.unit.outlast()
                return known
            # Whoever had it has released it in between.

    def save(self, scope: str, key: str, record: ReplayRecord) -> None:
        ticket = self._spent(scope, key)
        row = {**_row(scope, key, record), "ticket": None, "claimed": None}
        if ticket is None:
            self.unit.run(_SAVE, **row)
        else:
            self.unit.run(_COMPLETE, mine=ticket, **row)

    def delete(self, scope: str, key: str) -> None:
        ticket = self._spent(scope, key)
        if ticket is None:
            self.unit.run(_DELETE, at_scope=scope, at_key=key)
        else:
            self.unit.run(_DELETE_MINE, at_scope=scope, at_key=key, mine=ticket)

    def _spent(self, scope: str, key: str) -> str | None:
        ticket = self._tickets.pop((scope, key), None)
        if ticket is not None:
            self.unit.undo(partial(self._give_back, (scope, key), ticket))
        return ticket

    def _give_back(self, name: tuple[str, str], ticket: str | None) -> None:
        if ticket is None:
            self._tickets.pop(name, None)
        else:
            self._tickets[name] = ticket

    def forget(self, arrived: int) -> None:
        self.unit.run(_FORGET, until=arrived)

    def oldest(self) -> int | None:
        [(arrived,)] = self.unit.ask(_OLDEST)
        return None if arrived is None else int(arrived)

    def all(self) -> Sequence[tuple[str, str, ReplayRecord]]:
        return list(map(entry_of, self.unit.ask(_ALL)))

    def restart(self, replays: Iterable[tuple[str, str, ReplayRecord]]) -> None:
        self.unit.require_alone(self)
        self.unit.undo(partial(self._tickets.update, dict(self._tickets)))
        self._tickets.clear()
        self.unit.run(_DELETE_ALL)
        self.unit.many(_SAVE, ({**_row(*entry), "ticket": None, "claimed": None} for entry in replays))


def _row(scope: str, key: str, record: ReplayRecord) -> dict[str, Any]:
    status, headers, body = record.outcome or (None, None, None)
    return {
        "scope": scope,
        "key": key,
        "fingerprint": record.fingerprint,
        "arrived": record.arrived,
        "status": status,
        "headers": None if headers is None else orjson.dumps(headers).decode(),
        "body": body,
    }


def entry_of(row: Sequence[Any]) -> tuple[str, str, ReplayRecord]:
    scope, key, fingerprint, arrived, status, headers, body = row
    outcome = None
    if status is not None:
        outcome = Outcome(status, tuple((name, value) for name, value in orjson.loads(headers)), body)
    return scope, key, ReplayRecord(fingerprint, arrived, outcome)
