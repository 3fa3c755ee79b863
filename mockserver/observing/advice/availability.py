"""Who books asks first what is free: what was offered can be booked (/api/availability/get-slots)."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson

from mockserver.domain.instants import parse_instant
from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent, caller, succeeded
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

MOST_RANGES = 200
"""That are remembered of one service and caller."""
_NOT_FREE = frozenset({"slot_not_offered", "not_a_slot", "party_too_large"})


class Availability:
    """What was asked `seconds` before a booking, or less, counts. `replayed_header` tells that nothing was booked."""

    judges_what_is_missing = True

    def __init__(self, replayed_header: str | None, seconds: float) -> None:
        self.operations: Collection[str] = frozenset({"getAvailability", "createBooking"})
        self._replayed = replayed_header
        self._window = seconds * SECOND
        self._asked: Recent[tuple[object, ...], dict[tuple[str, str], int]] = Recent()  # moments, by range

    def look(self, entry: Entry) -> Sequence[Sign]:
        if entry.operation == "getAvailability":
            if succeeded(entry):
                self._remember(entry)
            return ()
        if not self._decided(entry):
            return ()
        try:
            body = orjson.loads(entry.body)
        except ValueError:  # it was cut
            return ()
        if "starts_at" not in body:  # another body's answer was given again
            return ()
        return () if self._was_asked(entry, body) else self._booked(entry)

    def _decided(self, entry: Entry) -> bool:
        """Did the rules say whether it can be booked?"""
        return entry.cause in _NOT_FREE or (succeeded(entry) and self._replayed not in entry.answer_headers[::2])

    def _remember(self, entry: Entry) -> None:
        asked = dict(pair.split("=", 1) for pair in entry.query.split("&") if "=" in pair)
        service = caller(entry), _read(asked, "org_slug"), _read(asked, "service_slug")
        ranges = self._asked.get(service) or {}
        span = asked.get("from", ""), asked.get("to", "")
        ranges.pop(span, None)
        ranges[span] = entry.arrived
        if len(ranges) > MOST_RANGES:
            del ranges[next(iter(ranges))]
        self._asked.set(service, ranges)

    def _was_asked(self, entry: Entry, body: dict[str, Any]) -> bool:
        start = parse_instant(body["starts_at"])
        ranges = self._asked.get((caller(entry), body["org_slug"], body["service_slug"])) or {}
        return any(
            entry.arrived - moment <= self._window and _asked(first) <= start < _asked(last)
            for (first, last), moment in reversed(ranges.items())
        )

    def _booked(self, entry: Entry) -> Sequence[Sign]:
        detail = f"a slot of {entry.organization} was asked for, and not before whether it is free"
        return (Sign("availability.not-asked", detail, (Trace.of(entry),)),)


def _read(asked: dict[str, str], name: str) -> str:
    return unquote_plus(asked.get(name, ""))


@lru_cache(maxsize=4096)
def _asked(value: str) -> int:
    """Of a value in a query that the operation has taken."""
    return parse_instant(unquote_plus(value))
