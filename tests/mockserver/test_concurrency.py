"""Sixty-four clients at once, over real sockets, against one mock whose clock stands still."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from mockserver.limits.algorithms import ALGORITHMS

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds until a test gives up
CLIENTS = 64
API = "/api/calendar/v1"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server(NamedTuple):
    """A running mock; `key` and `platform` are keys of acme-salon."""

    port: int
    key: str
    platform: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            return self.send(connection, method, path, body, **headers)
        finally:
            connection.close()

    def send(self, connection: HTTPConnection, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, content, sent)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())

    def at_once(self, request: Callable[[int], tuple[Any, ...]], each: int = 1, **headers: str) -> list[Answer]:
        """`each` requests by every client; all of them begin when the last one is connected."""
        answers: list[Answer] = []
        barrier = threading.Barrier(CLIENTS)

        def client(number: int) -> None:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            connection.connect()
            barrier.wait(PATIENCE)
            for _ in range(each):
                answers.append(self.send(connection, *request(number), **headers))
            connection.close()

        threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert len(answers) == CLIENTS * each
        return answers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    ready = tmp_path_factory.mktemp("mock") / "ready.json"
    flags = ["--port", "0", "--now", "2025-12-01T08:00:00Z", "--freeze", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [sys.executable, "kordkit.py", "mock", *flags], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            assert process.poll() is None, "the mock ended before it was ready"
            assert time.monotonic() < deadline, "the mock is not ready"
            threading.Event().wait(0.02)
        stated = json.loads(ready.read_text())
        keys = stated["organizations"][0]["keys"]
        port = urlsplit(stated["url"]).port
        assert port is not None
        yield Server(port, keys["public"], keys["platform"])
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(running: Server) -> Server:
    """The one server, without a booking and with nothing used."""
    assert running.ask("POST", "/_mock/reset").status == 204
    set_limits(running, enabled=True, algorithm="fixed-window")
    return running


def set_limits(server: Server, **wanted: Any) -> None:
    assert server.ask("PUT", "/_mock/limits", wanted).status == 200


def statuses(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def bookings(server: Server) -> list[Any]:
    found: list[Any] = server.ask("GET", "/_mock/state").json["bookings"]
    return found


def counters(server: Server) -> dict[str, int]:
    """Used, by policy."""
    return {c["policy"]: c["used"] for c in server.ask("GET", "/_mock/limits").json["counters"]}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_exactly_the_limit_is_admitted_by_every_algorithm(server: Server, algorithm: str) -> None:
    set_limits(server, algorithm=algorithm)
    answers = server.at_once(lambda _: ("GET", f"{API}/public/org/acme-salon"), each=2, x_kordless_key=server.key)
    assert statuses(answers) == {200: 60, 429: 68}
    left = sorted(int(answer.headers["x-ratelimit-remaining"]) for answer in answers if answer.status == 200)
    assert left == list(range(60))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_creation_is_admitted_by_both_of_its_policies_or_charged_to_none(
    server: Server, algorithm: str, booking_body: Callable[..., Any]
) -> None:
    set_limits(server, algorithm=algorithm)
    past = booking_body(starts_at="2025-11-26T15:00:00Z", ends_at="2025-11-26T16:00:00Z")
    answers = server.at_once(lambda _: ("POST", f"{API}/public/bookings", past), x_kordless_key=server.key)
    assert statuses(answers) == {422: 10, 429: 54}
    assert counters(server) == {"public-general": 10, "creation": 10}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_minute_hour_and_day_admit_what_the_tightest_of_them_admits(server: Server, algorithm: str) -> None:
    set_limits(server, algorithm=algorithm)
    assert server.ask("PUT", "/_mock/limits/platform-day/org_abc123", {"remaining": 23}).status == 200
    answers = server.at_once(
        lambda _: ("GET", f"{API}/bookings"), x_kordless_key=server.platform, x_organization_id="abc123"
    )
    assert statuses(answers) == {200: 23, 429: 41}
    assert counters(server) == {"platform-minute": 23, "platform-hour": 23, "platform-day": 10_000}


@pytest.mark.parametrize("day", ["2025-12-03", "2025-12-04", "2025-12-05"])
def test_one_idempotency_key_leaves_one_booking_and_one_answer(
    server: Server, booking_body: Callable[..., Any], day: str
) -> None:
    set_limits(server, enabled=False)
    body = booking_body(starts_at=f"{day}T15:00:00Z", ends_at=f"{day}T16:00:00Z")
    answers = server.at_once(
        lambda _: ("POST", f"{API}/public/bookings", body), x_kordless_key=server.key, idempotency_key="the-same"
    )
    made = [answer for answer in answers if answer.status == 201]
    assert len({answer.body for answer in made}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made) == 1
    for answer in answers:
        if answer.status != 201:
            assert (answer.status, answer.headers["retry-after"]) == (409, "1")
            assert "still" in answer.json["detail"]
    assert len(bookings(server)) == 1


def test_one_seat_is_given_to_one(server: Server, booking_body: Callable[..., Any]) -> None:
    set_limits(server, enabled=False)
    answers = server.at_once(
        lambda number: ("POST", f"{API}/public/bookings", booking_body(notes=f"client {number}")),
        x_kordless_key=server.key,
    )
    assert statuses(answers) == {201: 1, 409: 63}
    assert [booking["id"] for booking in bookings(server)] == [
        answer.json["booking"]["id"] for answer in answers if answer.status == 201
    ]


def test_overlapping_times_of_one_host_are_given_to_one(server: Server, booking_body: Callable[..., Any]) -> None:
    set_limits(server, enabled=False)
    times = [("15:00", "16:00"), ("14:30", "15:30"), ("15:30", "16:30")]

    def request(number: int) -> tuple[Any, ...]:
        first, last = times[number % 3]
        body = booking_body(starts_at=f"2025-12-03T{first}:00Z", ends_at=f"2025-12-03T{last}:00Z")
        return "POST", f"{API}/public/bookings", body

    answers = server.at_once(request, x_kordless_key=server.key)
    kept = sorted((booking["start"], booking["end"]) for booking in bookings(server))
    assert statuses(answers) == {201: len(kept), 409: 64 - len(kept)}
    assert all(end <= start for (_, end), (start, _) in pairwise(kept))


def test_eight_seats_are_given_to_eight(server: Server, booking_body: Callable[..., Any]) -> None:
    set_limits(server, enabled=False)
    seat = booking_body(service_slug="styling-class", starts_at="2025-12-03T14:00:00Z", ends_at="2025-12-03T15:30:00Z")
    answers = server.at_once(lambda _: ("POST", f"{API}/public/bookings", seat), x_kordless_key=server.key)
    assert statuses(answers) == {201: 8, 409: 56}
    assert len({answer.json["booking"]["id"] for answer in answers if answer.status == 201}) == 8


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ten_guesses_are_let_through_and_right_ones_are_given_back(
    server: Server, algorithm: str, booking_body: Callable[..., Any]
) -> None:
    body = booking_body()
    made = server.ask("POST", f"{API}/public/bookings", body, x_kordless_key=server.key).json["booking"]
    path = f"{API}/public/bookings/confirmation/{made['confirmation_number']}?contact="
    set_limits(server, algorithm="token-bucket" if algorithm == "fixed-window" else "fixed-window")
    set_limits(server, algorithm=algorithm)
    right = server.at_once(lambda _: ("GET", path + quote(body["contact"]["email"])))
    assert set(statuses(right)) <= {200, 429}
    assert counters(server).get("verification", 0) == 0
    assert counters(server)["self-service"] == statuses(right)[200]
    assert server.ask("DELETE", "/_mock/limits").status == 204
    wrong = server.at_once(lambda _: ("GET", path + "stranger@example.com"))
    assert statuses(wrong) == {403: 10, 429: 54}
    assert server.ask("GET", path + quote(body["contact"]["email"])).status == 429
