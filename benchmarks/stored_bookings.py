"""A state with very many bookings: how long a mock takes to start on it, and to answer.

    python benchmarks/stored_bookings.py sqlite:///FILE [BOOKINGS]
    python benchmarks/stored_bookings.py postgresql://USER@HOST/DATABASE [BOOKINGS]

The use cases alone, in process; wall clock, the best of a hundred runs, in microseconds. A thousand bookings in each
slot (full_class.py). What the state held before is gone afterwards.
"""

import sys
from dataclasses import replace
from functools import partial
from time import perf_counter, perf_counter_ns

from benchmarks.full_class import Asked, booked, settings_of_class
from benchmarks.timing import least
from mockserver.wiring import build

IN_ONE = 1000


def main(url: str, bookings: int) -> None:
    print("| bookings | load, s | start, s | look-up | create | availability, 1 day | 30 days | a page of 50 |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    with settings_of_class(state=url) as settings:
        for amount in (10_000, bookings):
            built = build(replace(settings, anew=True))
            begun = perf_counter()
            with built.mock.state.work(alone=True) as work:
                work.bookings.restart(booked(amount, IN_ONE))
            loaded = perf_counter() - begun
            built.mock.state.close()
            begun = perf_counter()
            built = build(settings)
            started = perf_counter() - begun
            of = Asked(built)
            asked = of.look_up, of.create, partial(of.offered, 1), partial(of.offered, 30), of.page
            figures = " | ".join(f"{least(work, 100, perf_counter_ns):,.0f}" for work in asked)
            print(f"| {amount:,} | {loaded:.1f} | {started:.2f} | {figures} |", flush=True)
            built.mock.state.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
