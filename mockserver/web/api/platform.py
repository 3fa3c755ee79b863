"""The Platform API: what an organization's own systems see."""

import base64
import binascii
import re

from mockserver.application.bookings import BookingService, Filter
from mockserver.domain.errors import Refused
from mockserver.web.api import render
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.reading import Reader

_POSITION = re.compile(r"(-?[0-9]{1,12})\.(book_[a-z0-9]+)")


class PlatformApi:
    """`default_limit` is the page length where the client asks for none."""

    def __init__(self, bookings: BookingService, reader: Reader, default_limit: int) -> None:
        self._bookings = bookings
        self._reader = reader
        self._default_limit = default_limit

    def list_bookings(self, exchange: Exchange) -> Reply:
        query = exchange.query
        wanted = Filter(
            first=self._reader.optional_instant(query, "from"),
            last=self._reader.optional_instant(query, "to"),
            status=query.get("status"),
            service=query.get("service"),
            limit=query.get("limit", self._default_limit),
            after=read_cursor(query["cursor"]) if "cursor" in query else None,
        )
        bookings, more = self._bookings.list_bookings(exchange.tenant, wanted)
        answer: dict[str, object] = {"bookings": [render.booking(b, *self._bookings.offer_of(b)) for b in bookings]}
        if more:
            answer["next_cursor"] = write_cursor((bookings[-1].start, bookings[-1].id))
        return Reply.json(answer)


def write_cursor(position: tuple[int, str]) -> str:
    """Opaque to clients: the start and id of the last booking of a page."""
    start, booking_id = position
    return base64.urlsafe_b64encode(f"{start}.{booking_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[int, str]:
    """Raises Refused(invalid_cursor) for anything that `write_cursor` did not write."""
    try:
        position = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        raise Refused("invalid_cursor") from None
    match = _POSITION.fullmatch(position)
    if match is None or write_cursor(found := (int(match[1]), match[2])) != text:
        raise Refused("invalid_cursor")
    return found
