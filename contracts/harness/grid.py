"""Whether starts lie on a grid, as far as that can be told without knowing when a business is open."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from contracts.outcome import NotRunError


def irregular(starts: Iterable[int], interval: int, duration: int, timezone: str) -> tuple[int, int] | None:
    """Two starts of one host, one after the other, that cannot both be right; times in seconds.

    Starts no further apart than a slot is long lie in one opening, for the slot of the first ends before another
    opening can begin. And there no start can be missing between them: a booking that is in its way is in the way of the
    one before or the one after, too. So they are one interval apart, unless the clock was changed in between.
    """
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise NotRunError(f"the service's timezone {timezone} is not known here") from None

    def offset(moment: int) -> timedelta | None:
        return datetime.fromtimestamp(moment, zone).utcoffset()

    for earlier, later in pairwise(sorted(set(starts))):
        apart = later - earlier
        if apart <= duration and apart != interval and offset(earlier) == offset(later):
            return earlier, later
    return None
