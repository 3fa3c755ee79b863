"""What one request takes of its limit."""

from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.mockserver.mutant_server import SALON, WEDNESDAY, Server, truths
from tests.mockserver.scenarios.self_service import THURSDAY


def takes_one(ask: Callable[[Server], Any], look: Callable[[Server], TestResponse]) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        before = int(look(server).headers["X-RateLimit-Remaining"])
        ask(server)
        assert int(look(server).headers["X-RateLimit-Remaining"]) == before - 2

    return scenario


def organization(server: Server) -> TestResponse:
    return server.get(SALON)


def of_a_taken_slot(server: Server) -> None:
    server.booked()
    takes_one(lambda server: server.create(), organization)(server)


def of_a_move(server: Server) -> None:
    number = server.booked()
    takes_one(lambda server: server.reschedule(number, *THURSDAY), lambda server: server.lookup(number))(server)


CASES = truths(
    {
        "reads-take-two": takes_one(lambda server: server.get(SALON), organization),
        "availability-takes-two": takes_one(lambda server: server.slots(**WEDNESDAY), organization),
        "head-takes-two": takes_one(lambda server: server.ask("HEAD", SALON), organization),
        "conflict-is-free": of_a_taken_slot,
        "list-of-one-takes-two": takes_one(lambda server: server.list(limit=1), lambda server: server.list()),
        "reschedule-takes-two": of_a_move,
    }
)
