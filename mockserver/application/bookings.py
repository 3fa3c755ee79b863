"""The use cases of the Booking API: one method for each operation, in the domain's own words."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from mockserver.application.availability import Availability, Search
from mockserver.application.webhooks import Webhooks
from mockserver.domain.bookings import Booking, BookingStatus, Contact
from mockserver.domain.choices import Choices
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.domain.services import CancellationPolicy, Service
from mockserver.domain.slots import Slots
from mockserver.ports import State, Work

DAY = 86400


class Wish(NamedTuple):
    """What a client asks createBooking for; times in Unix seconds."""

    organization: Organization
    service: str
    start: int
    end: int
    timezone: str
    contact: Contact
    party_size: int = 1
    host: str | None = None
    team: str | None = None
    notes: str | None = None


class Filter(NamedTuple):
    """What a client asks listBookings for; `after` is the (start, id) of the last booking already seen."""

    first: int | None = None
    last: int | None = None
    status: BookingStatus | None = None
    service: str | None = None
    limit: int = 50
    after: tuple[int, str] | None = None


class BookingService:
    """Organizations by slug, their bookings in the state. `now` is always in whole Unix seconds.

    A refusal on account of one end of a booking names it in its detail `moment`: start or end.
    """

    def __init__(
        self,
        organizations: Mapping[str, Organization],
        state: State,
        availability: Availability,
        max_range_days: int,
        range_slack: int,
        webhooks: Webhooks,
        choices: Choices,
    ) -> None:
        """Availability spans `max_range_days` and `range_slack` seconds at most."""
        self.organizations = organizations
        self._state = state
        self._availability = availability
        self._max_range = max_range_days
        self._range_slack = range_slack
        self._webhooks = webhooks
        self._choices = choices
        self._refusals = choices.refusals

    # --- organizations and services

    def organization(self, slug: str) -> Organization:
        """Raises Refused(unknown_organization)."""
        organization = self.organizations.get(slug)
        if organization is None:
            raise Refused("unknown_organization")
        return organization

    # --- availability

    def availability(
        self, organization: Organization, service_slug: str, first: int, last: int, party_size: int, now: int
    ) -> Slots:
        """Slots starting in [first, last) with enough free seats, by start, then host.

        Raises Refused(unknown_service | range_reversed | range_too_long).
        """
        first, last = self.require_range(first, last)
        service = organization.bookable_service(service_slug)
        search = Search(organization, service, organization.hosts_of(service), now, party_size, listing=True)
        return self._availability.slots(search, first, last)

    def reschedule_availability(self, booking: Booking, first: int, last: int, now: int) -> Slots:
        """Slots that the booking could move to; its own seats count as free. The range has been checked."""
        return self._availability.slots(self._elsewhere(booking, now)._replace(listing=True), first, last)

    # --- bookings

    def create_booking(self, wish: Wish, now: int) -> Booking:
        """Raises Refused in the order of the contract's `bookings.precedence`."""
        organization = wish.organization
        service = organization.bookable_service(wish.service)
        self._require_duration(service, wish.start, wish.end)
        hosts = self._wanted_hosts(organization, service, wish)
        _require_bookable_time(service, wish.start, now)
        with self._state.work() as work:
            slot = self._availability.take(Search(organization, service, hosts, now, wish.party_size), wish.start)
            booking = Booking(
                id=self._new_id(work),
                organization=organization.slug,
                service=service.slug,
                host=slot.host,
                team=wish.team or (service.fulfillment.id if service.fulfillment.kind == "team" else None),
                status="pending" if service.requires_confirmation else "confirmed",
                start=slot.start,
                end=slot.end,
                timezone=wish.timezone,
                contact=wish.contact,
                party_size=wish.party_size,
                notes=wish.notes,
                buffer_before=service.calendar.buffer_before * 60,
                buffer_after=service.calendar.buffer_after * 60,
                created_at=now,
            )
            work.bookings.save(booking)
            self._webhooks.announce(work, "created", booking, service)
        return booking

    def find_booking(self, confirmation_number: str) -> Booking:
        """Upper and lower case are the same. Raises Refused(unknown_booking)."""
        with self._state.look() as work:
            booking = work.bookings.get(confirmation_number.lower())
        if booking is None:
            raise Refused("unknown_booking")
        return booking

    def verified_booking(self, confirmation_number: str, contacts: Collection[str]) -> Booking:
        """For whoever gives its contact, in one of several readings.

        Raises Refused(unknown_booking | contact_mismatch).
        """
        booking = self.find_booking(confirmation_number)
        exact = self._choices.exact_email
        if not any(booking.contact.matches(contact, exact) for contact in contacts):
            raise Refused("contact_mismatch")
        return booking

    def cancel_booking(self, booking_id: str, now: int) -> Booking:
        """Raises Refused(already_canceled | already_begun | inside_notice_period)."""
        with self._state.work() as work:
            booking = self.find_booking(booking_id)
            _, service = self.offer_of(booking)
            canceled = booking.cancel(self._notice(service), now)
            work.bookings.save(canceled)
            self._webhooks.announce(work, "canceled", canceled, service)
        return canceled

    def reschedule_booking(
        self, booking_id: str, start: int, end: int, timezone: str | None, notes: str | None, now: int
    ) -> Booking:
        """Releases the old slot and takes the new one in one step; keeps the host if it can.

        Raises Refused: what forbids changing the booking at all, then what forbids the new time, as in creation.
        """
        with self._state.work() as work:
            booking = self.find_booking(booking_id)
            _, service = self.offer_of(booking)
            booking.require_change_allowed(self._notice(service), now)
            if start == booking.start and "same_time" in self._refusals:
                raise Refused("same_time")
            self._require_duration(service, start, end)
            _require_bookable_time(service, start, now)
            slot = self._availability.take(self._elsewhere(booking, now), start)
            moved = booking.reschedule(start=slot.start, end=slot.end, host=slot.host, timezone=timezone, notes=notes)
            work.bookings.save(moved)
            self._webhooks.announce(work, "rescheduled", moved, service)
        return moved

    def confirm_booking(self, booking_id: str) -> Booking:
        """What staff do with a pending booking. Raises Refused(unknown_booking | already_canceled)."""
        with self._state.work() as work:
            confirmed = self.find_booking(booking_id).confirm()
            work.bookings.save(confirmed)
        return confirmed

    def cancel_by_staff(self, booking_id: str) -> Booking:
        """Without regard to notice. Raises Refused(unknown_booking | already_canceled)."""
        with self._state.work() as work:
            canceled = self.find_booking(booking_id).cancel_by_staff()
            work.bookings.save(canceled)
            _, service = self.offer_of(canceled)
            self._webhooks.announce(work, "canceled", canceled, service)
        return canceled

    def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        """One page of bookings by (start, id), and whether more follow."""
        if self._choices.newest_first:
            return self._newest_first(organization, wanted)
        page: list[Booking] = []
        after = wanted.after
        if wanted.first is not None:
            after = max(after or (0, ""), (wanted.first, ""))
        with self._state.look() as work:
            for booking in work.bookings.of_organization(organization.slug, after):
                if wanted.last is not None and booking.start >= wanted.last:
                    break
                if self._is_wanted(booking, wanted):
                    if len(page) == wanted.limit:
                        return page, True
                    page.append(booking)
        return page, False

    def _newest_first(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        """Out of all: nothing is kept in that order."""
        with self._state.look() as work:
            found = [
                booking
                for booking in work.bookings.of_organization(organization.slug, (wanted.first or 0, ""))
                if (wanted.last is None or booking.start < wanted.last)
                and (wanted.after is None or (booking.start, booking.id) < wanted.after)
                and self._is_wanted(booking, wanted)
            ]
        found.reverse()
        return found[: wanted.limit], len(found) > wanted.limit

    def _is_wanted(self, booking: Booking, wanted: Filter) -> bool:
        listed = wanted.status == booking.status or (
            wanted.status is None and (booking.active or self._choices.canceled_listed)
        )
        return listed and wanted.service in (None, booking.service)

    def offer_of(self, booking: Booking) -> tuple[Organization, Service]:
        organization = self.organizations[booking.organization]
        return organization, organization.services[booking.service]

    # --- what operations have in common

    def require_range(self, first: int, last: int) -> tuple[int, int]:
        """The part of it for which slots are told. Raises Refused(range_reversed | range_too_long)."""
        if first >= last and "range_reversed" in self._refusals:
            raise Refused("range_reversed")
        longest = self._max_range * DAY + self._range_slack
        if last - first > longest and "range_too_long" in self._refusals:
            raise Refused("range_too_long", days=self._max_range)
        return first, min(last, first + longest)

    def _require_duration(self, service: Service, start: int, end: int) -> None:
        """Where another end is none of the refusals, it is corrected: a slot has its own."""
        minutes = service.calendar.duration
        if end - start != minutes * 60 and "wrong_duration" in self._refusals:
            raise Refused("wrong_duration", moment="end", minutes=minutes)

    def _notice(self, service: Service) -> CancellationPolicy:
        """That a change of a booking is judged by."""
        policy = service.calendar.cancellation
        return policy if "inside_notice_period" in self._refusals else policy._replace(notice_hours=0)

    def _wanted_hosts(self, organization: Organization, service: Service, wish: Wish) -> tuple[str, ...]:
        """Raises Refused(unknown_host | unknown_team)."""
        if wish.host is not None and wish.host not in organization.hosts:
            raise Refused("unknown_host")
        if wish.team is not None and wish.team not in organization.teams:
            raise Refused("unknown_team")
        hosts = organization.hosts_of(service, wish.team)
        return hosts if wish.host is None else tuple(host for host in hosts if host == wish.host)

    def _elsewhere(self, booking: Booking, now: int) -> Search:
        """Where a booking could go: to hosts of the team that it was made for, if it was."""
        organization, service = self.offer_of(booking)
        hosts = organization.hosts_of(service, booking.team)
        return Search(organization, service, hosts, now, booking.party_size, moving=booking)

    def _new_id(self, work: Work) -> str:
        while work.bookings.get(booking_id := work.ids.booking_id()) is not None:
            pass
        return booking_id


def _require_bookable_time(service: Service, start: int, now: int) -> None:
    if start <= now:
        raise Refused("start_in_past", moment="start")
    days = service.calendar.booking_window_days
    if start > now + days * DAY:
        raise Refused("beyond_booking_window", moment="start", days=days)
