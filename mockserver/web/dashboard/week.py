"""A week as columns of blocks: where each booking is drawn. Pure; the page places the blocks, the reader gets a list.

A column is a local day, its minutes those that the clock on the wall shows, so that ten o'clock is at one height all
week. In the hour that a clock shows twice, blocks stand side by side, as those do that overlap; over the hour that it
skips, a block is as tall as the clock says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import NamedTuple

from mockserver.application.calendar import Calendar, Day
from mockserver.domain.bookings import Booking, place
from mockserver.domain.hours import DAY_MINUTES
from mockserver.domain.localtime import DAY, midnight, wall_time

USUAL = 9 * 60, 17 * 60
"""What is shown of a week in which there is nothing."""


class Block(NamedTuple):
    """Bookings of one slot on one day, drawn from `top` to `bottom` in the lane of that number, of so many.

    `clear_from` and `clear_to` are where their buffers end. `begins` and `ends` say whether the slot does so on this
    day; `seats` are those of the slot.
    """

    bookings: tuple[Booking, ...]
    seats: int
    top: int
    bottom: int
    clear_from: int
    clear_to: int
    begins: bool
    ends: bool
    lane: int = 0
    lanes: int = 1

    @property
    def first(self) -> Booking:
        return self.bookings[0]

    @property
    def taken(self) -> int:
        return sum(booking.party_size for booking in self.bookings)


class Column(NamedTuple):
    """`hours` is how long the day lasts: 24, but where clocks are changed."""

    day: Day
    hours: float
    blocks: Sequence[Block]


class Week(NamedTuple):
    """What is drawn lies in [top, bottom), whole hours in minutes of the day."""

    columns: Sequence[Column]
    top: int
    bottom: int

    @property
    def hours(self) -> Iterable[int]:
        return range(self.top // 60, self.bottom // 60)


def week_of(calendar: Calendar) -> Week:
    timezone = calendar.organization.timezone
    columns = [
        Column(
            day,
            (midnight(day.date + DAY, timezone) - midnight(day.date, timezone)) / 3600,
            laid_out(_blocks(calendar.bookings, calendar.seats, day.date, timezone)),
        )
        for day in calendar.days
    ]
    drawn = [(block.clear_from, block.clear_to) for column in columns for block in column.blocks]
    drawn += [(opening.opens, opening.closes) for column in columns for opening in column.day.openings]
    top = min((top for top, _ in drawn), default=USUAL[0])
    bottom = max((bottom for _, bottom in drawn), default=USUAL[1])
    return Week(columns, top - top % 60, min(bottom + -bottom % 60, DAY_MINUTES))


def _blocks(bookings: Iterable[Booking], seats: Mapping[str, int], day: date, timezone: str) -> Iterator[Block]:
    begins, ends = midnight(day, timezone), midnight(day + DAY, timezone)
    of_day = [booking for booking in bookings if booking.start < ends and booking.end > begins]
    of_day.sort(key=_slot)
    for _, of_slot in groupby(of_day, key=_slot):
        together = tuple(of_slot)
        first = together[0]
        top, bottom = _drawn(max(first.start, begins), min(first.end, ends), day, timezone)
        yield Block(
            together,
            seats[first.service],
            top,
            bottom,
            max(0, top - first.buffer_before // 60) if first.active else top,
            min(DAY_MINUTES, bottom + first.buffer_after // 60) if first.active else bottom,
            first.start >= begins,
            first.end <= ends,
        )


def _slot(booking: Booking) -> tuple[object, ...]:
    """What bookings have in common that share a block: those that share seats; a canceled one has none."""
    return booking.host, *place(booking), not booking.active, "" if booking.active else booking.id


def _drawn(start: int, end: int, day: date, timezone: str) -> tuple[int, int]:
    """Minutes of the day; at least one, also where the clock shows the same at the end as at the start."""
    top, bottom = _minute(start, day, timezone), _minute(end, day, timezone)
    if end >= midnight(day + DAY, timezone):
        bottom = DAY_MINUTES
    if bottom <= top:
        bottom = top + max(1, (end - start) // 60)
    return (top, bottom) if bottom <= DAY_MINUTES else (min(top, DAY_MINUTES - 1), DAY_MINUTES)


def _minute(instant: int, day: date, timezone: str) -> int:
    """What the clock shows; a clock that is set back over midnight shows yesterday."""
    shown = wall_time(instant, timezone) - datetime.combine(day, time())
    return max(0, min(DAY_MINUTES, int(shown.total_seconds()) // 60))


def laid_out(blocks: Iterable[Block]) -> list[Block]:
    """Side by side where they would lie over one another, in as few lanes as that takes."""
    found: list[Block] = []
    cluster: list[Block] = []
    reach = 0
    for block in sorted(blocks, key=lambda block: (block.top, -block.bottom)):
        if cluster and block.top >= reach:
            found += _lanes(cluster)
            cluster = []
        cluster.append(block)
        reach = max(reach, block.bottom) if len(cluster) > 1 else block.bottom
    return found + _lanes(cluster)


def _lanes(cluster: Sequence[Block]) -> list[Block]:
    free_from: list[int] = []  # of each lane
    placed = []
    for block in cluster:
        lane = next((lane for lane, free in enumerate(free_from) if free <= block.top), len(free_from))
        free_from[lane : lane + 1] = [block.bottom]
        placed.append(block._replace(lane=lane))
    return [block._replace(lanes=len(free_from)) for block in placed]
