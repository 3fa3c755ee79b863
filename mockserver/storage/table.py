"""A part of the state in memory: one unit of work at a time holds it, and leaves behind how to undo what it did."""

import threading
from collections.abc import Callable
from typing import Any

Undo = tuple[Any, ...]
"""A function and its arguments."""


class Table:
    """`order` is its place in `Work`. Whoever calls its methods is the unit of work that holds it.

    Every write appends to `undo` what takes it back.
    """

    order: int

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holder: object = None
        self.undo: list[Undo] = []
        self.republished = False
        """Whether the unit of work has changed what is read without one."""

    def require_alone(self) -> None:
        """A mistake of whoever writes a use case, which other storages could not forgive."""
        if not getattr(self.holder, "alone", True):
            raise RuntimeError(f"{type(self).__name__} is changed as a whole: with state.work(alone=True) as work")


def undone(undo: list[Undo], mark: int) -> None:
    """Take back what was done since the list had that length, the latest first."""
    while len(undo) > mark:
        function, *arguments = undo.pop()
        function(*arguments)


def putting_back(table: dict[Any, Any], key: object) -> Undo:
    """What gives a key of a table the value that it has now, or none."""
    if key in table:
        return table.__setitem__, key, table[key]
    return table.pop, key, None


def swapping(holder: object, *names: str) -> Undo:
    """What gives attributes the values that they have now."""
    setter: Callable[..., None] = _set
    return setter, holder, {name: getattr(holder, name) for name in names}


def _set(holder: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(holder, name, value)
