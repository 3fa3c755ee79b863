"""What is counted within a unit of work, where one process has the database to itself."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mockserver.ports import CounterState
from mockserver.storage.sql.counters import SqlCounters
from mockserver.storage.sql.kept_counters import KeptCounters
from mockserver.storage.sql.unit import Unit
from mockserver.storage.table import Undo, undone


class OwnCounters(SqlCounters):
    """Within a unit of work that may do other things, too: it writes them like these."""

    def __init__(self, unit: Unit, kept: KeptCounters) -> None:
        super().__init__(unit)
        unit.begin()  # which keeps others away
        self._kept = kept

    def held(self, names: Sequence[tuple[str, str]]) -> Sequence[CounterState | None]:
        return self._kept.held(names)

    def moment(self, now: int) -> int:
        return self._kept.moment(now)

    def items(self, policy: str) -> Sequence[tuple[str, CounterState]]:
        return self._kept.items(policy)

    def oldest(self, policy: str) -> int | None:
        return self._kept.oldest(policy)

    def contents(self) -> Mapping[str, Mapping[str, CounterState]]:
        return self._kept.contents()

    def put(self, policy: str, subject: str, state: CounterState) -> None:
        super().put(policy, subject, state)
        self._too(self._kept.put, policy, subject, state)

    def forget(self, policy: str, touched: int) -> None:
        super().forget(policy, touched)
        self._too(self._kept.forget, policy, touched)

    def restart(self, contents: Mapping[str, Mapping[str, CounterState]]) -> None:
        super().restart(contents)
        self._too(self._kept.restart, contents)

    def _too(self, change: Callable[..., None], *arguments: Any) -> None:
        undo: list[Undo] = []
        self._kept.undo = undo
        change(*arguments)
        self.unit.undo(partial(undone, undo, 0))
