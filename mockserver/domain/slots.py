"""Which slots a service offers (/api/availability/get-slots)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mockserver.domain.bookings import Booking
from mockserver.domain.grid import DAY_SECONDS, starts
from mockserver.domain.hours import Schedule
from mockserver.domain.services import Service

_BLOCKED = 1_000_000_000
"""More seats than any slot has."""


class Slot(NamedTuple):
    """A start that one host could take, with the seats that are free in it. Slots sort by start, then host."""

    start: int
    end: int
    host: str
    capacity: int
    free: int


def bookable_starts(schedule: Schedule, service: Service, first: int, last: int, now: int) -> list[int]:
    """Starts in [first, last) on the schedule's grid, later than now and within the booking window."""
    calendar = service.calendar
    first = max(first, now + 1)
    last = min(last, now + calendar.booking_window_days * DAY_SECONDS + 1)
    return starts(schedule, calendar.slot_interval, calendar.duration, first, last) if first < last else []


def slots_of_host(
    service: Service, host: str, candidates: Sequence[int], booked: Sequence[Booking], party_size: int
) -> Iterator[Slot]:
    """The candidates at which the host has seats for the party; `booked` are the host's active bookings near them."""
    length, seats = service.calendar.duration * 60, service.calendar.seats
    for start, free in zip(candidates, free_seats(service, candidates, booked), strict=True):
        if free >= party_size:
            yield Slot(start, start + length, host, seats, free)


def free_seats(service: Service, candidates: Sequence[int], booked: Sequence[Booking]) -> list[int]:
    """What is left at each candidate, in order; negative where a booking is in the way.

    Bookings of the very slot take seats. Any other blocks each slot that it comes too near to, whatever seats are free:
    each one's buffers must keep clear of the other's bare time, so the larger buffer counts, not their sum.
    """
    calendar = service.calendar
    free = [calendar.seats] * len(candidates)
    for booking in booked:
        before = max(calendar.buffer_before * 60, booking.buffer_after)
        after = max(calendar.buffer_after * 60, booking.buffer_before)
        earliest = bisect_right(candidates, booking.start - calendar.duration * 60 - after)
        latest = bisect_left(candidates, booking.end + before)
        for index in range(earliest, latest):
            same_slot = candidates[index] == booking.start and booking.service == service.slug
            free[index] -= booking.party_size if same_slot else _BLOCKED
    return free
