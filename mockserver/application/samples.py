"""What there is in a world to try an operation with: a service with a free slot, a booking that can be moved."""

from collections.abc import Iterator
from typing import NamedTuple

from mockserver.application.world import World
from mockserver.domain.bookings import Booking
from mockserver.domain.errors import Refused
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service
from mockserver.ports import SECOND

DAY = 86_400
DAYS = 7
"""Of the range in which slots are looked for; if there are none, in the weeks behind it."""
WEEKS = 5


class Sample(NamedTuple):
    """Times in Unix seconds; `slot` is the first free one in [first, last), `moved` the last one that `booking` could
    be moved to. None is what there is not."""

    organization: Organization
    service: Service | None
    first: int
    last: int
    slot: tuple[int, int] | None
    booking: Booking | None
    moved: tuple[int, int] | None


def sample_of(world: World, slug: str | None) -> Sample:
    """Of the organization of that slug, else of the first."""
    organizations = world.bookings.organizations
    organization = organizations.get(slug or "") or next(iter(organizations.values()))
    now = world.clock.now() // SECOND
    today = now - now % DAY
    service, first, slot = next(_free(world, organization, today, now), (None, today, None))
    if service is None:
        service = next((each for each in organization.services.values() if each.bookable), None)
    last = first + DAYS * DAY
    booking = _booking(world, organization, now)
    moved = None if booking is None else _elsewhere(world, booking, first, last, now)
    return Sample(organization, service, first, last, slot, booking, moved)


def _free(
    world: World, organization: Organization, today: int, now: int
) -> Iterator[tuple[Service, int, tuple[int, int]]]:
    """Slots, week by week, with the day on which the week begins."""
    for week in range(WEEKS):
        first = today + week * DAYS * DAY
        for service in organization.services.values():
            if service.bookable:
                slots = world.bookings.availability(organization, service.slug, first, first + DAYS * DAY, 1, now)
                for slot in slots:
                    yield service, first, (slot.start, slot.end)


def _booking(world: World, organization: Organization, now: int) -> Booking | None:
    """One that its customer may still change, else any."""
    found: Booking | None = None
    with world.state.look() as work:
        for booking in work.bookings.of_organization(organization.slug, None):
            if not booking.active:
                continue
            _, service = world.bookings.offer_of(booking)
            try:
                booking.require_change_allowed(service.calendar.cancellation, now)
            except Refused:
                found = found or booking
            else:
                return booking
    return found


def _elsewhere(world: World, booking: Booking, first: int, last: int, now: int) -> tuple[int, int] | None:
    slots = [slot.start for slot in world.bookings.reschedule_availability(booking, first, last, now)]
    length = booking.end - booking.start
    return (slots[-1], slots[-1] + length) if slots else None
