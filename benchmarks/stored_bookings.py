"""A state with very many bookings: how long they take to be put there at once, and a mock to start on it and to answer.

    python benchmarks/stored_bookings.py sqlite:///FILE [BOOKINGS]
    python benchmarks/stored_bookings.py postgresql://USER@HOST/DATABASE [BOOKINGS]

The use cases alone, in process; wall clock, the best of a hundred runs, in microseconds. Bookings of a class of half an
hour, sixteen a day and a thousand in each slot. What the state held before is gone afterwards.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from json import dumps
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from mockserver.application.bookings import Filter, Wish
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build

DAY, SLOTS_A_DAY, IN_ONE = 86400, 16, 1000
MONDAY = parse_instant("2025-12-01T00:00:00Z")
ADA = Contact("Ada", "ada@example.com", None)


def organization() -> dict[str, Any]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    talk = {
        "key": "talk",
        "name": "Talk",
        "duration_minutes": 30,
        "booking_window_days": 3650,
        "seats": 10_000,
        "location": {"type": "phone", "value": "+15551230000"},
    }
    return {
        "id": "org_bench",
        "slug": "bench",
        "name": "Bench",
        "branding": {"primary_color": "#000000", "company_name": "Bench"},
        "timezone": "UTC",
        "hours": {day: ["09:00-17:00"] for day in days},
        "hosts": [{"id": "host", "name": "Host"}],
        "services": [talk],
        "keys": [],
        "bookings": [],
    }


def slot(number: int) -> int:
    day, half = divmod(number, SLOTS_A_DAY)
    return MONDAY + day * DAY + (18 + half) * 1800


def made(bookings: int) -> Iterator[Booking]:
    first = Booking(
        "", "bench", "talk", "host", None, "confirmed", 0, 0, "UTC", ADA, 1, None, 0, 0, created_at=MONDAY - DAY
    )
    for number in range(bookings):
        start = slot(number // IN_ONE)
        yield replace(first, id=f"book_{number:09}", start=start, end=start + 1800)


def spent(work: Callable[[], object], runs: int = 100) -> float:
    """Microseconds."""
    seen = []
    for _ in range(runs):
        begun = perf_counter()
        work()
        seen.append(perf_counter() - begun)
    return min(seen) * 1e6


def asked(built: Built) -> str:
    service = built.mock.bookings
    it, now = service.organization("bench"), MONDAY - DAY
    wish = Wish(it, "talk", slot(0), slot(0) + 1800, "UTC", ADA)
    figures = (
        spent(partial(service.find_booking, "book_000000500")),
        spent(partial(service.create_booking, wish, now)),
        spent(partial(service.availability, it, "talk", MONDAY, MONDAY + DAY, 1, now)),
        spent(partial(service.availability, it, "talk", MONDAY, MONDAY + 30 * DAY, 1, now)),
        spent(partial(service.list_bookings, it, Filter(limit=50, after=(slot(1), "")))),
    )
    return " | ".join(f"{figure:,.0f}" for figure in figures)


def main(url: str, bookings: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(dumps({"name": "bench", "organizations": [organization()]}))
        settings = Settings(state=url, data=str(file), now=(MONDAY - DAY) * SECOND, frozen=True, limits=False)
        print("| bookings | load, s | start, s | look-up | create | availability, 1 day | 30 days | a page of 50 |")
        print("|---:|---:|---:|---:|---:|---:|---:|---:|")
        for amount in (10_000, bookings):
            built = build(replace(settings, anew=True))
            begun = perf_counter()
            with built.mock.state.work(alone=True) as work:
                work.bookings.restart(made(amount))
            loaded = perf_counter() - begun
            built.mock.state.close()
            begun = perf_counter()
            built = build(settings)
            started = perf_counter() - begun
            print(f"| {amount:,} | {loaded:.1f} | {started:.2f} | {asked(built)} |", flush=True)
            built.mock.state.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
