"""What a moment means, and what is none, in each place that takes one."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from tests.mockserver.mutant_server import OWN, Server, at, truths
from tests.mockserver.scenarios.self_service import THURSDAY

START, END = "2025-12-03T15:00:00Z", "2025-12-03T16:00:00Z"  # of the booking that `booked` makes
CONTACT = {"contact": "sarah@example.com"}
Scenario = Callable[[Server], None]


def listed(server: Server, **query: str) -> int:
    server.booked()
    answer = server.list("acme_platform", OWN, **query)
    return len(at(answer, "bookings")) if answer.status_code == 200 else answer.status_code


def searched_to_move(server: Server, **query: str) -> TestResponse:
    path = f"public/bookings/confirmation/{server.booked()}/availability"
    return server.get(path, None, query_string={**CONTACT, **query})


def moved(server: Server, start: str, end: str) -> int:
    return server.reschedule(server.booked(), start, end).status_code


def made(server: Server, start: str, end: str) -> int:
    return server.create(starts_at=start, ends_at=end).status_code


def found(slots: int, **query: str) -> Scenario:
    def scenario(server: Server) -> None:
        answer = server.slots(**query)
        assert answer.status_code == 200
        assert len(at(answer, "slots")) == slots

    return scenario


def lists(expected: int, **query: str) -> Scenario:
    def scenario(server: Server) -> None:
        assert listed(server, **query) == expected

    return scenario


def answers(act: Callable[[Server, str, str], int], start: str, end: str, status: int) -> Scenario:
    def scenario(server: Server) -> None:
        assert act(server, start, end) == status

    return scenario


def searches_to_move(status: int, **query: str) -> Scenario:
    def scenario(server: Server) -> None:
        assert searched_to_move(server, **query).status_code == status

    return scenario


CASES = truths(
    {
        "offset-dropped-in-to": found(1, **{"from": START, "to": "2025-12-03T10:30:00-05:00"}),
        "list-drops-offsets": lists(1, **{"from": START, "to": "2025-12-03T10:00:01-05:00"}),
        "search-to-move-drops-offset": searches_to_move(200, **{"from": START, "to": "2025-12-03T11:00:00-05:00"}),
        "move-drops-offset-of-end": answers(moved, THURSDAY[0], THURSDAY[1].replace("Z", "-00:30"), 400),
        "list-takes-time-without-zone": lists(400, to=END.removesuffix("Z")),
        "search-to-move-takes-time-without-zone": searches_to_move(400, **{"from": START.removesuffix("Z"), "to": END}),
        "move-takes-seconds": answers(moved, START, "1764777600", 400),
        "creation-takes-time-without-zone": answers(made, START, END.removesuffix("Z"), 400),
        "list-takes-any-year": lists(400, to="9999-01-01T00:00:00Z"),
        "list-takes-leap-seconds": lists(400, **{"from": "2016-12-31T23:59:60Z"}),
        "move-refuses-fractions": answers(moved, THURSDAY[0].replace("Z", ".5Z"), THURSDAY[1], 200),
        "list-rounds-fractions-up": lists(1, **{"from": START.replace("Z", ".5Z")}),
    }
)
IMPLIED: dict[str, set[str]] = {}
