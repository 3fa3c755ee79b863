"""Times and time zones that are read or written otherwise."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.domain.errors import Refused
from mockserver.mutants.altered import Json
from mockserver.mutants.amended import ruled
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.shapes import asked, mapped, objects
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.reading import Reader

_TIMES = ("from", "to", "starts_at", "ends_at", "start_at", "end_at")
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_OFFSET = re.compile(r"[+-]\d\d:\d\d$")


class TakesAnyZone(Reader):
    def timezone(self, values: Mapping[str, Any]) -> str | None:
        return values.get("timezone")


class TakesLeapSeconds(Reader):
    def instant(self, values: Mapping[str, Any], field: str) -> int:
        return super().instant({field: values[field].replace(":60", ":59")}, field)


class RefusesFractions(Reader):
    def instant(self, values: Mapping[str, Any], field: str) -> int:
        if "." in values[field]:
            raise Refused("invalid_field", field=field, problem="must not have a fraction")
        return super().instant(values, field)


class RoundsFractionsUp(Reader):
    def instant(self, values: Mapping[str, Any], field: str) -> int:
        return super().instant(values, field) + ("." in values[field])


class DropsOffsets(Reader):
    def instant(self, values: Mapping[str, Any], field: str) -> int:
        return super().instant({field: without_offset(values[field])}, field)


def _take_for_utc(exchange: Exchange) -> None:
    exchange.query = _in_utc(exchange.query)
    exchange.body = _in_utc(exchange.body)


def _in_utc(values: Mapping[str, Any]) -> Json:
    return mapped(with_z, *_TIMES)(dict(values))


def without_offset(moment: str) -> str:
    return _OFFSET.sub("Z", moment)


def with_z(value: Any) -> Any:
    return f"{value}Z" if isinstance(value, str) and _WITHOUT_ZONE.fullmatch(value) else value


def _with_milliseconds(moment: str) -> str:
    return moment.replace("Z", ".000Z")


def _with_offset(moment: str) -> str:
    return moment.replace("Z", "+00:00")


MUTANTS = (
    Mutant(
        "time-without-zone-accepted",
        "time.instant",
        "A time without `Z` or offset is taken for UTC, not refused.",
        asked(_take_for_utc),
    ),
    Mutant(
        "answers-with-milliseconds",
        "time.answers",
        "Times in answers have milliseconds.",
        objects("slots booking bookings", mapped(_with_milliseconds, "startsAt", "endsAt", "start_at", "end_at")),
    ),
    Mutant(
        "answers-with-offset",
        "time.utc_answers",
        "Times in answers end in +00:00, not in Z.",
        objects("slots booking bookings", mapped(_with_offset, "startsAt", "endsAt", "start_at", "end_at")),
    ),
    Mutant(
        "zone-without-name",
        "time.zone",
        "The time zone of slots and bookings is empty.",
        objects("slots booking bookings", mapped(lambda _: "", "timezone")),
    ),
    Mutant(
        "zone-unknown-accepted",
        "time.zone",
        "Any name is taken for that of a time zone.",
        lambda parts: replace(parts, reader=TakesAnyZone),
    ),
    Mutant(
        "any-year-accepted",
        "time.years",
        "Times may lie in any year from 1 to 9999.",
        ruled("time.years", {"first": 1, "last": 9999}),
    ),
    Mutant(
        "leap-second-accepted",
        "time.leap_second",
        "A leap second is taken for the second before it.",
        lambda parts: replace(parts, reader=TakesLeapSeconds),
    ),
    Mutant(
        "fraction-refused",
        "time.fraction",
        "A time with a fraction of a second is invalid.",
        lambda parts: replace(parts, reader=RefusesFractions),
    ),
    Mutant(
        "fraction-rounded-up",
        "time.fraction",
        "A fraction of a second counts as a whole one.",
        lambda parts: replace(parts, reader=RoundsFractionsUp),
    ),
    Mutant(
        "offset-dropped",
        "time.offset",
        "The offset of a time is overlooked: 10:00-05:00 is taken for 10:00Z.",
        lambda parts: replace(parts, reader=DropsOffsets),
    ),
)
