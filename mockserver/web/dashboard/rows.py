"""The journal as a page draws it: rows, told a few times a second, however many requests there are."""

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from mockserver.application.journal_admin import JournalAdmin
from mockserver.domain.instants import render_instant
from mockserver.observing.journal import Entry
from mockserver.observing.matching import Answered, Match
from mockserver.observing.redaction import redact, redact_query
from mockserver.ports import SECOND

EVERY = 0.4  # seconds
MOST_AT_ONCE = 50
"""Rows that a page is told at a time, so that it draws them at one go."""
MOST_WAITING = 200
"""Rows that wait for their time, the newest: a page holds no more, and nobody reads them."""


class Rows:
    """A Stream of events, each some rows. It looks at the journal when it is time to; no request waits for it."""

    def __init__(self, journal: JournalAdmin, match: Match[Answered], close: Callable[[], None]) -> None:
        self._journal = journal
        self._match = match
        self._gone = close
        self._asked_at = 0
        self._waiting: list[Entry] = []  # newest first, as all of these are
        self._closed = threading.Event()
        self.due = True
        """Is it time to look? A server asks as soon as it has sent what it was given."""

    def on_news(self, call: Callable[[], None]) -> None:
        def tick() -> None:
            while not self._closed.wait(EVERY):
                self.due = True
                call()

        threading.Thread(target=tick, name="rows", daemon=True).start()

    def take(self) -> bytes:
        if not self.due:
            return b""
        self.due = False
        first = self._asked_at == 0
        self._asked_at, entries = self._journal.requests_since(self._asked_at, self._match)
        waiting = entries + self._waiting
        at_once = MOST_WAITING if first else MOST_AT_ONCE
        told, self._waiting = waiting[:MOST_WAITING][-at_once:], waiting[:MOST_WAITING][:-at_once]
        if not first and not told:
            return b""
        left_out = 0 if first else max(0, len(waiting) - MOST_WAITING)
        event = {"first": first, "left_out": left_out, "rows": [_row(entry) for entry in told]}
        return b"data: " + orjson.dumps(event) + b"\n\n"

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._gone()


def _row(entry: Entry) -> dict[str, Any]:
    method, path, query = _masked(entry.method, entry.path, entry.query)
    return {
        "id": entry.request_id,
        "arrived": render_instant(entry.arrived // SECOND),
        "method": method,
        "path": path,
        "query": query,
        "status": entry.status,
        "why": entry.fault or entry.cause or entry.hint,
        "key": entry.key_id,
        "ms": round(entry.took / 1e6, 2),
    }


@lru_cache(maxsize=1024)
def _masked(method: str, path: str, query: str) -> tuple[str, str, str]:
    return redact(method), redact(path), redact_query(query)
