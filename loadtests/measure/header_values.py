"""The values that a limiter speaks in, in each form that HTTP allows: whole numbers and dates."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

MOST_DIGITS = 18  # of a number that anybody can mean; Python itself refuses to read very long ones


def whole(text: str) -> int | None:
    """A number without sign or fraction; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


@lru_cache(maxsize=100_000)
def unix(text: str) -> int | None:
    """Of an HTTP date (RFC 9110, 5.6.7), the obsolete forms included, in Unix seconds; None where it is none."""
    try:
        date = parsedate_to_datetime(text)
        return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def wait(retry_after: str, now: float | None) -> float | None:
    """Seconds that a `Retry-After` asks for (RFC 9110, 10.2.3), at least 0.

    `now` is the server's time in Unix seconds, which a date is held against. None where it says nothing that can be
    understood.
    """
    seconds = whole(retry_after)
    if seconds is not None:
        return float(seconds)
    until = unix(retry_after)
    return None if until is None or now is None else max(0.0, until - now)
