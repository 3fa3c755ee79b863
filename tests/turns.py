"""What the clock on the wall says is asked up to three times: a busy machine spoils one turn, a defect all of them.

What is to come is waited for, however late it comes; only what never comes fails.
"""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
TURNS = 3
PATIENCE = 60  # seconds, in which a machine that is ten times slower has come to an end, too


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


def wait_until(found: Callable[[], Found], said: str = "it does not come") -> Found:
    """What is found, once that is something; `said` is what fails where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < deadline, said
        time.sleep(0.02)
    return value
