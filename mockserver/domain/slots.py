"""Which slots a service offers (/api/availability/get-slots)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import sub
from typing import NamedTuple

from mockserver.domain.bookings import Occupied
from mockserver.domain.grid import DAY_SECONDS, starts
from mockserver.domain.hours import Schedule
from mockserver.domain.services import Service

_BLOCKED = 1_000_000_000
"""More seats than any slot has."""


class Slot(NamedTuple):
    """A start that one host could take, with the seats that are free in it. Instants in Unix seconds.

    `capacity` is None where it is whatever is left.
    """

    start: int
    end: int
    host: str
    capacity: int | None
    free: int


@dataclass(slots=True)
class Slots:
    """Many slots of one service: `by_start` has the hosts that could take each start, with the seats free there.

    There may be thousands, so a Slot is made of one only where it is looked at. They come by start, then by host,
    provided that hosts are added in order.
    """

    length: int
    capacity: int | None
    by_start: dict[int, list[tuple[str, int]]]

    def add(self, host: str, starts: Sequence[int], free: Sequence[int], least: int, full: bool = False) -> None:
        """The starts at which the host has so many seats at least, and where it is wanted those that are `full`."""
        by_start = self.by_start
        for start, seats in zip(starts, free, strict=True):
            if seats >= least or (full and seats == 0):
                if start in by_start:
                    by_start[start].append((host, seats))
                else:
                    by_start[start] = [(host, seats)]

    def at(self, start: int) -> list[Slot]:
        end, capacity = start + self.length, self.capacity
        return [Slot(start, end, host, capacity, free) for host, free in self.by_start.get(start, ())]

    def __len__(self) -> int:
        return sum(map(len, self.by_start.values()))

    def __iter__(self) -> Iterator[Slot]:
        for start in sorted(self.by_start):
            yield from self.at(start)


def bookable_starts(schedule: Schedule, service: Service, first: int, last: int, now: int) -> Sequence[int]:
    """Starts in [first, last) on the schedule's grid, later than now and within the booking window."""
    calendar = service.calendar
    first = max(first, now + 1)
    last = min(last, now + calendar.booking_window_days * DAY_SECONDS + 1)
    return starts(schedule, calendar.slot_interval, calendar.duration, first, last) if first < last else ()


def free_seats(
    service: Service, candidates: Sequence[int], taken: Sequence[Occupied], buffers_add_up: bool = False
) -> list[int]:
    """What is left at each candidate, in order; negative where a booking is in the way.

    Bookings of the very slot take seats. Any other blocks each slot that it comes too near to, whatever seats are free:
    each one's buffers must keep clear of the other's bare time, so the larger buffer counts, unless they add up.
    """
    calendar, slug = service.calendar, service.slug
    length, own_before, own_after = calendar.duration * 60, calendar.buffer_before * 60, calendar.buffer_after * 60
    free = [calendar.seats] * len(candidates)
    if not taken:
        return free
    # Most bookings stand on the grid of their own service, where they are in nobody else's way: nearly all are of this
    # kind where there are many.
    if len(candidates) == 1:  # as when one is booked
        place_of = {candidates[0]: 0}
    elif min(map(sub, candidates[1:], candidates), default=_BLOCKED) >= length + own_before + own_after:
        place_of = {start: index for index, start in enumerate(candidates)}
    else:
        place_of = {}
    own = slug, own_before, own_after
    for start, end, booked, buffer_before, buffer_after, seats, bookings in taken:
        if start in place_of and end - start == length and (booked, buffer_before, buffer_after) == own:
            free[place_of[start]] -= seats
            continue
        if not bookings:
            continue
        if buffers_add_up:
            before, after = own_before + buffer_after, own_after + buffer_before
        else:
            before = own_before if own_before > buffer_after else buffer_after
            after = own_after if own_after > buffer_before else buffer_before
        earliest = bisect_right(candidates, start - length - after)
        latest = bisect_left(candidates, end + before, earliest)
        for index in range(earliest, latest):
            free[index] -= seats if candidates[index] == start and booked == slug else _BLOCKED
    return free
