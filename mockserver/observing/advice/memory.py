"""What an adviser remembers of clients: so much and no more, the oldest is forgotten."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from mockserver.observing.journal import Entry

MOST_REMEMBERED = 1000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """By key, at least those that were set last, at most twice as many.

    In two generations: when the young one is full, it becomes the old one, which is forgotten. That is cheaper than to
    keep everything in the order of its use.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._most = most

    def __bool__(self) -> bool:
        return bool(self._young or self._old)

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: Key) -> Value | None:
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def set(self, key: Key, value: Value) -> None:
        self._young[key] = value
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}

    def pop(self, key: Key) -> Value | None:
        old = self._old.pop(key, None)
        return self._young.pop(key, old)


def caller(entry: Entry) -> str:
    """Whose request it is: a key's, or that of an address."""
    return entry.key_id or entry.client


def header(entry: Entry, variable: str) -> str | None:
    """Of the request, by its name in the WSGI environment, which is the quickest way."""
    names = entry.headers[::2]
    return entry.headers[2 * names.index(variable) + 1] if variable in names else None


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
