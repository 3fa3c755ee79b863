"""When an organization is open, and which starts its opening hours offer.

Opening hours are local wall times; what comes out are instants. A later tier (team, individual, dated exception) is a
further source of openings for a date, to be intersected here before the grid is laid.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Opening:
    """[opens, closes) in minutes after local midnight, 0 to 1440."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= DAY_MINUTES:
            raise ValueError(f"an opening must end after it begins, within one day: {self.opens}-{self.closes}")


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The openings of each weekday, Monday first, in one IANA time zone."""

    timezone: str
    days: tuple[tuple[Opening, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != len(WEEKDAYS):
            raise ValueError("weekly hours have seven days")
        for day in self.days:
            for earlier, later in pairwise(day):
                if later.opens < earlier.closes:
                    raise ValueError("the openings of a day must be in order and must not overlap")

    def on(self, day: date) -> tuple[Opening, ...]:
        return self.days[day.weekday()]


@cache
def zone(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


def local_date(seconds: int, timezone: str) -> date:
    return datetime.fromtimestamp(seconds, zone(timezone)).date()


def local_day(seconds: int, timezone: str) -> tuple[int, int]:
    """The first second of the local day that holds an instant, and of the day after it."""
    day = local_date(seconds, timezone)
    return _midnight(day, timezone), _midnight(day + timedelta(days=1), timezone)


def starts(hours: WeeklyHours, interval: int, duration: int, first: int, last: int) -> Iterator[int]:
    """Every start that the hours offer in [first, last), in order; interval and duration in minutes."""
    day = local_date(first, hours.timezone) - timedelta(days=1)
    end = local_date(last, hours.timezone) + timedelta(days=1)
    while day <= end:
        for start in _starts_on(hours, interval, duration, day):
            if first <= start < last:
                yield start
        day += timedelta(days=1)


@lru_cache(maxsize=16384)
def _starts_on(hours: WeeklyHours, interval: int, duration: int, day: date) -> tuple[int, ...]:
    return tuple(
        sorted({s for opening in hours.on(day) for s in _grid(opening, hours.timezone, interval, duration, day)})
    )


def _grid(opening: Opening, timezone: str, interval: int, duration: int, day: date) -> Iterator[int]:
    """Wall times opening + n × interval whose slot ends within the opening.

    A wall time that the clock skips (spring) yields nothing, one that it shows twice (autumn) its first instant.
    """
    midnight = datetime.combine(day, datetime.min.time())
    closes = _instant(midnight + timedelta(minutes=opening.closes), timezone)
    for minute in range(opening.opens, opening.closes, interval):
        wall = midnight + timedelta(minutes=minute)
        start = _instant(wall, timezone)
        exists = datetime.fromtimestamp(start, zone(timezone)).replace(tzinfo=None) == wall
        if exists and start + duration * 60 <= closes:
            yield start


def _midnight(day: date, timezone: str) -> int:
    return _instant(datetime.combine(day, datetime.min.time()), timezone)


def _instant(wall: datetime, timezone: str) -> int:
    return int(wall.replace(tzinfo=zone(timezone), fold=0).astimezone(UTC).timestamp())
