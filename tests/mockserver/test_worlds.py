"""Worlds beside the mock's own: isolated from it and from each other, made and dropped at will."""

import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mockserver.web.worlds import MOST, Worlds
from mockserver.wiring import Built

ACME = "public/org/acme-salon"
CREATE_MS = 5.0


class In:
    """A client of one world."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._prefix = f"/w/{name}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def request(self, method: str, path: str, **how: Any) -> Any:
        full = path if path.startswith("/") else f"/api/calendar/v1/{path}"
        headers = {"X-Kordless-Key": self._client.key, **how.pop("headers", {})}
        built: Built = self._client.built
        return built.app.test_client().open(self._prefix + full, method=method, headers=headers, **how)

    def get(self, path: str, **how: Any) -> Any:
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> Any:
        return self.request("POST", path, **how)

    def bookings(self) -> list[Any]:
        return list(self.get("/_mock/bookings").json["bookings"])


@pytest.fixture
def world(client: Any) -> Callable[[str], In]:
    def made(name: str) -> In:
        assert client.post(f"/_mock/worlds/{name}").status_code == 201
        return In(client, name)

    return made


def test_a_world_is_told_of_as_the_ready_file_tells_of_a_mock(client: Any, keys: Callable[..., str]) -> None:
    answer = client.post("/_mock/worlds/one", headers={"Host": "127.0.0.1:4020"})
    assert answer.status_code == 201
    ready = answer.json
    assert ready["url"] == "http://127.0.0.1:4020/w/one"
    assert ready["control_url"] == "http://127.0.0.1:4020/w/one/_mock"
    assert (ready["seed"], ready["admin_token"], ready["contract"]) == (7, None, client.built.contract.version)
    assert ready["organizations"][0]["slug"] == "acme-salon"
    assert ready["organizations"][0]["keys"]["public"] == keys(client, "public")


def test_worlds_share_nothing_that_an_answer_depends_on(
    start: Callable[..., Any], wish: Callable[..., dict[str, Any]]
) -> None:
    client = start(limits=True)
    for name in ("one", "two"):
        client.post(f"/_mock/worlds/{name}")
    one, two = In(client, "one"), In(client, "two")
    body = wish(client, "haircut", "2025-12-03T15:00:00Z")
    key = {"Idempotency-Key": "k1"}
    booked = one.post("public/bookings", json=body, headers=key)
    assert booked.status_code == 201
    assert (len(one.bookings()), len(two.bookings()), len(client.stored("bookings"))) == (1, 0, 0)
    again = two.post("public/bookings", json=body, headers=key)
    assert again.status_code == 201, "the slot is free, and the key is unused"
    assert "Idempotency-Replayed" not in again.headers
    one.request("PUT", "/_mock/limits/public-general/key_acme_public", json={"remaining": 0})
    assert [each.get(ACME).status_code for each in (one, two, client)] == [429, 200, 200]
    one.post("/_mock/clock/advance", json={"seconds": 3600})
    times = [each.get("/_mock/clock").json["now"] for each in (one, two, client)]
    assert times == ["2025-12-01T09:00:00Z", "2025-12-01T08:00:00Z", "2025-12-01T08:00:00Z"]
    one.post("/_mock/faults", json={"action": {"kind": "error", "status": 503}})
    assert [each.get(ACME).status_code for each in (one, two, client)] == [503, 200, 200]
    one.post("/_mock/keys/key_acme_public/revoke")
    assert [each.get(ACME).status_code for each in (one, two, client)] == [401, 200, 200]
    paths = [[entry["path"] for entry in each.get("/_mock/requests").json["requests"]] for each in (one, two, client)]
    assert [len(found) for found in paths] == [5 - 1, 5 - 1, 3], "one booking and three times the organization"
    assert {path for found in paths for path in found} <= {
        f"/api/calendar/v1/{ACME}",
        "/api/calendar/v1/public/bookings",
    }
    one.post("/_mock/reset")
    assert (len(one.bookings()), len(two.bookings())) == (0, 1)
    assert one.get(ACME).status_code == 200


def test_an_exported_state_goes_from_world_to_world(
    world: Callable[[str], In], wish: Callable[..., dict[str, Any]]
) -> None:
    one, two = world("one"), world("two")
    assert one.post("public/bookings", json=wish(one, "haircut", "2025-12-03T15:00:00Z")).status_code == 201
    assert two.request("PUT", "/_mock/state", data=one.get("/_mock/state").data).status_code == 204
    assert [booking["id"] for booking in one.bookings()] == [booking["id"] for booking in two.bookings()]


def test_links_keep_the_prefix(world: Callable[[str], In], wish: Callable[..., dict[str, Any]]) -> None:
    one, two = world("one"), world("two")
    booked = one.post("public/bookings", json=wish(one, "haircut", "2025-12-03T15:00:00Z")).json
    url = booked["calendar_invite"]["ics_url"]
    assert url.startswith("http://localhost/w/one/calendar/book_")
    path = url.removeprefix("http://localhost/w/one")
    assert one.get(path).data.startswith(b"BEGIN:VCALENDAR")
    assert two.get(path).status_code == 404


def test_a_world_is_a_mock_of_its_own_to_whoever_asks_below_its_prefix(world: Callable[[str], In]) -> None:
    one = world("one")
    assert one.get("/_mock/health").json["status"] == "ok"
    assert one.get("/").data.startswith(b"This is a kordkit mock")
    assert one.get("public/nowhere").json == {"detail": "Path not found", "status": 404, "type": "not_found"}
    assert one.request("PATCH", ACME).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert one.get("/_mock/nowhere").json["detail"] == "the control API has no such path"
    assert one.post("public/bookings", data=b"x" * 70_000, content_type="application/json").status_code == 413


def test_what_is_no_world_says_how_to_make_one(client: Any) -> None:
    for path in (f"/w/nobody/api/calendar/v1/{ACME}", "/w/nobody/_mock/health", "/w/nobody", "/w/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json["detail"].startswith("there is no world"), path
        assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("name", ["-x", ".", "..", "a b", "a%2Fb", "a" * 101, "ä"])
def test_a_world_has_a_name_that_a_path_can_have(client: Any, name: str) -> None:
    answer = client.post(f"/_mock/worlds/{name}")
    assert answer.status_code in (400, 404)
    assert client.get("/_mock/worlds").json["worlds"] == []


def test_worlds_are_listed_and_dropped(client: Any, world: Callable[[str], In]) -> None:
    one = world("one")
    world("two")
    taken = client.post("/_mock/worlds/one")
    assert (taken.status_code, taken.json["detail"][:29]) == (409, "there is a world one already:")
    listed = client.get("/_mock/worlds").json
    assert [held["name"] for held in listed["worlds"]] == ["one", "two"]
    assert listed["worlds"][0]["control_url"] == "http://localhost/w/one/_mock"
    assert listed["most"] == MOST
    assert client.request("DELETE", "/_mock/worlds/one").status_code == 204
    assert client.request("DELETE", "/_mock/worlds/one").status_code == 404
    assert one.get("/_mock/health").status_code == 404
    assert [held["name"] for held in client.get("/_mock/worlds").json["worlds"]] == ["two"]


def test_a_world_has_no_worlds_of_its_own(world: Callable[[str], In]) -> None:
    one = world("one")
    for method, path in (("GET", "/_mock/worlds"), ("POST", "/_mock/worlds/two"), ("DELETE", "/_mock/worlds/one")):
        assert one.request(method, path).status_code == 404
    assert one.get("/w/one/_mock/health").status_code == 404


def test_one_of_several_processes_makes_none(client: Any) -> None:
    answer = client.post("/_mock/worlds/one", environ_overrides={"wsgi.multiprocess": True})
    assert (answer.status_code, answer.json["detail"]) == (
        409,
        "worlds live in one process, and this mock has several: start it without --workers",
    )


def test_who_may_not_control_the_mock_makes_no_world(start: Callable[..., Any]) -> None:
    client = start(admin_token="secret")
    assert client.post("/_mock/worlds/one").status_code == 401
    token = {"Authorization": "Bearer secret"}
    assert client.post("/_mock/worlds/one", headers=token).json["admin_token"] == "secret"
    one = In(client, "one")
    assert one.post("/_mock/reset").status_code == 401
    assert one.post("/_mock/reset", headers=token).status_code == 204


def test_the_log_says_in_which_world_a_request_was(client: Any) -> None:
    from mockserver.settings import Settings
    from mockserver.wiring import build

    seen: list[str] = []
    mine = replace(client, built=build(Settings(limits=False), log=lambda entry: seen.append(entry.path)))
    mine.post("/_mock/worlds/one")
    In(mine, "one").get(ACME)
    mine.get(ACME)
    assert seen == [f"/w/one/api/calendar/v1/{ACME}", f"/api/calendar/v1/{ACME}"]


# --- many of them


def test_parallel_tests_in_worlds_of_their_own_do_not_meet(
    client: Any, wish: Callable[..., dict[str, Any]], keys: Callable[..., str]
) -> None:
    """Each does what would clash in one world: the same slot, the same key, its own faults, its own time."""
    many, threads = 40, 8
    body = wish(client, "haircut", "2025-12-03T15:00:00Z")
    at_once = threading.Barrier(threads)

    def tests(number: int) -> list[Any]:
        name = f"test-{number}"
        client.post(f"/_mock/worlds/{name}")
        one = In(client, name)
        if number < threads:
            at_once.wait(30)
        one.post("/_mock/clock/advance", json={"seconds": number})
        one.post("/_mock/faults", json={"action": {"kind": "error", "status": 503}, "times": number % 3 + 1})
        statuses = [
            one.post("public/bookings", json=body, headers={"Idempotency-Key": "k"}).status_code for _ in "12345"
        ]
        now = one.get("/_mock/clock").json["now"]
        mine = len(one.get("/_mock/requests").json["requests"])
        return [number, statuses.count(503), statuses.count(201), len(one.bookings()), mine, now]

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(tests, range(many)))
    assert found == [
        [number, number % 3 + 1, 4 - number % 3, 1, 5, f"2025-12-01T08:00:{number:02}Z"] for number in range(many)
    ]
    assert not client.stored("bookings")


def test_a_world_is_made_in_less_than_five_milliseconds(client: Any) -> None:
    worlds: Worlds = client.built.front.worlds
    took = []
    for number in range(50):
        begun = time.perf_counter()
        worlds.create(f"world-{number}")
        took.append((time.perf_counter() - begun) * 1000)
    assert min(took) < CREATE_MS


def test_a_thousand_worlds_would_take_less_than_two_hundred_megabytes(client: Any) -> None:
    worlds: Worlds = client.built.front.worlds
    worlds.create("first")  # which compiles what all share
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(20):
            worlds.create(f"world-{number}")
        each = (tracemalloc.get_traced_memory()[0] - before) / 20
    finally:
        tracemalloc.stop()
    assert each * 1000 < 200e6


def test_the_head_of_a_request_to_a_world_is_looked_at_once(client: Any, world: Callable[[str], In]) -> None:
    """As to the mock itself: the server asks how much of the body is read, and the application goes on from there."""
    one = world("one")
    builder = EnvironBuilder("/w/one/api/calendar/v1/public/bookings", method="POST", json={})
    environ = {**builder.get_environ(), "HTTP_X_KORDLESS_KEY": client.key}
    assert client.built.gate.body_limit(environ) > 0
    _, _, headers = run_wsgi_app(client.built.app, environ)
    assert headers["X-Request-Id"] == "req_00000001"
    assert [entry["path"] for entry in one.get("/_mock/requests").json["requests"]] == [
        "/api/calendar/v1/public/bookings"
    ]


@pytest.mark.parametrize("waited", [True, False])
def test_a_host_that_is_none_is_refused_before_a_world_is_asked(
    client: Any, world: Callable[[str], In], waited: bool
) -> None:
    """Its control API, too, whether its body was waited for or not."""
    world("one")
    environ = {**EnvironBuilder("/w/one/_mock/reset", method="POST").get_environ(), "HTTP_HOST": "no host"}
    if waited:
        client.built.gate.body_limit(environ)
    chunks, status, _ = run_wsgi_app(client.built.app, environ)
    assert status.startswith("400")
    assert b"Host" in b"".join(chunks)
