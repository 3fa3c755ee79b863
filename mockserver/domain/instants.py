"""Moments: Unix seconds inside, RFC 3339 outside."""

import re
from datetime import UTC, datetime
from functools import lru_cache

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:\.\d+)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>\d{2}):(?P<minutes>\d{2}))",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1)  # wall time: its offset is taken off by itself


def parse_instant(text: str) -> int:
    """Unix seconds of an RFC 3339 time with `Z` or a numeric offset; a fraction is cut.

    Raises ValueError for anything else, a leap second included.
    """
    return _known(text) if len(text) <= _LONGEST_KNOWN else _parsed(text)


def _parsed(text: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    elapsed = datetime.fromisoformat(match[1]) - _EPOCH
    seconds = elapsed.days * 86400 + elapsed.seconds
    if match["sign"]:
        hours, minutes = int(match["hours"]), int(match["minutes"])
        if hours > 23 or minutes > 59:
            raise ValueError(f"{text!r} has an offset that no clock has")
        offset = hours * 3600 + minutes * 60
        seconds -= offset if match["sign"] == "+" else -offset
    return seconds


_known = lru_cache(maxsize=4096)(_parsed)
"""Clients ask for the same moments again and again."""
_LONGEST_KNOWN = 40  # characters: a fraction may have any number of digits


@lru_cache(maxsize=65536)
def render_instant(seconds: int) -> str:
    """`2025-12-03T15:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
