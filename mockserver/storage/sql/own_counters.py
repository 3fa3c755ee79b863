"""Counters in a database that one process has to itself: what it has read or written it need not ask for again."""

from collections.abc import Mapping, Sequence

from mockserver.ports import CounterState
from mockserver.storage.sql.counters import SqlCounters
from mockserver.storage.sql.unit import Unit

Known = dict[tuple[str, str], CounterState | None]


class OwnCounters(SqlCounters):
    def __init__(self, unit: Unit, known: Known) -> None:
        """`known` are counters as they stand; None: there is no such counter."""
        super().__init__(unit)
        self._known = known

    def held(self, names: Sequence[tuple[str, str]]) -> Sequence[CounterState | None]:
        self.unit.begin()  # which keeps others away
        unknown = [name for name in names if name not in self._known]
        if unknown:
            self._known.update(zip(unknown, super().held(unknown), strict=True))
        return self._seen([self._known[name] for name in names])

    def put(self, policy: str, subject: str, state: CounterState) -> None:
        super().put(policy, subject, state)
        self.unit.undo(self._known.clear)
        self._known[policy, subject] = state

    def forget(self, policy: str, touched: int) -> None:
        """Every new counter sees to it: so no more are known than have been used since the last one came."""
        super().forget(policy, touched)
        self._doubt()

    def restart(self, contents: Mapping[str, Mapping[str, CounterState]]) -> None:
        super().restart(contents)
        self._doubt()

    def _doubt(self) -> None:
        self.unit.undo(self._known.clear)
        self._known.clear()
