"""The journal as it happens, for one who watches."""

import threading
from collections import deque
from collections.abc import Callable

from mockserver.observing.journal import Entry
from mockserver.observing.matching import Answered, Match

WAITING = 1000  # entries that wait for a slow reader


class Feed:
    """The entries that are meant, until they are taken. Of more than `waiting` the oldest are lost, and counted."""

    def __init__(self, match: Match[Answered], waiting: int = WAITING) -> None:
        self._match = match
        self._waiting = waiting
        self._entries: deque[Entry] = deque()
        self._lost = 0
        self._lock = threading.Lock()
        self._news: Callable[[], None] = lambda: None

    def on_news(self, call: Callable[[], None]) -> None:
        """`call` is called in the thread of a request, which waits for it."""
        self._news = call

    def put(self, entry: Entry) -> None:
        if not self._match(entry):
            return
        with self._lock:
            if len(self._entries) >= self._waiting:
                self._entries.popleft()
                self._lost += 1
            self._entries.append(entry)
        self._news()

    def take(self, most: int) -> tuple[int, list[Entry]]:
        """How many were lost since the last time, and what came after them, oldest first."""
        with self._lock:
            lost, self._lost = self._lost, 0
            return lost, [self._entries.popleft() for _ in range(min(most, len(self._entries)))]
