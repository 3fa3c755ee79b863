"""Counters in a database that one process has to itself: all of them at hand, and written down late.

Every request charges some, and the same ones over and over. So what a charge has made of them stands in the redo log,
and their rows are written when that is begun anew.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete

from mockserver.storage.counters import MemoryCounters
from mockserver.storage.sql.counters import PUT, row_of_counter
from mockserver.storage.sql.database import Write
from mockserver.storage.sql.redo import Entry
from mockserver.storage.sql.schema import COUNTERS
from mockserver.storage.sql.statements import Statement, given

_C = COUNTERS.c
_DROP = Statement(
    delete(COUNTERS).where(_C.policy == given("of_policy", _C.policy), _C.subject == given("of_subject", _C.subject))
)


class KeptCounters(MemoryCounters):
    def __init__(self) -> None:
        super().__init__()
        self._late: set[tuple[str, str]] = set()
        """Names of those whose rows may be otherwise."""

    def charged(self) -> Sequence[Entry]:
        """What the charge that is running has made of them, for the log.

        That need not know of those which it has forgotten: what a crash brings back has expired.
        """
        entries: list[Entry] = []
        for _, policy, subject, _ in self.undo:
            self._late.add((policy, subject))
            state = self.get(policy, subject)
            if state is not None:
                entries.append(((policy, subject), state[:]))
        return entries

    def late(self) -> Iterator[Write]:
        """Their rows as they are to be."""
        for policy, subject in self._late:
            state = self.get(policy, subject)
            if state is None:
                yield Write(_DROP, {"of_policy": policy, "of_subject": subject})
            else:
                yield Write(PUT, row_of_counter(policy, subject, state))

    def written(self) -> None:
        self._late.clear()
