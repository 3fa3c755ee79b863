"""The starts that a schedule offers: wall times opening + n × interval, as instants."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from mockserver.domain.hours import DAY_MINUTES, Opening, Schedule
from mockserver.domain.localtime import DAY, first_instant, local_date, midnight, wall_time

DAY_SECONDS = 86400


def starts(schedule: Schedule, interval: int, duration: int, first: int, last: int) -> Sequence[int]:
    """Every start in [first, last), in order; interval and duration in minutes.

    A wall time that the clock skips (spring) is no start, one that it shows twice (autumn) is one at its first instant.
    A slot lasts `duration` of elapsed time and must end within the opening.
    """
    # A clock that is set back over midnight has shown the beginning of the next day before.
    end = local_date(last, schedule.timezone) + DAY
    found = _starts_between(schedule, interval, duration, local_date(first, schedule.timezone), end)
    return found[bisect_left(found, first) : bisect_left(found, last)]


@lru_cache(maxsize=1024)
def _starts_between(schedule: Schedule, interval: int, duration: int, day: date, end: date) -> tuple[int, ...]:
    """The starts whose wall times lie on these days, the last included."""
    found: list[int] = []
    while day <= end:
        found += _starts_on(schedule, interval, duration, day)
        day += DAY
    return tuple(found)


@lru_cache(maxsize=65536)
def _starts_on(schedule: Schedule, interval: int, duration: int, day: date) -> tuple[int, ...]:
    """The starts whose wall time lies on a day."""
    begins, ends = midnight(day, schedule.timezone), midnight(day + DAY, schedule.timezone)
    plain = ends - begins == DAY_SECONDS
    found: list[int] = []
    for opening in schedule.on(day):
        latest = _closes(schedule, day, opening, duration) - duration * 60
        for minute in _minutes(schedule, day, opening, interval):
            if plain:
                start = begins + minute * 60
            else:
                wall = datetime.combine(day, time()) + timedelta(minutes=minute)
                start = first_instant(wall, schedule.timezone)
                if wall_time(start, schedule.timezone) != wall:
                    continue
            if start <= latest:
                found.append(start)
    return tuple(sorted(found))


def _minutes(schedule: Schedule, day: date, opening: Opening, interval: int) -> Iterator[int]:
    """The grid's minutes of a day within one of its openings, counted from where that opening really began."""
    first = opening.opens
    if first == 0:
        began, minute = schedule.began(day)
        elapsed = (day - began).days * DAY_MINUTES - minute
        first = -elapsed % interval
    return iter(range(first, opening.closes, interval))


def _closes(schedule: Schedule, day: date, opening: Opening, duration: int) -> int:
    """The instant at which an opening closes; over midnight it is followed as far as a slot could reach."""
    closes, reach = opening.closes, opening.closes + duration + DAY_MINUTES
    while closes % DAY_MINUTES == 0 and closes < reach:
        following = schedule.on(day + timedelta(days=closes // DAY_MINUTES))[:1]
        if not following or following[0].opens != 0:
            break
        closes += following[0].closes
    wall = datetime.combine(day, time()) + timedelta(minutes=closes)
    return first_instant(wall, schedule.timezone)
