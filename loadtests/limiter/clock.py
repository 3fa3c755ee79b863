"""The server's clock, as its Date headers tell it."""

import math
from collections.abc import Sequence

from loadtests.measure.header_values import unix
from loadtests.measure.observation import Observation


def server_clock(observations: Sequence[Observation]) -> tuple[float, float] | None:
    """Unix time at 0 of the timeline, by all Date headers together; each is cut to a whole second."""
    low, high = -math.inf, math.inf
    for seen in observations:
        date = unix(seen.headers.get("date", ""))
        if date is not None:
            low, high = max(low, date - seen.received), min(high, date + 1 - seen.sent)
    if low == -math.inf:
        return None
    # A server that writes its Date now and then only: it lags.
    return (low, high) if low <= high else (high - 1, low + 1)
