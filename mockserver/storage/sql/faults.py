"""Faults in a database: their rules are what everybody goes by, their counts are not."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, literal_column, select, update

from mockserver.ports import StandingFault
from mockserver.storage.sql.database import Mode
from mockserver.storage.sql.published import FAULTS as NAME
from mockserver.storage.sql.rows import ALL_FAULTS, fault_of, row_of_fault
from mockserver.storage.sql.schema import FAULTS
from mockserver.storage.sql.statements import Statement, given
from mockserver.storage.sql.unit import Collection

_F = FAULTS.c
_AT = _F.id == given("at", _F.id)
_GET, _GET_LOCKED = Statement(select(FAULTS).where(_AT)), Statement(select(FAULTS).where(_AT).with_for_update())
_LAST = Statement(select(func.coalesce(func.max(_F.place), literal_column("0"))))
_INSERT = Statement(insert(FAULTS))
_RULE = Statement(update(FAULTS).where(_AT).values(rule=given("becomes", _F.rule)))
_COUNT = Statement(
    update(FAULTS).where(_AT).values(matched=given("by_now", _F.matched), fired=given("of_these", _F.fired))
)
_DELETE, _DELETE_ALL = Statement(delete(FAULTS).where(_AT)), Statement(delete(FAULTS))


class SqlFaults(Collection):
    order = 7

    def get(self, fault_id: str) -> StandingFault | None:
        rows = self.unit.ask(_GET_LOCKED if self.unit.mode is Mode.WORK else _GET, at=fault_id)
        return fault_of(rows[0]) if rows else None

    def save(self, standing: StandingFault) -> None:
        known = self.get(standing.id)
        if known is None:
            self.unit.changed.add(NAME)
            [(last,)] = self.unit.ask(_LAST)
            self.unit.run(_INSERT, **row_of_fault(standing), place=last + 1)
            return
        if known.fault != standing.fault:
            self.unit.changed.add(NAME)
            self.unit.run(_RULE, at=standing.id, becomes=row_of_fault(standing)["rule"])
        self.unit.run(_COUNT, at=standing.id, by_now=standing.matched, of_these=standing.fired)

    def delete(self, fault_id: str) -> None:
        self.unit.changed.add(NAME)
        self.unit.run(_DELETE, at=fault_id)

    def all(self) -> Sequence[StandingFault]:
        return list(map(fault_of, self.unit.ask(ALL_FAULTS)))

    def restart(self, faults: Iterable[StandingFault]) -> None:
        self.unit.require_alone(self)
        self.unit.changed.add(NAME)
        self.unit.run(_DELETE_ALL)
        rows = ({**row_of_fault(standing), "place": place} for place, standing in enumerate(faults, start=1))
        self.unit.many(_INSERT, rows)
