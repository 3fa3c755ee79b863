"""Which rows a table has, as far as one process has its file alone and can remember."""

from collections.abc import Iterable
from itertools import islice

from mockserver.storage.sql.database import Row

MOST = 100_000


class Names:
    """Primary keys: whatever is not among them is not there, and need not be looked for.

    Of some the rows have been deleted. Where there are `MOST` or more, none is remembered.
    """

    def __init__(self, stored: Iterable[Row]) -> None:
        self._known: set[Row] | None = set(islice(stored, MOST))
        self._bound()

    def add(self, *name: str) -> None:
        if self._known is not None:
            self._known.add(name)
            self._bound()

    def lack(self, *name: str) -> bool:
        return self._known is not None and name not in self._known

    def _bound(self) -> None:
        if self._known is not None and len(self._known) >= MOST:
            self._known = None
