"""Counters of the rate limits in a database."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import and_, bindparam, delete, func, or_, select, tuple_

from mockserver.ports import CounterState, Switch
from mockserver.storage.sql.published import SWITCH, written
from mockserver.storage.sql.schema import COUNTERS
from mockserver.storage.sql.statements import Statement, given, upsert
from mockserver.storage.sql.unit import Collection, Unit

_C = COUNTERS.c
_OF_POLICY = _C.policy == given("at_policy", _C.policy)
PUT = upsert(COUNTERS)
_ITEMS = Statement(select(_C.subject, _C.numbers).where(_OF_POLICY).order_by(_C.touched, _C.subject))
_OLDEST = Statement(select(func.min(_C.touched)).where(_OF_POLICY))
_ALL = Statement(select(_C.policy, _C.subject, _C.numbers).order_by(_C.policy, _C.touched, _C.subject))
_DELETE = Statement(delete(COUNTERS))
_EXPIRED = select(_C.policy, _C.subject).where(_OF_POLICY, _C.touched <= given("until", _C.touched))
_FORGET = Statement(
    # What others have locked, they are about to touch.
    delete(COUNTERS).where(tuple_(_C.policy, _C.subject).in_(_EXPIRED.with_for_update(skip_locked=True)))
)
_MOST = 100  # that are asked for at once
_POLICY = [f"policy_{number}" for number in range(_MOST)]
_SUBJECT = [f"subject_{number}" for number in range(_MOST)]


@cache
def _held(counters: int, locked: bool) -> Statement:
    these = (
        and_(
            _C.policy == bindparam(_POLICY[number], type_=_C.policy.type),
            _C.subject == bindparam(_SUBJECT[number], type_=_C.subject.type),
        )
        for number in range(counters)
    )
    held = select(_C.policy, _C.subject, _C.numbers).where(or_(*these))
    return Statement(held.with_for_update() if locked else held)


class SqlCounters(Collection):
    order = 2

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._latest = 0

    @property
    def switch(self) -> Switch:
        switch: Switch = self.unit.shared(SWITCH)
        return switch

    def turn(self, switch: Switch) -> None:
        self.unit.change(self, SWITCH, written(switch))

    def get(self, policy: str, subject: str) -> CounterState | None:
        return self.held([(policy, subject)])[0]

    def held(self, names: Sequence[tuple[str, str]]) -> Sequence[CounterState | None]:
        unit = self.unit
        if unit.locks:
            unit.lock(*[("counter", *name) for name in names])
        asked = {}
        for number, (policy, subject) in enumerate(names):
            asked[_POLICY[number]] = policy
            asked[_SUBJECT[number]] = subject
        rows = unit.ask(_held(len(names), unit.locks), **asked)
        found = {(policy, subject): _state(numbers) for policy, subject, numbers in rows}
        return self._seen([found.get(name) for name in names])

    def _seen(self, states: Sequence[CounterState | None]) -> Sequence[CounterState | None]:
        self._latest = max([self._latest, *(state[0] for state in states if state is not None)])
        return states

    def moment(self, now: int) -> int:
        return max(now, self._latest)

    def put(self, policy: str, subject: str, state: CounterState) -> None:
        self.unit.run(PUT, **row_of_counter(policy, subject, state))

    def items(self, policy: str) -> Sequence[tuple[str, CounterState]]:
        return [(subject, _state(numbers)) for subject, numbers in self.unit.ask(_ITEMS, at_policy=policy)]

    def forget(self, policy: str, touched: int) -> None:
        self.unit.run(_FORGET, at_policy=policy, until=touched)

    def oldest(self, policy: str) -> int | None:
        [(touched,)] = self.unit.ask(_OLDEST, at_policy=policy)
        return None if touched is None else int(touched)

    def contents(self) -> Mapping[str, Mapping[str, CounterState]]:
        found: defaultdict[str, dict[str, CounterState]] = defaultdict(dict)
        for policy, subject, numbers in self.unit.ask(_ALL):
            found[policy][subject] = _state(numbers)
        return found

    def restart(self, contents: Mapping[str, Mapping[str, CounterState]]) -> None:
        self.unit.require_alone(self)
        self.unit.run(_DELETE)
        counters = ((policy, *counter) for policy, held in contents.items() for counter in held.items())
        self.unit.many(PUT, (row_of_counter(*each) for each in counters))


def row_of_counter(policy: str, subject: str, state: CounterState) -> dict[str, object]:
    """Numbers may have more than 64 bits, so they are none for orjson."""
    return {"policy": policy, "subject": subject, "touched": state[0], "numbers": str([*state])}


def _state(numbers: str) -> CounterState:
    return tuple(json.loads(numbers))
