"""What happened: the last requests and their answers, for a developer to read and a test to assert on."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

MAX_BODY = 8192


class Entry(NamedTuple):
    """One request and its answer. `arrived` and `took` in nanoseconds; bodies are cut at 8 KiB.

    `cause` is that of the refusal, a key of the contract's `x-errors`; None where nothing was refused.
    Headers are flat: name, value, name, value; a request's have their names in the WSGI environment. Thousands of
    entries are kept, and a flat tuple of strings is one object that the garbage collector need not look into.
    """

    request_id: str
    arrived: int
    took: int
    method: str
    path: str
    query: str
    client: str
    headers: tuple[str, ...]
    body: bytes
    operation: str | None
    organization: str | None
    key_id: str | None
    status: int
    cause: str | None
    answer_headers: tuple[str, ...]
    answer: bytes


class Journal:
    """The last `size` entries; 0 keeps none."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self.keeps = size > 0

    def record(self, entry: Entry) -> None:
        self._entries.append(entry)

    def entries(self) -> Iterator[Entry]:
        """Oldest first."""
        return iter(tuple(self._entries))

    def clear(self) -> None:
        self._entries.clear()
