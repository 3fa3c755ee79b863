"""Deliveries in a database: each is sent by one of the processes that share it, unless that one dies.

Who claims one has it for a while by the server's clock; processes do not wait for one another.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, bindparam, delete, exists, func, insert, literal_column, null, or_, select, update

from mockserver.domain.webhooks import Delivery
from mockserver.storage.sql.rows import delivery_of, row_of_delivery
from mockserver.storage.sql.schema import DELIVERIES
from mockserver.storage.sql.server_time import ServerSeconds
from mockserver.storage.sql.statements import Statement, given, upsert
from mockserver.storage.sql.unit import Collection

_D = DELIVERIES.c
_EARLIER = DELIVERIES.alias("earlier")
_E = _EARLIER.c

_AT = _D.id == given("at", _D.id)
_GET = Statement(select(DELIVERIES).where(_AT))
_GET_LOCKED = Statement(select(DELIVERIES).where(_AT).with_for_update())
_SAVE, _INSERT, _DELETE_ALL = upsert(DELIVERIES), Statement(insert(DELIVERIES)), Statement(delete(DELIVERIES))
_ALL = Statement(select(DELIVERIES).order_by(_D.created_at, _D.booking, _D.sequence, _D.id))

_HEAD = ~exists().where(
    _E.webhook == _D.webhook,
    _E.booking == _D.booking,
    _E.due.is_not(None),
    or_(_E.sequence < _D.sequence, and_(_E.sequence == _D.sequence, _E.id < _D.id)),
)
_FREE = or_(_D.claimed_until.is_(None), _D.claimed_until <= ServerSeconds())
_DUE = (
    select(_D.id)
    .where(_D.webhook == given("of_webhook", _D.webhook), _D.due <= given("until", _D.due), _FREE, _HEAD)
    .order_by(_D.due, _D.id)
    .limit(bindparam("most"))
    .offset(literal_column("0"))  # which SQLite would be given as a parameter
    .with_for_update(skip_locked=True)
)
_CLAIM = Statement(
    update(DELIVERIES)
    .where(_D.id.in_(_DUE.scalar_subquery()))
    .values(claimed_until=ServerSeconds() + bindparam("seconds", type_=_D.due.type))
    .returning(DELIVERIES),
    passing=True,
)
_RELEASE_ALL = Statement(update(DELIVERIES).where(_D.due.is_not(None)).values(claimed_until=null()))
_NEXT_DUE = Statement(select(func.min(_D.due)).where(_HEAD))

_SETTLED = select(_D.id).where(_D.due.is_(None)).order_by(_D.created_at.desc(), _D.id.desc())
# SQLite has no offset without a limit.
_ALL_BUT = _SETTLED.limit(literal_column("1000000000")).offset(bindparam("keep"))
_FORGET = Statement(delete(DELIVERIES).where(_D.id.in_(_ALL_BUT.scalar_subquery())))


class SqlDeliveries(Collection):
    order = 4

    def get(self, delivery_id: str) -> Delivery | None:
        rows = self.unit.ask(_GET_LOCKED if self.unit.locks else _GET, at=delivery_id)
        return delivery_of(rows[0]) if rows else None

    def save(self, delivery: Delivery) -> None:
        self.unit.run(_SAVE, **row_of_delivery(delivery))

    def claim(self, webhook: str, until: int, most: int, seconds: int) -> Sequence[Delivery]:
        rows = self.unit.run_and_ask(_CLAIM, of_webhook=webhook, until=until, most=most, seconds=seconds)
        return sorted(map(delivery_of, rows), key=lambda each: (each.due, each.id))

    def release_all(self) -> None:
        """What was claimed by a process that had the database to itself, and is no more."""
        self.unit.run(_RELEASE_ALL)

    def next_due(self) -> int | None:
        [(due,)] = self.unit.ask(_NEXT_DUE)
        return None if due is None else int(due)

    def all(self) -> Sequence[Delivery]:
        return list(map(delivery_of, self.unit.ask(_ALL)))

    def forget(self, keep: int) -> None:
        self.unit.run(_FORGET, keep=keep)

    def restart(self, deliveries: Iterable[Delivery]) -> None:
        self.unit.require_alone(self)
        self.unit.run(_DELETE_ALL)
        self.unit.many(_INSERT, map(row_of_delivery, deliveries))
