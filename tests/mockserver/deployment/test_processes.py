"""Four processes on one PostgreSQL, two instances of two workers each, act as one."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests

from contracts.harness.counting import ALGORITHMS
from tests.mockserver.deployment.clients import KEY
from tests.mockserver.deployment.mocks import Instance, running
from tests.mockserver.deployment.studio import KEY_ID, NOW, PLATFORM_KEY, PLATFORM_KEY_ID, SEATS, flags
from tests.mockserver.deployment.traffic import booking_of
from tests.postgresql import Server

API = "/api/calendar/v1"
CLIENTS = 64
TEN = ("class", "2025-12-02T10:00:00Z", "2025-12-02T10:30:00Z")


class Both:
    """The two instances; each client goes on with a connection of its own to one of them."""

    def __init__(self, instances: list[Instance]) -> None:
        self.urls = [instance.url for instance in instances]

    def control(self, method: str, path: str, instance: int = 0, **body: Any) -> Any:
        answer = requests.request(method, f"{self.urls[instance]}/_mock{path}", json=body or None, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def at_once(self, ask: Callable[[requests.Session, str, int], requests.Response], each: int = 1) -> Counter[int]:
        """How often which status was answered when all clients began together, and asked `each` times."""
        barrier = threading.Barrier(CLIENTS)

        def client(number: int) -> list[int]:
            with requests.Session() as session:
                url = self.urls[number % len(self.urls)]
                barrier.wait(30)
                return [ask(session, url, each * number + turn).status_code for turn in range(each)]

        with ThreadPoolExecutor(CLIENTS) as clients:
            return Counter(status for statuses in clients.map(client, range(CLIENTS)) for status in statuses)

    def everywhere(self, path: str, key: str = KEY, **how: Any) -> list[requests.Response]:
        """The answers of every worker: asked on so many new connections that each has some."""
        headers = {"x-kordless-key": key, "Connection": "close", **how.pop("headers", {})}
        return [
            requests.get(url + path, headers=headers, timeout=30, **how) for url in self.urls for _ in range(12)
        ]  # with two workers, one in two thousand times one of them has none of the twelve


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Server) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    four = [
        *flags(folder, unlimited=False),
        "--seed",
        "1",
        "--state",
        postgresql_server.new_database(),
        "--workers",
        "2",
    ]
    with running(folder, four, four) as instances:
        assert sum(len(instance.workers()) for instance in instances) == 4
        yield Both(instances)


@pytest.fixture(autouse=True)
def fresh(both: Both) -> None:
    both.control("POST", "/reset")
    both.control("PUT", "/limits", enabled=True, algorithm="fixed-window")


def read(session: requests.Session, url: str, _: int) -> requests.Response:
    return session.get(f"{url}{API}/public/org/studio", headers={"x-kordless-key": KEY}, timeout=30)


def create_nothing(session: requests.Session, url: str, _: int) -> requests.Response:
    return session.post(f"{url}{API}/public/bookings", headers={"x-kordless-key": KEY}, json={}, timeout=30)


def list_bookings(session: requests.Session, url: str, _: int) -> requests.Response:
    headers = {"x-kordless-key": PLATFORM_KEY, "x-organization-id": "studio"}
    return session.get(f"{url}{API}/bookings", headers=headers, timeout=30)


def look_up(session: requests.Session, url: str, number: int) -> requests.Response:
    """Another number each time, so that none is asked for too often."""
    query = {"contact": "nobody@example.com"}
    return session.get(f"{url}{API}/public/bookings/confirmation/BOOK_{number:09}", params=query, timeout=30)


def guess(session: requests.Session, url: str, _: int) -> requests.Response:
    return session.get(
        f"{url}{API}/public/bookings/confirmation/BOOK_GUESSED01", params={"contact": "nobody@example.com"}, timeout=30
    )


POLICIES: dict[str, tuple[Callable[[requests.Session, str, int], requests.Response], str]] = {
    "public-general": (read, KEY_ID),
    "creation": (create_nothing, KEY_ID),
    "platform-minute": (list_bookings, PLATFORM_KEY_ID),
    "platform-hour": (list_bookings, PLATFORM_KEY_ID),
    "platform-day": (list_bookings, "org_studio"),
    "self-service": (look_up, "127.0.0.1"),
    "verification": (guess, "book_guessed01"),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_policy_admits_exactly_its_limit(both: Both, policy: str, algorithm: str) -> None:
    ask, subject = POLICIES[policy]
    both.control("PUT", "/limits", algorithm=algorithm)
    limit = next(each["limit"] for each in both.control("GET", "/limits")["policies"] if each["policy"] == policy)
    if limit > CLIENTS:
        limit = both.control("PUT", f"/limits/{policy}/{subject}", instance=1, remaining=50)["remaining"]
    statuses = both.at_once(ask, each=2)
    assert statuses.total() - statuses[429] == limit, statuses
    assert set(statuses) <= {200, 400, 404, 415, 429}
    for instance in (0, 1):
        counters = both.control("GET", "/limits", instance)["counters"]
        [remaining] = [c["remaining"] for c in counters if (c["policy"], c["subject"]) == (policy, subject)]
        assert remaining == 0


def post(session: requests.Session, url: str, key: str, body: dict[str, Any]) -> requests.Response:
    headers = {"x-kordless-key": KEY, "Idempotency-Key": key}
    while True:
        answer = session.post(f"{url}{API}/public/bookings", headers=headers, json=body, timeout=30)
        if "still running" not in answer.text:
            return answer


def post_again(session: requests.Session, url: str, _: int, key: str, body: dict[str, Any]) -> requests.Response:
    return post(session, url, key, body)


def test_twelve_seats_are_sold_twelve_times(both: Both) -> None:
    both.control("PUT", "/limits", enabled=False)
    statuses = both.at_once(lambda session, url, n: post(session, url, f"seat-{n}", booking_of(TEN, f"seat-{n}")))
    assert statuses == {201: SEATS["class"], 409: CLIENTS - SEATS["class"]}
    assert len(both.control("GET", "/bookings", instance=1)["bookings"]) == SEATS["class"]


def test_one_idempotency_key_makes_one_booking(both: Both) -> None:
    both.control("PUT", "/limits", enabled=False)
    for turn in range(5):
        key = f"same-{turn}"
        statuses = both.at_once(partial(post_again, key=key, body=booking_of(TEN, key)))
        assert statuses == {201: CLIENTS}
    assert len(both.control("GET", "/bookings")["bookings"]) == 5


def test_a_moved_clock_is_moved_everywhere(both: Both) -> None:
    state = both.control("GET", "/state")
    for turn in range(1, 6):
        now = both.control("POST", "/clock/advance", instance=turn % 2, seconds=60)["now"]
        assert {answer.json()["now"] for answer in both.everywhere("/_mock/clock")} == {now}
    both.control("PUT", "/clock", frozen=False)
    assert {answer.json()["frozen"] for answer in both.everywhere("/_mock/clock")} == {False}
    both.control("PUT", "/state", **state)
    assert {(a.json()["now"], a.json()["frozen"]) for a in both.everywhere("/_mock/clock")} == {(NOW, True)}


def test_switches_of_the_limiter_are_switched_everywhere(both: Both) -> None:
    path = f"{API}/public/org/studio"
    for turn in range(3):
        both.control("PUT", "/limits", instance=turn % 2, enabled=False)
        assert not any("X-RateLimit-Limit" in answer.headers for answer in both.everywhere(path))
        both.control("PUT", "/limits", instance=(turn + 1) % 2, enabled=True)
        both.control("PUT", f"/limits/public-general/{KEY_ID}", remaining=0)
        assert {answer.status_code for answer in both.everywhere(path)} == {429}
        both.control("DELETE", "/limits", instance=turn % 2)
        assert {answer.status_code for answer in both.everywhere(path)} == {200}
        both.control("PUT", "/limits", algorithm="token-bucket", instance=(turn + 1) % 2)
        assert {a.json()["algorithm"] for a in both.everywhere("/_mock/limits")} == {"token-bucket"}


def test_keys_are_made_and_revoked_everywhere(both: Both) -> None:
    both.control("PUT", "/limits", enabled=False)
    path = f"{API}/public/org/studio"
    for turn in range(3):
        made = both.control("POST", "/keys", turn % 2, organization="studio", kind="public", label="New")
        assert {answer.status_code for answer in both.everywhere(path, made["key"])} == {200}
        both.control("POST", f"/keys/{made['id']}/revoke", instance=(turn + 1) % 2)
        assert {answer.status_code for answer in both.everywhere(path, made["key"])} == {401}


def test_a_reset_and_an_import_are_in_force_everywhere(both: Both) -> None:
    both.control("PUT", "/limits", enabled=False)
    with requests.Session() as session:
        assert post(session, both.urls[0], "first", booking_of(TEN, "first")).status_code == 201
    made = both.control("POST", "/keys", organization="studio", kind="public", label="New")
    state = both.control("GET", "/state", instance=1)
    path = f"{API}/public/org/studio"
    for turn in range(3):
        both.control("POST", "/reset", instance=turn % 2)
        assert {len(answer.json()["bookings"]) for answer in both.everywhere("/_mock/bookings")} == {0}
        assert {answer.status_code for answer in both.everywhere(path, made["key"])} == {401}
        both.control("PUT", "/state", instance=(turn + 1) % 2, **state)
        assert {len(answer.json()["bookings"]) for answer in both.everywhere("/_mock/bookings")} == {1}
        assert {answer.status_code for answer in both.everywhere(path, made["key"])} == {200}


def test_the_journal_is_that_of_an_instance(both: Both) -> None:
    """One for all of its workers; other instances have their own."""
    both.control("PUT", "/limits", enabled=False)
    both.control("DELETE", "/requests", instance=0)
    both.control("DELETE", "/requests", instance=1)
    names = [f"asked-{number}" for number in range(12)]
    for name in names:
        headers = {"x-kordless-key": KEY, "X-Request-Id": name, "Connection": "close"}
        requests.get(f"{both.urls[0]}{API}/public/org/studio", headers=headers, timeout=30)
    journals = both.everywhere("/_mock/requests")
    own, other = journals[: len(journals) // 2], journals[len(journals) // 2 :]
    assert all({entry["request_id"] for entry in answer.json()["requests"]} == set(names) for answer in own)
    assert all(answer.json()["requests"] == [] for answer in other)


def test_the_advice_is_that_of_an_instance(both: Both) -> None:
    both.control("DELETE", "/advice")
    both.everywhere(f"{API}/public/org/studio", headers={"Origin": "https://shop.example.com"})
    for instance in range(2):
        for _ in range(4):
            found = both.control("GET", "/advice?id=credentials.browser", instance)["advice"]
            assert [finding["count"] for finding in found] == [12]
        both.control("DELETE", "/advice", instance)
        assert all(both.control("GET", "/advice", instance) == {"advice": []} for _ in range(4))


def test_no_two_processes_give_a_request_the_same_id(both: Both) -> None:
    answers = both.everywhere("/_mock/health")
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)
