"""The operations of the Public Booking API that want a key."""

from collections.abc import Callable

from mockserver.application.availability import REMEMBERED
from mockserver.application.bookings import BookingService, Wish
from mockserver.application.memo import Memo
from mockserver.domain.errors import Refused
from mockserver.web.api import render
from mockserver.web.api.exchange import Exchange, Reply, encode
from mockserver.web.api.reading import Ends, Reader, contact
from mockserver.web.hosts import base_url
from mockserver.web.paths import invite_url

ENDS = Ends("starts_at", "ends_at")


class PublicApi:
    """Invites are at `invites`, an origin, or where the booking was made."""

    def __init__(self, bookings: BookingService, reader: Reader, invites: str | None = None) -> None:
        self._bookings = bookings
        self._invites = invites
        self._reader = reader
        # Organizations and services do not change while the mock runs: each is rendered once.
        self._listed = Memo[bytes](REMEMBERED)
        self._rendered: dict[tuple[str, str], bytes] = {}

    def get_organization(self, exchange: Exchange) -> Reply:
        organization = exchange.tenant
        return self._once((organization.slug, ""), render.organization, organization)

    def get_service(self, exchange: Exchange) -> Reply:
        organization = exchange.tenant
        service = organization.bookable_service(exchange.parameters["service_slug"])
        return self._once((organization.slug, service.slug), render.service, organization, service)

    def get_availability(self, exchange: Exchange) -> Reply:
        organization, query = exchange.tenant, exchange.query
        first, last = self._reader.instant(query, "from"), self._reader.instant(query, "to")
        timezone = self._reader.timezone(query)
        slots = self._bookings.availability(
            organization, query["service_slug"], first, last, query.get("partySize", 1), exchange.now
        )
        service = organization.bookable_service(query["service_slug"])
        question = organization.slug, service.slug, first, last, timezone
        body = self._listed.answer(question, slots, lambda: render.slots(organization, service, slots, timezone))
        return Reply.encoded(body)

    def create_booking(self, exchange: Exchange) -> Reply:
        body = exchange.body
        wish = Wish(
            organization=exchange.tenant,
            service=body["service_slug"],
            start=self._reader.instant(body, ENDS.start),
            end=self._reader.instant(body, ENDS.end),
            timezone=self._reader.timezone(body) or "",
            contact=contact(body["contact"]),
            party_size=int(body.get("party_size", 1)),
            host=body.get("host_id"),
            team=body.get("team_id"),
            notes=body.get("notes"),
        )
        try:
            booking = self._bookings.create_booking(wish, exchange.now)
        except Refused as refusal:
            raise ENDS.named(refusal) from None
        invites = self._invites or base_url(exchange.environ)
        answer = {
            "booking": render.booking_summary(booking, *self._bookings.offer_of(booking)),
            "calendar_invite": {"ics_url": invite_url(invites, booking.id)},
        }
        return Reply.json(answer, exchange.matched.success)

    def _once(self, name: tuple[str, str], rendering: Callable[..., dict[str, object]], *arguments: object) -> Reply:
        body = self._rendered.get(name)
        if body is None:
            body = self._rendered[name] = encode(rendering(*arguments))
        return Reply.encoded(body)
