"""Local wall time and instants. An instant is in whole Unix seconds; wall time is a naive datetime in an IANA zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@cache
def zone(timezone: str) -> ZoneInfo:
    """Of the tzdata package alone: what else the machine has (`localtime`, `posixrules`) is no zone of IANA's, and may
    differ from one machine to the next. Raises LookupError for what is none."""
    if timezone not in zones():
        raise LookupError(timezone)
    with _tzdata().joinpath("zoneinfo", timezone).open("rb") as rules:
        return ZoneInfo.from_file(rules, timezone)


@cache
def zones() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(_tzdata().joinpath("zones").read_text("utf-8").split())


def _tzdata() -> Path:
    """Its folder. To import `importlib.resources`, which would find it in a zip, too, takes a twentieth of a start."""
    package = find_spec("tzdata")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("No module named 'tzdata'", name="tzdata")
    return Path(package.submodule_search_locations[0])


def wall_time(instant: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(instant, zone(timezone)).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=16384)
def local_date(instant: int, timezone: str) -> date:
    return wall_time(instant, timezone).date()


def first_instant(wall: datetime, timezone: str) -> int:
    """When the clock first shows a wall time; for one that it skips, when it jumps over it."""
    instant = _instant(wall, timezone, fold=0)
    if wall_time(instant, timezone) == wall:
        return instant
    # In a gap, fold 0 reckons with the offset before it and lands behind it, fold 1 the other way round.
    before, behind = _instant(wall, timezone, fold=1), instant
    while behind - before > 1:
        middle = (before + behind) // 2
        if wall_time(middle, timezone) < wall:
            before = middle
        else:
            behind = middle
    return behind


@lru_cache(maxsize=16384)
def midnight(day: date, timezone: str) -> int:
    """The first instant of a local day."""
    return first_instant(datetime.combine(day, time()), timezone)


def local_day(instant: int, timezone: str) -> tuple[int, int]:
    """The first instant of the local day that holds an instant, and that of the day after it."""
    day = local_date(instant, timezone)
    return midnight(day, timezone), midnight(day + DAY, timezone)


def _instant(wall: datetime, timezone: str, *, fold: int) -> int:
    return int(wall.replace(tzinfo=zone(timezone), fold=fold).astimezone(UTC).timestamp())
