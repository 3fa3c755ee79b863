"""Pages of the list that are turned wrongly."""

import base64
from collections.abc import Callable
from dataclasses import replace

import orjson

from mockserver.application.bookings import BookingService, Filter
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.mutants.shapes import having, queries, without
from mockserver.web.api.exchange import Exchange, Reply, encode
from mockserver.web.api.platform import PlatformApi


class ExpectsMoreOfFullPages(BookingService):
    def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        page, more = super().list_bookings(organization, wanted)
        return page, more or len(page) == wanted.limit


class CountsOff(PlatformApi):
    """A cursor is the number of bookings that went before."""

    def list_bookings(self, exchange: Exchange) -> Reply:
        query = dict(exchange.query)
        skipped = self._skipped(str(query.pop("cursor", "")))
        limit = query.get("limit", self._default_limit)
        exchange.query = having(limit=skipped + limit)(query)
        reply = super().list_bookings(exchange)
        answer = orjson.loads(reply.body)
        answer["bookings"] = answer["bookings"][skipped:]
        if "next_cursor" in answer:
            answer["next_cursor"] = base64.urlsafe_b64encode(f"{skipped + limit}".encode()).decode()
        return replace(reply, body=encode(answer))

    def _skipped(self, cursor: str) -> int:
        try:
            return int(base64.urlsafe_b64decode(cursor) or 0)
        except ValueError:
            raise Refused("invalid_cursor", field="cursor") from None


class TurnsOnce(PlatformApi):
    """A cursor that was followed is forgotten."""

    def list_bookings(self, exchange: Exchange) -> Reply:
        cursor, followed = exchange.query.get("cursor"), self.__dict__.setdefault("_followed", set())
        if cursor in followed:
            exchange.query = without("cursor")(dict(exchange.query))
        elif cursor is not None:
            followed.add(cursor)
        return super().list_bookings(exchange)


def after_the_first(change: Callable[[Filter], Filter]) -> Apply:
    """What comes after a cursor is what a changed filter finds."""

    class Changes(BookingService):
        def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
            return super().list_bookings(organization, change(wanted) if wanted.after else wanted)

    return lambda parts: replace(parts, bookings=Changes)


MUTANTS = (
    Mutant(
        "page-of-two-by-default",
        "platform.limit",
        "A list without a limit has two bookings, though more follow.",
        queries(lambda query: {"limit": "2", **query}, "listBookings"),
    ),
    Mutant(
        "cursor-forgets-status",
        "platform.cursor",
        "After a cursor bookings of every status are listed.",
        after_the_first(lambda wanted: wanted._replace(status=None)),
    ),
    Mutant(
        "full-page-promises-more",
        "platform.next_cursor",
        "A page that is full has a next_cursor, even where it is the last.",
        lambda parts: replace(parts, bookings=ExpectsMoreOfFullPages),
    ),
    Mutant(
        "pages-counted-off",
        "platform.cursor",
        "A cursor is how many bookings went before, however many are made meanwhile.",
        lambda parts: replace(parts, platform=CountsOff),
    ),
    Mutant(
        "cursor-works-once",
        "platform.cursor",
        "A cursor that is followed again leads to the first page.",
        lambda parts: replace(parts, platform=TurnsOnce),
    ),
)
