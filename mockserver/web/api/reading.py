"""Values that a schema has let through, as the domain wants them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.domain.bookings import Contact
from mockserver.domain.errors import Refused
from mockserver.domain.instants import parse_instant
from mockserver.domain.localtime import zones


class Reader:
    """Reads moments in the years that the API knows."""

    def __init__(self, first_year: int, last_year: int) -> None:
        self._years = f"{first_year} to {last_year}"
        self._first = parse_instant(f"{first_year:04}-01-01T00:00:00Z")
        self._last = parse_instant(f"{last_year:04}-12-31T23:59:59Z")
        self._zones = {name: name for name in zones()}  # bookings share the names

    def instant(self, values: Mapping[str, Any], field: str) -> int:
        """Unix seconds. Raises Refused(invalid_field), also for a leap second."""
        try:
            moment = parse_instant(values[field])
        except ValueError:
            raise Refused(
                "invalid_field", field=field, problem="is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z"
            ) from None
        if not self._first <= moment <= self._last:
            raise Refused("invalid_field", field=field, problem=f"must be in the years {self._years}")
        return moment

    def optional_instant(self, values: Mapping[str, Any], field: str) -> int | None:
        return self.instant(values, field) if field in values else None

    def timezone(self, values: Mapping[str, Any]) -> str | None:
        """An IANA name. Raises Refused(invalid_field)."""
        name: str | None = values.get("timezone")
        if name is None:
            return None
        known = self._zones.get(name)
        if known is None:
            raise Refused(
                "invalid_field", field="timezone", problem="is not an IANA time zone such as America/New_York"
            )
        return known


class Ends(NamedTuple):
    """What an operation calls the start and the end of a booking."""

    start: str
    end: str

    def named(self, refusal: Refused) -> Refused:
        """With the member on whose account the domain refuses, if it is one of them."""
        if "moment" in refusal.details:
            refusal.details["field"] = self.start if refusal.details["moment"] == "start" else self.end
        return refusal


class RawPlus(NamedTuple):
    """A `+` that was not escaped arrives as a space: whether one before a number, and those in an address's local part,
    may be it."""

    in_emails: bool = True
    in_phones: bool = True

    def contacts(self, text: str) -> tuple[str, ...]:
        """What a contact in a query may be."""
        if " " not in text:
            return (text,)
        local, at, host = text.rpartition("@")
        if at:
            return (text, f"{local.replace(' ', '+')}@{host}") if self.in_emails else (text,)
        return (f"+{text[1:]}" if text[0] == " " and self.in_phones else text,)


def contact(values: Mapping[str, Any]) -> Contact:
    return Contact(values["name"], values.get("email"), values.get("phone"))
