"""What an adviser remembers of clients: so much and no more, the oldest is forgotten."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from mockserver.observing.journal import Entry

MOST_REMEMBERED = 1000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """By key, those that were set last."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._most = most

    def __bool__(self) -> bool:
        return bool(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        return self._values.get(key)

    def set(self, key: Key, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def pop(self, key: Key) -> Value | None:
        return self._values.pop(key, None)


def caller(entry: Entry) -> str:
    """Whose request it is: a key's, or that of an address."""
    return entry.key_id or entry.client


def succeeded(entry: Entry) -> bool:
    return 200 <= entry.status < 300


def told_too_little(entry: Entry) -> bool:
    """Could the client not know what became of its request? It failed, or its answer was spoilt on purpose."""
    return entry.status >= 500 or spoilt(entry)


def spoilt(entry: Entry) -> bool:
    return entry.fault is not None and any(kind in entry.fault for kind in _SPOILING)


_SPOILING = (
    "response-lost",
    "connection-closed",
    "connection-reset",
    "truncated-body",
    "malformed-json",
    "wrong-content-type",
)
"""Kinds of faults; what merely takes its time spoils nothing."""
