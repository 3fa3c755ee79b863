"""Many customers at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

THREADS = 64


def test_64_threads_that_book_a_class_of_12_seats_are_sold_exactly_12(start: Callable[..., Any]) -> None:
    client = start(data="yoga-class")
    together = Barrier(THREADS)
    query = "public/availability?org_slug=quiet-room&service_slug=yoga&from={}&to={}"
    day = query.format("2025-12-03T00:00:00Z", "2025-12-04T00:00:00Z")
    first = client.get(day).json["slots"][0]
    assert (first["capacity"], first["availableCapacity"]) == (12, 12)

    def book(number: int) -> int:
        body = {
            "org_slug": "quiet-room",
            "service_slug": "yoga",
            "starts_at": first["startsAt"],
            "ends_at": first["endsAt"],
            "timezone": "America/Los_Angeles",
            "contact": {"name": f"Number {number}", "email": f"n{number}@example.com"},
        }
        together.wait()
        return int(client.post("public/bookings", json=body).status_code)

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(book, range(THREADS)))
    assert outcomes == {201: 12, 409: THREADS - 12}
    assert first["startsAt"] not in [slot["startsAt"] for slot in client.get(day).json["slots"]]
    assert len([b for b in client.stored("bookings") if b.active]) == 12
