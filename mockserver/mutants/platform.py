"""What an organization's own systems do not get to see, or see otherwise."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

from mockserver.application.bookings import BookingService, Filter
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.mutants.altered import Json
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.mutants.shapes import absent, answers, objects, queries, renamed, without
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.platform import PlatformApi
from mockserver.web.api.tenancy import Tenancy

LIST = "listBookings"
MOST = 200


class ForgetsCanceled(BookingService):
    def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        every, _ = super().list_bookings(organization, wanted._replace(limit=sys.maxsize))
        active = [booking for booking in every if booking.active]
        return active[: wanted.limit], len(active) > wanted.limit


class LosesOneOnEachPage(BookingService):
    def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        if wanted.after is None:
            return super().list_bookings(organization, wanted)
        bookings, more = super().list_bookings(organization, wanted._replace(limit=wanted.limit + 1))
        return bookings[1:], more


class StartsAgain(PlatformApi):
    def list_bookings(self, exchange: Exchange) -> Reply:
        try:
            return super().list_bookings(exchange)
        except Refused as refusal:
            if refusal.cause != "invalid_cursor":
                raise
            exchange.query = without("cursor")(dict(exchange.query))
            return super().list_bookings(exchange)


class ReadsAnotherHeader(Tenancy):
    def __init__(
        self,
        organizations: Callable[[str], Organization],
        by_id: Mapping[str, Organization],
        organization_header: str,
    ) -> None:
        super().__init__(organizations, by_id, "x-organization")


class WantsTheBareId(Tenancy):
    def _named_by_header(self, exchange: Exchange, own: str) -> Organization:
        if (exchange.header(self._variable) or "").startswith("org_"):
            raise Refused("organization_mismatch")
        return super()._named_by_header(exchange, own)


def filtered(change: Callable[[Filter], Filter]) -> Apply:
    """Lists what a changed filter finds."""

    class Filters(BookingService):
        def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
            return super().list_bookings(organization, change(wanted))

    return lambda parts: replace(parts, bookings=Filters)


def _after_first(wanted: Filter) -> Filter:
    return wanted if wanted.first is None else wanted._replace(first=wanted.first + 1)


def _until_last(wanted: Filter) -> Filter:
    return wanted if wanted.last is None else wanted._replace(last=wanted.last + 1)


def _latest_first(answer: Json) -> Json:
    return {**answer, "bookings": answer["bookings"][::-1]}


def _at_most(query: Json) -> Json:
    limit = query.get("limit")
    too_many = isinstance(limit, str) and limit.isdecimal() and int(limit) > MOST
    return {**query, "limit": str(MOST)} if too_many else query


MUTANTS = (
    Mutant(
        "canceled-not-listed",
        "platform.canceled_listed",
        "The list of bookings leaves out the canceled ones.",
        lambda parts: replace(parts, bookings=ForgetsCanceled),
    ),
    Mutant(
        "bookings-not-listed",
        "operations.listBookings",
        "There is no list of bookings: its path is unknown.",
        absent(LIST),
    ),
    Mutant(
        "organization-header-renamed",
        "platform.organization_header",
        "The organization is read from another header than x-organization-id.",
        lambda parts: replace(parts, tenancy=ReadsAnotherHeader),
    ),
    Mutant(
        "whole-organization-id-refused",
        "platform.organization_header_forms",
        "The whole id of an organization, `org_` included, does not match its key.",
        lambda parts: replace(parts, tenancy=WantsTheBareId),
    ),
    Mutant(
        "from-ignored",
        "platform.filter.from",
        "The list of bookings begins with the first, whatever `from` says.",
        filtered(lambda wanted: wanted._replace(first=None)),
    ),
    Mutant(
        "from-exclusive",
        "platform.filter.from",
        "The list of bookings leaves out what starts at `from`.",
        filtered(_after_first),
    ),
    Mutant(
        "to-ignored",
        "platform.filter.to",
        "The list of bookings goes on to the last, whatever `to` says.",
        filtered(lambda wanted: wanted._replace(last=None)),
    ),
    Mutant(
        "to-inclusive",
        "platform.filter.to",
        "The list of bookings has what starts at `to`.",
        filtered(_until_last),
    ),
    Mutant(
        "status-filter-ignored",
        "platform.filter.status",
        "The list has bookings of every status, whichever was asked for.",
        filtered(lambda wanted: wanted._replace(status=None)),
    ),
    Mutant(
        "service-filter-ignored",
        "platform.filter.service",
        "The list has bookings of every service, whichever was asked for.",
        filtered(lambda wanted: wanted._replace(service=None)),
    ),
    Mutant(
        "page-one-longer",
        "platform.limit",
        "A page of the list has one booking more than `limit`.",
        filtered(lambda wanted: wanted._replace(limit=wanted.limit + 1)),
    ),
    Mutant(
        "page-too-long-cut",
        "platform.limit",
        "A limit above 200 is taken for 200, not refused.",
        queries(_at_most, LIST),
    ),
    Mutant(
        "page-loses-first",
        "platform.cursor",
        "Every page but the first leaves out a booking.",
        lambda parts: replace(parts, bookings=LosesOneOnEachPage),
    ),
    Mutant(
        "unknown-cursor-accepted",
        "errors.400.invalid_cursor",
        "A cursor that this server never gave leads to the first page.",
        lambda parts: replace(parts, platform=StartsAgain),
    ),
    Mutant(
        "last-cursor-null",
        "platform.next_cursor",
        "On the last page next_cursor is null, not absent.",
        answers(lambda answer: {"next_cursor": None, **answer}, LIST),
    ),
    Mutant(
        "next-cursor-missing",
        "platform.next_cursor",
        "There is no next_cursor, though there are more bookings.",
        answers(without("next_cursor"), LIST),
    ),
    Mutant(
        "bookings-latest-first",
        "platform.order",
        "A page of the list has its latest booking first.",
        answers(_latest_first, LIST),
    ),
    Mutant(
        "bookings-called-data",
        "platform.list_answer",
        "The bookings of the list are called `data`.",
        answers(renamed("bookings", "data"), LIST),
    ),
    Mutant(
        "listed-without-contact",
        "platform.list_items",
        "Bookings in the list have no contact.",
        objects("bookings", without("contact"), LIST),
    ),
)
