"""Work timed again and again, in microseconds."""

from collections.abc import Callable
from time import process_time_ns

Work = Callable[[], object]


def spent(work: Work, runs: int, clock: Callable[[], int] = process_time_ns) -> list[float]:
    """Microseconds of each run, by a clock of nanoseconds: of processor time, or any other."""
    found = []
    for _ in range(runs):
        begun = clock()
        work()
        found.append((clock() - begun) / 1000)
    return found


def least(work: Work, runs: int = 200, clock: Callable[[], int] = process_time_ns) -> float:
    return min(spent(work, runs, clock))
