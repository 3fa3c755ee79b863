"""The journal as a page draws it: rows, told a few times a second, however many requests there are."""

import threading
from collections.abc import Callable
from typing import Any

import orjson

from mockserver.application.admin.requests import RequestAdmin
from mockserver.domain.instants import render_instant
from mockserver.observing.journal import Entry
from mockserver.observing.matching import Answered, Match
from mockserver.observing.redaction import redact, redact_query
from mockserver.ports import SECOND

EVERY = 0.25  # seconds
MOST_AT_ONCE = 100
"""Of the rows that a page is told at a time: nobody reads more than the newest."""
MOST_AT_FIRST = 300
MOST_LOOKED_THROUGH = 10_000
"""Entries, for those that are meant, before a page is told the first rows."""


class Rows:
    """A Stream of events, each some rows. It looks at the journal when it is time to; no request waits for it."""

    def __init__(self, journal: RequestAdmin, match: Match[Answered], close: Callable[[], None]) -> None:
        self._journal = journal
        self._match = match
        self._gone = close
        self._seen: int | None = None
        self._closed = threading.Event()

    def on_news(self, call: Callable[[], None]) -> None:
        def tick() -> None:
            while not self._closed.wait(EVERY):
                call()

        threading.Thread(target=tick, name="rows", daemon=True).start()

    def take(self) -> bytes:
        first = self._seen is None
        behind, most = (0, MOST_LOOKED_THROUGH) if self._seen is None else (self._seen, MOST_AT_ONCE)
        self._seen, left_out, entries = self._journal.newest_requests(self._match, behind, most)
        if not first and not entries and not left_out:
            return b""
        rows = [_row(entry) for entry in entries[:MOST_AT_FIRST]]
        event = {"first": first, "left_out": 0 if first else left_out, "rows": rows}
        return b"data: " + orjson.dumps(event) + b"\n\n"

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._gone()


def _row(entry: Entry) -> dict[str, Any]:
    """Newest first; moments of the mock's clock."""
    return {
        "id": entry.request_id,
        "arrived": render_instant(entry.arrived // SECOND),
        "method": redact(entry.method),
        "path": redact(entry.path),
        "query": redact_query(entry.query),
        "status": entry.status,
        "why": entry.fault or entry.cause or entry.hint,
        "key": entry.key_id,
        "ms": round(entry.took / 1e6, 2),
    }
