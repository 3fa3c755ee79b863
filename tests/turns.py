"""What the clock on the wall says is asked up to three times: a busy machine spoils one turn, a defect all of them."""

import time
from collections.abc import Callable

TURNS = 3


def elapsed(act: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def assert_below(most: float, measure: Callable[[], float]) -> None:
    """In one turn at the least, `measure` tells less than that."""
    told: list[float] = []
    while not told or told[-1] >= most:
        assert len(told) < TURNS, f"never below {most}: {told}"
        told.append(measure())
