"""Who books asks first what is free: what was offered can be booked (/api/availability/get-slots)."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from mockserver.domain.instants import parse_instant
from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent, caller, succeeded
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

MOST_RANGES = 20
"""That are remembered of one service and caller."""
_NOT_FREE = frozenset({"slot_not_offered", "party_too_large"})


class _Asked(NamedTuple):
    """`start` and `end` of what was asked for in Unix seconds; `arrived` in nanoseconds."""

    start: int
    end: int
    arrived: int


class Availability:
    """What was asked `seconds` before a booking, or less, counts. `replayed_header` tells that nothing was booked."""

    operations = frozenset({"getAvailability", "createBooking"})
    judges_what_is_missing = True

    def __init__(self, replayed_header: str, seconds: float) -> None:
        self._replayed = replayed_header
        self._window = seconds * SECOND
        self._asked: Recent[tuple[object, ...], tuple[_Asked, ...]] = Recent()

    def look(self, entry: Entry) -> Sequence[Sign]:
        try:
            if entry.operation == "getAvailability":
                if succeeded(entry):
                    self._remember(entry, dict(parse_qsl(entry.query)))
            elif self._decided(entry):
                return self._booked(entry, orjson.loads(entry.body))
        except ValueError:  # a body that was cut
            pass
        return ()

    def _decided(self, entry: Entry) -> bool:
        """Did the rules say whether it can be booked?"""
        return entry.cause in _NOT_FREE or (succeeded(entry) and self._replayed not in entry.answer_headers[::2])

    def _remember(self, entry: Entry, query: dict[str, str]) -> None:
        service = caller(entry), query["org_slug"], query["service_slug"]
        asked = _Asked(parse_instant(query["from"]), parse_instant(query["to"]), entry.arrived)
        self._asked.set(service, (*(self._asked.get(service) or ()), asked)[-MOST_RANGES:])

    def _booked(self, entry: Entry, body: dict[str, Any]) -> Sequence[Sign]:
        start = parse_instant(body["starts_at"])
        for asked in self._asked.get((caller(entry), body["org_slug"], body["service_slug"])) or ():
            if asked.start <= start < asked.end and entry.arrived - asked.arrived <= self._window:
                return ()
        detail = f"a slot of {entry.organization} was asked for, and not before whether it is free"
        return (Sign("availability.not-asked", detail, (Trace.of(entry),)),)
