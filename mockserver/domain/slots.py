"""Which slots a service offers (/api/availability/get-slots)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mockserver.domain.bookings import Booking
from mockserver.domain.hours import starts
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Service


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that one host could take; seats that are free in it out of `capacity`."""

    start: int
    end: int
    host: str
    capacity: int
    free: int


def bookable_starts(organization: Organization, service: Service, first: int, last: int, now: int) -> Iterator[int]:
    """Starts in [first, last) on the grid of the opening hours, later than now and within the booking window."""
    calendar = service.calendar
    first = max(first, now + 1)
    last = min(last, now + calendar.booking_window_days * 86400 + 1)
    if first < last:
        yield from starts(organization.hours, calendar.slot_interval, calendar.duration, first, last)


def slots_of_host(
    service: Service, host: str, candidates: Iterable[int], booked: Sequence[Booking], widest_buffer: int
) -> Iterator[Slot]:
    """The candidates, in order, at which the host has a free seat.

    `booked` holds the host's active bookings, by start; `widest_buffer` (seconds) bounds how far any of them reaches.
    """
    length = service.calendar.duration * 60
    begin = 0
    for start in candidates:
        end = start + length
        while begin < len(booked) and booked[begin].end + widest_buffer <= start:
            begin += 1
        free = _free_seats(service, start, end, booked, begin, widest_buffer)
        if free > 0:
            yield Slot(start, end, host, service.calendar.seats, free)


def _free_seats(
    service: Service, start: int, end: int, booked: Sequence[Booking], begin: int, widest_buffer: int
) -> int:
    """Bookings of this very slot take seats; any other that comes too near blocks it, whatever seats are free."""
    free = service.calendar.seats
    for index in range(begin, len(booked)):
        booking = booked[index]
        if booking.start >= end + widest_buffer:
            break
        if booking.start == start and booking.service == service.slug:
            free -= booking.party_size
        elif _too_near(service, start, end, booking):
            return 0
    return free


def _too_near(service: Service, start: int, end: int, booking: Booking) -> bool:
    """Each one's buffers must keep clear of the other's bare time, so the larger buffer counts, not their sum."""
    before = max(service.calendar.buffer_before * 60, booking.buffer_after)
    after = max(service.calendar.buffer_after * 60, booking.buffer_before)
    return booking.start < end + after and start - before < booking.end
