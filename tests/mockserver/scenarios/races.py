"""What another thread does is minded as if it had come before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.mockserver.mutant_server import Server, at, truths
from tests.mockserver.scenarios.self_service import THURSDAY

T = TypeVar("T")
FRIDAY = ("2025-12-05T16:00:00Z", "2025-12-05T17:00:00Z")


def elsewhere(act: Callable[[], T]) -> T:
    """In another thread, which has ended then."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(act).result()


def two_creations(server: Server) -> None:
    assert server.create(host_id="host_sarah").status_code == 201
    assert elsewhere(lambda: server.create(host_id="host_sarah").status_code) == 409


def two_moves(server: Server) -> None:
    first = server.booked(starts_at=FRIDAY[0], ends_at=FRIDAY[1])
    second = server.booked()
    assert server.reschedule(first, *THURSDAY).status_code == 200
    assert elsewhere(lambda: server.reschedule(second, *THURSDAY).status_code) == 409


def cancellation_and_move(server: Server) -> None:
    number = server.booked()
    assert server.cancel(number).status_code == 200
    assert elsewhere(lambda: server.reschedule(number, *THURSDAY).status_code) == 422


def one_key(server: Server) -> None:
    first = server.create("key")
    again = elsewhere(lambda: server.create("key"))
    assert at(again, "booking", "id") == at(first, "booking", "id")


def two_cancellations(server: Server) -> None:
    number = server.booked()
    assert server.cancel(number).status_code == 200
    assert elsewhere(lambda: server.cancel(number).status_code) == 422


CASES = truths(
    {
        "canceled-by-each-thread": two_cancellations,
        "last-seat-sold-to-each-thread": two_creations,
        "last-seat-moved-to-by-each-thread": two_moves,
        "moved-while-canceled": cancellation_and_move,
        "key-claimed-by-each-thread": one_key,
    }
)
IMPLIED: dict[str, set[str]] = {}
