"""How long availability takes, by range, hosts and bookings: `python benchmarks/availability.py`.

In process, without a socket: the pipeline from request to JSON, and the service alone. CPU time of this process, the
best and the median of many runs in milliseconds; the garbage collector runs as it does in the mock. Every search is
worked out, also one that was asked before; `again` is the best of a request for which it is not.
"""

import gc
import json
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from unittest.mock import patch

from benchmarks.full_class import DAY, KEY, MONDAY
from benchmarks.hot_path import API, answering, environ_of
from benchmarks.timing import spent
from mockserver.application.memo import Memo
from mockserver.domain.instants import render_instant
from mockserver.domain.slots import Slots
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build

RANGES = 1, 7, 31
HOSTS = 1, 5, 20
BOOKINGS = 0, 500, 2000
WORKDAYS = {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


def organization(hosts: int, bookings: int) -> dict[str, Any]:
    """Half-hour slots on workdays from nine to five; the bookings lie within 31 days as far as they fit there."""
    half_hours = [half * 1800 for half in range(18, 34)]
    days = [day for day in range(200) if day % 7 < 5]
    month = [MONDAY + day * DAY + time for day in days if day < 31 for time in half_hours]
    later = [MONDAY + day * DAY + time for day in days if day >= 31 for time in half_hours]
    names = [f"host_{number:02}" for number in range(hosts)]
    random = Random(7)
    each = bookings // hosts
    starts = {name: random.sample(month, min(each, len(month))) + later[: max(0, each - len(month))] for name in names}
    made = [(name, start) for name in names for start in starts[name]]
    return {
        "id": "org_bench",
        "slug": "bench",
        "name": "Bench",
        "branding": {"primary_color": "#000000", "company_name": "Bench"},
        "timezone": "UTC",
        "hours": WORKDAYS,
        "hosts": [{"id": name, "name": name} for name in names],
        "services": [
            {
                "key": "talk",
                "name": "Talk",
                "duration_minutes": 30,
                "booking_window_days": 365,
                "location": {"type": "phone", "value": "+15551230000"},
            }
        ],
        "keys": [{"kind": "public", "label": "Benchmark", "value": KEY}],
        "bookings": [
            {
                "id": f"book_{number:09}",
                "service": "talk",
                "host": name,
                "start": render_instant(start),
                "contact": {"name": "Ada", "email": "ada@example.com"},
            }
            for number, (name, start) in enumerate(made)
        ],
    }


def started(hosts: int, bookings: int) -> Built:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(json.dumps({"name": "bench", "organizations": [organization(hosts, bookings)]}))
        now = (MONDAY - DAY) * SECOND
        return build(Settings(data=str(file), now=now, frozen=True, limits=False, seed=7))


def milliseconds(work: Callable[[], object], budget: float = 0.5) -> tuple[float, float]:
    """(best, median) of as many runs as fit into the budget of CPU seconds, at least five."""
    once = spent(work, 1)[0]
    found = spent(work, max(5, round(budget * 1e6 / max(1.0, once))))
    return min(found) / 1000, median(found) / 1000


def request(built: Built, days: int) -> Callable[[], bytes]:
    """The whole way of a request, but for the socket."""
    query = "&".join(
        (
            "org_slug=bench&service_slug=talk",
            f"from={render_instant(MONDAY)}",
            f"to={render_instant(MONDAY + days * DAY)}",
        )
    )

    def asked() -> bytes:
        status, body = answering(built)(
            environ_of("GET", f"{API}/availability", QUERY_STRING=query, HTTP_X_KORDLESS_KEY=KEY)
        )
        assert status == "200 OK", status
        return body

    return asked


def call(built: Built, days: int) -> Callable[[], Slots]:
    calendar = built.mock.bookings
    it = calendar.organization("bench")
    return lambda: calendar.availability(it, "talk", MONDAY, MONDAY + days * DAY, 1, MONDAY - DAY)


def main() -> None:
    print("| days | hosts | bookings | slots | request, best | median | service, best | median | again |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for hosts, bookings in product(HOSTS, BOOKINGS):
        built = started(hosts, bookings)
        gc.collect()
        gc.freeze()
        for days in RANGES:
            with patch.object(Memo, "answer", lambda *asked: asked[-1]()):
                whole, alone = milliseconds(request(built, days)), milliseconds(call(built, days))
            again, _ = milliseconds(request(built, days))
            slots = len(call(built, days)())
            figures = " | ".join(f"{figure:.2f}" for figure in (*whole, *alone, again))
            print(f"| {days} | {hosts} | {bookings:,} | {slots:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
