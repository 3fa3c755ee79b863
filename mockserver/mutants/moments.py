"""Moments that are read wrongly in one place of one operation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mockserver.domain.errors import Refused
from mockserver.domain.instants import parse_instant, render_instant
from mockserver.mutants.instants import DropsOffsets, with_z, without_offset
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.mutants.shapes import asked, mapped
from mockserver.web.api.exchange import Exchange


def written(change: Callable[[Any], Any], operation: str, *members: str) -> Apply:
    """Of the query and the body of an operation these members are taken for what `change` makes of them."""

    def rewrite(exchange: Exchange) -> None:
        exchange.query = mapped(change, *members)(dict(exchange.query))
        exchange.body = mapped(change, *members)(exchange.body)

    return asked(rewrite, operation)


class DropsTheOffsetOfTo(DropsOffsets):
    def instant(self, values: Any, field: str) -> int:
        return super().instant(values, field) if field == "to" else super(DropsOffsets, self).instant(values, field)


def _refused_with_fraction(text: Any) -> Any:
    if "." in str(text):
        raise Refused("invalid_field", field="start_at", problem="must not have a fraction")
    return text


def _rounded_up(text: Any) -> Any:
    return render_instant(parse_instant(text) + 1) if "." in str(text) else text


def _of_seconds(text: Any) -> Any:
    """A number is taken for Unix seconds."""
    return f"{datetime.fromtimestamp(int(text), UTC):%Y-%m-%dT%H:%M:%SZ}" if str(text).isdecimal() else text


def _of_a_known_year(text: Any) -> Any:
    return str(text).replace("9999-", "9998-", 1)


def _before_the_leap(text: Any) -> Any:
    return str(text).replace(":60Z", ":59Z")


MUTANTS = (
    Mutant(
        "offset-dropped-in-to",
        "time.offset",
        "The end of a search is read without its offset, its beginning with it.",
        lambda parts: replace(parts, reader=DropsTheOffsetOfTo),
    ),
    Mutant(
        "list-drops-offsets",
        "time.offset",
        "In the filters of the list an offset is overlooked.",
        written(without_offset, "listBookings", "from", "to"),
    ),
    Mutant(
        "search-to-move-drops-offset",
        "time.offset",
        "Where a booking could be moved is searched to a moment without its offset.",
        written(without_offset, "getRescheduleAvailability", "to"),
    ),
    Mutant(
        "move-drops-offset-of-end",
        "time.offset",
        "The end to which a booking is moved is read without its offset.",
        written(without_offset, "rescheduleBooking", "end_at"),
    ),
    Mutant(
        "list-takes-time-without-zone",
        "time.instant",
        "In a filter of the list a time without offset is taken for UTC.",
        written(with_z, "listBookings", "to"),
    ),
    Mutant(
        "search-to-move-takes-time-without-zone",
        "time.instant",
        "Where a booking could be moved is searched from a time without offset.",
        written(with_z, "getRescheduleAvailability", "from"),
    ),
    Mutant(
        "move-takes-seconds",
        "time.instant",
        "A booking may be moved to an end in Unix seconds.",
        written(_of_seconds, "rescheduleBooking", "end_at"),
    ),
    Mutant(
        "creation-takes-time-without-zone",
        "time.instant",
        "A booking may be made until a time without offset.",
        written(with_z, "createBooking", "ends_at"),
    ),
    Mutant(
        "list-takes-any-year",
        "time.years",
        "The list may be asked for until the year 9999.",
        written(_of_a_known_year, "listBookings", "to"),
    ),
    Mutant(
        "list-takes-leap-seconds",
        "time.leap_second",
        "The list may be asked for from a leap second on.",
        written(_before_the_leap, "listBookings", "from"),
    ),
    Mutant(
        "move-refuses-fractions",
        "time.fraction",
        "A booking is not moved to a start with a fraction of a second.",
        written(_refused_with_fraction, "rescheduleBooking", "start_at"),
    ),
    Mutant(
        "list-rounds-fractions-up",
        "time.fraction",
        "In the list a fraction of a second counts as a whole one.",
        written(_rounded_up, "listBookings", "from", "to"),
    ),
)
