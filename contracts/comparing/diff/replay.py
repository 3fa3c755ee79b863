"""Plays a recorded session again on a server, and holds what it answers beside what was answered then.

Its days are moved by whole weeks to where the server's clock is, so that weekdays and times of day stay. What the
server itself gives (ids, confirmation numbers, cursors) takes the place of what was given then.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from contracts.comparing.diff.comparison import Comparison
from contracts.comparing.diff.fields import fields_of
from contracts.comparing.diff.recording import Entry, Recording
from contracts.comparing.diff.side import Side
from contracts.comparing.diff.volatile import BOOKING, CURSOR, DAY, Volatile, bookings, dates_moved
from contracts.exchange import Answer, Request
from contracts.spec.contract import Contract
from contracts.target.credentials import PUBLIC

WEEK = 7 * DAY
_OWN_KEY = re.compile(r"[!-~]{1,200}")


class Replay:
    def __init__(self, contract: Contract, recording: Recording, side: Side, mask: Callable[[str], str]) -> None:
        self._contract = contract
        self._recording = recording
        self._side = side
        self._given: dict[str, str] = {}  # what the server gave, by what was given then
        self._unmade: set[str] = set()  # numbers of bookings that were made then alone
        self.incomplete = ""
        self.comparison = Comparison(contract, mask)

    def go(self) -> Comparison:
        """Raises UnreachableError. Ctrl-C ends it early."""
        side, recording = self._side, self._recording
        with side.kept():
            now = side.now()
            weeks = -int(-(now - recording.began) // WEEK)  # the week that comes, for no clock goes back
            if side.control is None:
                weeks = round((now - recording.began) / WEEK)
            moved = weeks * WEEK
            side.begin_replay(recording.began + moved)
            then = Volatile(self._contract, recording.origin, side.run, recording.began, exact=False)
            try:
                for entry in recording.entries:
                    side.reach(entry.moment + moved)
                    self._play(entry, moved, then)
            except KeyboardInterrupt:
                self.incomplete = "it was interrupted"
        return self.comparison

    def _play(self, entry: Entry, moved: int, then: Volatile) -> None:
        request = self._request(entry, moved)
        name = f"entry {entry.number}"
        if reason := self._why_not(entry, request):
            self.comparison.left_out.append((name, reason))
            self._unmade |= {booking[BOOKING[-1]] for booking in bookings(entry.answer.json)} - self._given.keys()
            return
        live = self._side.put(request)
        if isinstance(live, Answer):
            self._given.update(_pairs(entry.answer.json, live.json))
        fields, others = fields_of(self._contract, entry.answer, then), self._side.fields(live)
        self.comparison.add(name, "", entry.number, (entry.answer, fields), (live, others))

    def _why_not(self, entry: Entry, request: Request) -> str:
        """Why it cannot be asked, or ""."""
        operation = self._contract.operations.get(request.operation or "")
        if not self._side.may_send(request):
            return "it may write: --allow-writes"
        if any(number.casefold() in entry.path.casefold() for number in self._unmade):
            return "the booking that it is about was not made here"
        if operation and operation.key_kind and entry.keyed and not self._is_unknown(entry) and request.key is None:
            return f"it needs the {operation.key_kind} key"
        return ""

    def _is_unknown(self, entry: Entry) -> bool:
        return entry.answer.status in self._contract.statuses_of("unknown_key")

    def _request(self, entry: Entry, moved: int) -> Request:
        asked = entry.request
        url = self._side.credentials.url.rstrip("/") + self._now(entry.path, moved)
        content = None
        if asked.content is not None:
            content = self._now(asked.content.decode("utf-8", "surrogateescape"), moved).encode(
                "utf-8", "surrogateescape"
            )
        headers, label = dict(self._headers(asked)), self._label(entry)
        if entry.keyed and label is None:
            headers[self._contract.key_header] = self._side.unknown_key()
        return Request(asked.method, url, asked.operation, label, headers, content)

    def _now(self, text: str, moved: int) -> str:
        for then, now in self._given.items():
            text = re.sub(re.escape(then), now.replace("\\", r"\\"), text, flags=re.IGNORECASE)
        return dates_moved(text, timedelta(seconds=moved))

    def _headers(self, asked: Request) -> Iterator[tuple[str, str]]:
        """Those that the API reads."""
        operation = self._contract.operations.get(asked.operation or "")
        known = {"content-type", self._contract.rule("http.request_id")["header"].lower()}
        for name, value in asked.headers.items():
            if name.lower() == self._contract.idempotency.header.lower() and self._side.control is None:
                # Keys that were used then may be in use still.
                yield name, f"{value}-{self._side.run}" if _OWN_KEY.fullmatch(value) else value
            elif name.lower() in known or (operation and name.lower() in operation.headers):
                yield name, value

    def _label(self, entry: Entry) -> str | None:
        """Of the key to be sent: recordings hold none. None too where one was sent that was not known."""
        if not entry.keyed or self._is_unknown(entry):
            return None
        operation = self._contract.operations.get(entry.request.operation or "")
        label = (operation and operation.key_kind) or PUBLIC
        return label if label in self._side.credentials.keys else None


def _pairs(then: Any, now: Any) -> Iterator[tuple[str, str]]:
    """What two answers gave for the same."""
    for old, new in zip(bookings(then), bookings(now), strict=False):
        yield from ((old[name], new[name]) for name in BOOKING)
    if isinstance(then, dict) and isinstance(now, dict):
        old_cursor, new_cursor = then.get(CURSOR), now.get(CURSOR)
        if isinstance(old_cursor, str) and isinstance(new_cursor, str) and old_cursor:
            yield old_cursor, new_cursor
