"""How creation and availability grow with the bookings there are: `python tests/benchmarks/many_bookings.py`.

The use cases alone, in process. CPU time of this process in microseconds, the best of many runs. One host, a class of
half an hour, sixteen a day; so many bookings in each slot, from the first one on. `put` is what a booking costs while
they are all put into the state, one by one and in random order.
"""

import gc
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from json import dumps
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from mockserver.application.bookings import Filter, Wish
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build

TABLE = ((0, 1), (100, 25), (600, 150), (10_000, 10), (10_000, 1000), (100_000, 100), (100_000, 1000))
"""(bookings, of them in one slot)"""
DAY, SLOTS_A_DAY = 86400, 16
MONDAY = parse_instant("2025-12-01T00:00:00Z")
ADA = Contact("Ada", "ada@example.com", None)


def organization() -> dict[str, Any]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return {
        "id": "org_bench",
        "slug": "bench",
        "name": "Bench",
        "branding": {"primary_color": "#000000", "company_name": "Bench"},
        "timezone": "UTC",
        "hours": {day: ["09:00-17:00"] for day in days},
        "hosts": [{"id": "host", "name": "Host"}],
        "services": [
            {
                "key": "talk",
                "name": "Talk",
                "duration_minutes": 30,
                "booking_window_days": 3650,
                "seats": 10_000,
                "location": {"type": "phone", "value": "+15551230000"},
            }
        ],
        "keys": [],
        "bookings": [],
    }


def slot(number: int) -> int:
    day, half = divmod(number, SLOTS_A_DAY)
    return MONDAY + day * DAY + (18 + half) * 1800


def started() -> Built:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(dumps({"name": "bench", "organizations": [organization()]}))
        return build(Settings(data=str(file), now=(MONDAY - DAY) * SECOND, frozen=True, limits=False, seed=7))


def filled(built: Built, bookings: int, in_one: int) -> float:
    """Microseconds for each."""
    first = Booking(
        "", "bench", "talk", "host", None, "confirmed", 0, 0, "UTC", ADA, 1, None, 0, 0, created_at=MONDAY - DAY
    )
    made = [
        replace(first, id=f"book_{number:09}", start=(start := slot(number // in_one)), end=start + 1800)
        for number in range(bookings)
    ]
    Random(7).shuffle(made)
    begun = process_time()
    for booking in made:
        with built.mock.state.work() as work:
            work.bookings.save(booking)
    return (process_time() - begun) / max(1, bookings) * 1e6


def best(work: Callable[[], object], runs: int = 200) -> float:
    spent: list[float] = []
    for _ in range(runs):
        begun = process_time()
        work()
        spent.append(process_time() - begun)
    return min(spent) * 1e6


class Bench:
    """A mock with so many bookings, and what is asked of it."""

    def __init__(self, bookings: int, in_one: int) -> None:
        self.built = started()
        self.service = self.built.mock.bookings
        self.it = self.service.organization("bench")
        self.now = MONDAY - DAY
        self.put = filled(self.built, bookings, in_one)

    def create(self) -> object:
        wish = Wish(self.it, "talk", slot(0), slot(0) + 1800, "UTC", ADA)
        return self.service.create_booking(wish, self.now)

    def offered(self, days: int) -> object:
        return self.service.availability(self.it, "talk", MONDAY, MONDAY + days * DAY, 1, self.now)

    def page(self) -> object:
        return self.service.list_bookings(self.it, Filter(limit=50, after=(slot(1), "")))


def main() -> None:
    print("| bookings | in one slot | put | create | availability, 1 day | 30 days | a page of 50 |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for bookings, in_one in TABLE:
        bench = Bench(bookings, in_one)
        gc.collect()
        gc.freeze()
        asked = bench.create, partial(bench.offered, 1), partial(bench.offered, 30), bench.page
        figures = " | ".join(f"{figure:.0f}" for figure in (bench.put, *(best(work) for work in asked)))
        print(f"| {bookings:,} | {in_one:,} | {figures} |", flush=True)
        gc.unfreeze()


if __name__ == "__main__":
    main()
