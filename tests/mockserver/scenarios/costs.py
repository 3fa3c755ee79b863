"""What one request takes of its limit."""

from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.test import TestResponse

from tests.mockserver.mutant_server import OWN, SALON, WEDNESDAY, Server, truths
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


def of_a_cancellation(server: Server) -> None:
    number, other = server.booked(), server.booked(starts_at=THURSDAY[0], ends_at=THURSDAY[1])
    takes_one(lambda server: server.cancel(number), lambda server: server.lookup(other))(server)


def of_a_second_cancellation(server: Server) -> None:
    number = server.booked()
    server.cancel(number)
    takes_one(lambda server: server.cancel(number), lambda server: server.lookup(number))(server)


def of_a_search_to_move(server: Server) -> None:
    number = server.booked()
    path, query = f"public/bookings/confirmation/{number}/availability", {"contact": "sarah@example.com", **WEDNESDAY}
    search = partial(server.get, path, None, query_string=query)
    takes_one(lambda _: search(), lambda server: server.lookup(number))(server)


def of_options(server: Server) -> None:
    before = int(organization(server).headers["X-RateLimit-Remaining"])
    server.ask("OPTIONS", SALON)
    assert int(organization(server).headers["X-RateLimit-Remaining"]) == before - 1


def of_a_replay(server: Server) -> None:
    first = [server.create("again").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert first == ["9", "8", "7"]


CASES = truths(
    {
        "replay-takes-two-creations": of_a_replay,
        "options-counted": of_options,
        "bad-request-is-free": takes_one(lambda server: server.get("public/availability"), organization),
        "plain-text-is-free": takes_one(lambda server: server.send("{}", "text/plain"), organization),
        "foreigner-is-free": takes_one(lambda server: server.get("public/org/harbor-clinic"), organization),
        "second-cancellation-is-free": of_a_second_cancellation,
        "cancel-takes-two": of_a_cancellation,
        "search-to-move-takes-two": of_a_search_to_move,
        "reads-take-two": takes_one(lambda server: server.get(SALON), organization),
        "availability-takes-two": takes_one(lambda server: server.slots(**WEDNESDAY), organization),
        "head-takes-two": takes_one(lambda server: server.ask("HEAD", SALON), organization),
        "conflict-is-free": of_a_taken_slot,
        "list-of-one-takes-two": takes_one(lambda server: server.list(limit=1), lambda server: server.list()),
        "head-of-list-takes-two": takes_one(
            lambda server: server.ask("HEAD", "bookings", "acme_platform", headers=dict(OWN)),
            lambda server: server.list(),
        ),
        "reschedule-takes-two": of_a_move,
    }
)
