"""How creation and availability grow with the bookings there are: `python benchmarks/many_bookings.py`.

The use cases alone, in process. CPU time of this process in microseconds, the best of many runs. So many bookings in
each slot, from the first one on (full_class.py). `put` is what a booking costs while they are all put into the state,
one by one and in random order.
"""

import gc
from functools import partial
from random import Random
from time import process_time

from benchmarks.full_class import Asked, booked, settings_of_class
from benchmarks.timing import least
from mockserver.wiring import Built, build

TABLE = ((0, 1), (100, 25), (600, 150), (10_000, 10), (10_000, 1000), (100_000, 100), (100_000, 1000))
"""(bookings, of them in one slot)"""


def filled(built: Built, bookings: int, in_one: int) -> float:
    """Microseconds for each."""
    made = list(booked(bookings, in_one))
    Random(7).shuffle(made)
    begun = process_time()
    for booking in made:
        with built.mock.state.work() as work:
            work.bookings.save(booking)
    return (process_time() - begun) / max(1, bookings) * 1e6


def main() -> None:
    print("| bookings | in one slot | put | create | availability, 1 day | 30 days | a page of 50 |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for bookings, in_one in TABLE:
        with settings_of_class(seed=7) as settings:
            built = build(settings)
        put, of = filled(built, bookings, in_one), Asked(built)
        gc.collect()
        gc.freeze()
        asked = of.create, partial(of.offered, 1), partial(of.offered, 30), of.page
        figures = " | ".join(f"{figure:.0f}" for figure in (put, *(least(work) for work in asked)))
        print(f"| {bookings:,} | {in_one:,} | {figures} |", flush=True)
        gc.unfreeze()


if __name__ == "__main__":
    main()
