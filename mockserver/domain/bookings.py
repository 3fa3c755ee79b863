"""A booking and what may become of it (/api/bookings/create, /lookup, /cancel, /reschedule)."""

import re
from typing import Literal, NamedTuple, Self

from mockserver.domain.errors import Refused
from mockserver.domain.services import CancellationPolicy

BookingStatus = Literal["confirmed", "pending", "canceled"]
_NOT_PHONE = re.compile(r"[^0-9+]")


class Contact(NamedTuple):
    name: str
    email: str | None
    phone: str | None

    def matches(self, given: str, exact: bool = False) -> bool:
        """Whether `given` is the e-mail address or phone number of this contact.

        Addresses match without regard to case, unless `exact`, and to space around them, numbers after removing all but
        digits and `+`.
        """
        if self.email is not None and self.email.casefold() == given.strip().casefold():
            return not exact or self.email == given.strip()
        return self.phone is not None and _NOT_PHONE.sub("", given) == _NOT_PHONE.sub("", self.phone)


class Booking(NamedTuple):
    """`organization` and `service` are slugs; start and end in Unix seconds, buffers in seconds.

    A booking keeps the buffers it was made with. `sequence` counts its changes, as iCalendar wants it.
    """

    id: str
    organization: str
    service: str
    host: str
    team: str | None
    status: BookingStatus
    start: int
    end: int
    timezone: str
    contact: Contact
    party_size: int
    notes: str | None
    buffer_before: int
    buffer_after: int
    created_at: int
    sequence: int = 0

    @property
    def confirmation_number(self) -> str:
        return self.id.upper()

    @property
    def active(self) -> bool:
        """A canceled booking takes no seat."""
        return self.status != "canceled"

    def confirm(self) -> Self:
        """What staff do with a pending booking; a confirmed one stays as it is. Raises Refused(already_canceled)."""
        if not self.active:
            raise Refused("already_canceled")
        return self if self.status == "confirmed" else self._replace(status="confirmed", sequence=self.sequence + 1)

    def cancel_by_staff(self) -> Self:
        """At any time, whatever notice the service wants. Raises Refused(already_canceled)."""
        if not self.active:
            raise Refused("already_canceled")
        return self._replace(status="canceled", sequence=self.sequence + 1)

    def cancel(self, policy: CancellationPolicy, now: int) -> Self:
        """Raises Refused(already_canceled | already_begun | inside_notice_period)."""
        self.require_change_allowed(policy, now)
        return self.cancel_by_staff()

    def reschedule(self, *, start: int, end: int, host: str, timezone: str | None, notes: str | None) -> Self:
        """The booking at another time; `require_change_allowed` says whether that is allowed."""
        return self._replace(
            start=start,
            end=end,
            host=host,
            timezone=timezone or self.timezone,
            notes=self.notes if notes is None else notes,
            sequence=self.sequence + 1,
        )

    def require_change_allowed(self, policy: CancellationPolicy, now: int) -> None:
        """Judged by the present start. Raises Refused(already_canceled | already_begun | inside_notice_period)."""
        if not self.active:
            raise Refused("already_canceled")
        if self.start <= now:
            raise Refused("already_begun")
        if self.start - now < policy.notice_hours * 3600:
            raise Refused("inside_notice_period", hours=f"{policy.notice_hours:g}")


class Occupied(NamedTuple):
    """What bookings of one service take of one host at one time: all those with the same times and buffers as one."""

    start: int
    end: int
    service: str
    buffer_before: int
    buffer_after: int
    seats: int
    bookings: int

    @classmethod
    def by(cls, booking: Booking) -> Self:
        return cls(*place(booking), booking.party_size, 1)

    def without(self, booking: Booking) -> Self:
        """What is left once a booking goes, if it is one of these."""
        if self[:5] != place(booking):
            return self
        return self._replace(seats=self.seats - booking.party_size, bookings=self.bookings - 1)


def place(booking: Booking) -> tuple[int, int, str, int, int]:
    """What bookings have in common that stand in the way of others in the same manner."""
    return booking.start, booking.end, booking.service, booking.buffer_before, booking.buffer_after
