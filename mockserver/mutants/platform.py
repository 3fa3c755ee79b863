"""What an organization's own systems do not get to see."""

import sys
from dataclasses import replace

from mockserver.domain.bookings import Booking
from mockserver.domain.organizations import Organization
from mockserver.mutants.mutant import Mutant
from mockserver.service import Calendar, Filter


class ForgetsCanceled(Calendar):
    def list_bookings(self, organization: Organization, wanted: Filter) -> tuple[list[Booking], bool]:
        every, _ = super().list_bookings(organization, replace(wanted, limit=sys.maxsize))
        active = [booking for booking in every if booking.active]
        return active[: wanted.limit], len(active) > wanted.limit


MUTANTS = (
    Mutant(
        "canceled-not-listed",
        "platform.canceled_listed",
        "The list of bookings leaves out the canceled ones.",
        lambda parts: replace(parts, calendar=ForgetsCanceled),
    ),
)
