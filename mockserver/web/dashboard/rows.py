"""The journal as a page draws it: rows, told a few times a second, however many requests there are."""

import threading
from collections.abc import Callable
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
"""Rows that a page is told at a time: nobody reads more than the newest."""
MOST_AT_FIRST = 200


class Rows:
    """A Stream of events, each some rows. It looks at the journal when it is time to; no request waits for it."""

    def __init__(self, journal: JournalAdmin, match: Match[Answered], close: Callable[[], None]) -> None:
        self._journal = journal
        self._match = match
        self._gone = close
        self._asked_at = 0
        self._closed = threading.Event()

    def on_news(self, call: Callable[[], None]) -> None:
        def tick() -> None:
            while not self._closed.wait(EVERY):
                call()

        threading.Thread(target=tick, name="rows", daemon=True).start()

    def take(self) -> bytes:
        first = self._asked_at == 0
        self._asked_at, entries = self._journal.requests_since(self._asked_at, self._match)
        if not first and not entries:
            return b""
        shown = entries[: MOST_AT_FIRST if first else MOST_AT_ONCE]
        event = {
            "first": first,
            "left_out": 0 if first else len(entries) - len(shown),
            "rows": [_row(entry) for entry in shown],
        }
        return b"data: " + orjson.dumps(event) + b"\n\n"

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._gone()


def _row(entry: Entry) -> dict[str, Any]:
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
