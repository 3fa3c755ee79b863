"""One Idempotency-Key, one outcome, through either door."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.application.bookings import BookingService
from mockserver.ports import SECOND
from mockserver.web.api.replay import Replay

DAY = 86_400 * SECOND
PATIENCE = 30.0  # seconds until a test gives up
FRESH = ("X-Request-Id", "Date", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
FIRST, SECOND_SLOT = "2025-12-03T15:00:00Z", "2025-12-04T15:00:00Z"

Post = Callable[..., Any]


@pytest.fixture
def post(wish: Callable[..., Any]) -> Post:
    """Asks for a haircut; `key` None sends none, `body` replaces the whole body."""

    def sent(client: Any, key: str | None = "k", *, start: str = FIRST, body: Any = None, **changes: Any) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return client.post("public/bookings", json=body or wish(client, "haircut", start, **changes), headers=headers)

    return sent


def replayed(answer: Any) -> bool:
    return bool(answer.headers.get("Idempotency-Replayed") == "true")


def bookings(client: Any) -> int:
    return len(client.stored("bookings"))


def replays(client: Any) -> int:
    return len(client.stored("replays"))


# --- the same key and the same body


def test_the_first_answer_is_given_again_byte_for_byte(start: Callable[..., Any], post: Post) -> None:
    client = start(limits=True)
    first = post(client)
    client.advance(5)
    again = post(client)
    assert (first.status_code, replayed(first), "Idempotency-Replayed" in first.headers) == (201, False, False)
    assert (again.status_code, again.data, replayed(again)) == (201, first.data, True)
    assert bookings(client) == 1

    def lasting(answer: Any) -> list[tuple[str, str]]:
        return [header for header in answer.headers if header[0] not in (*FRESH, "Idempotency-Replayed")]

    assert lasting(again) == lasting(first)
    assert again.headers["Content-Type"] == "application/json"
    assert again.headers["Date"] != first.headers["Date"]
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert (first.headers["X-RateLimit-Remaining"], again.headers["X-RateLimit-Remaining"]) == ("9", "8")


def test_a_replay_echoes_the_request_id_of_its_own_request(client: Any, wish: Callable[..., Any]) -> None:
    body = wish(client, "haircut", FIRST)
    for name in ("one", "two"):
        headers = {"Idempotency-Key": "k", "X-Request-Id": name}
        assert client.post("public/bookings", json=body, headers=headers).headers["X-Request-Id"] == name


def test_members_in_another_order_are_the_same_body(client: Any, post: Post, wish: Callable[..., Any]) -> None:
    body = wish(client, "haircut", FIRST)
    first = post(client, body=body)
    turned = dict(reversed(body.items())) | {"contact": dict(reversed(body["contact"].items()))}
    text = json.dumps(turned, indent=2).replace("haircut", "h\\u0061ircut")
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json; charset=utf-8"}
    again = client.post("public/bookings", data=text, headers=headers)
    assert (again.status_code, again.data, replayed(again)) == (201, first.data, True)


@pytest.mark.parametrize(
    "change",
    [{"notes": "changed"}, {"unknown": 1}, {"party_size": 1}, {"starts_at": "2025-12-03T15:00:00.0Z"}, {"notes": None}],
)
def test_another_body_is_refused_however_small_the_difference(
    client: Any, post: Post, wish: Callable[..., Any], refused: Callable[..., None], change: dict[str, Any]
) -> None:
    """Unknown members count, defaults are not filled in, times are not read."""
    body = {n: v for n, v in wish(client, "haircut", FIRST).items() if n != "party_size"} | {"notes": "as sent"}
    first = post(client, body=body)
    assert first.status_code == 201
    refused(post(client, body=body | change), "idempotency_key_reused")
    assert post(client, body=body).data == first.data
    assert bookings(client) == 1


def test_another_body_is_refused_even_if_it_is_invalid(client: Any, post: Post, refused: Callable[..., None]) -> None:
    post(client)
    refused(post(client, body={"org_slug": "acme-salon"}), "idempotency_key_reused")


def test_a_body_of_many_levels_is_answered_with_a_key_as_it_is_without(client: Any, wish: Callable[..., Any]) -> None:
    nested: Any = []
    for _ in range(300):
        nested = [nested]
    body = {**wish(client, "haircut", FIRST), "unknown": nested}
    sent = {"data": json.dumps(body), "content_type": "application/json"}
    with_key = client.post("public/bookings", headers={"Idempotency-Key": "k"}, **sent)
    client.request("POST", "/_mock/reset")
    assert with_key.status_code == client.post("public/bookings", **sent).status_code


# --- which keys, and for how long


@pytest.mark.parametrize("key", ["!", "k" * 255, "booking-user123-1701619200000", "~/:;=?@[]{}\"'\\"])
def test_any_visible_ascii_characters_make_a_key(client: Any, post: Post, key: str) -> None:
    assert [replayed(post(client, key)) for _ in range(2)] == [False, True]


@pytest.mark.parametrize("key", ["", "k" * 256, "a key", " k", "k\x7f", "caf\u00e9", "a\tb"])
def test_a_key_of_another_form_is_refused_before_anything_is_done(
    client: Any, wish: Callable[..., Any], refused: Callable[..., None], key: str
) -> None:
    answer = client.post(
        "public/bookings", json=wish(client, "haircut", FIRST), environ_overrides={"HTTP_IDEMPOTENCY_KEY": key}
    )
    refused(answer, "invalid_idempotency_key", field="Idempotency-Key")
    assert (bookings(client), replays(client)) == (0, 0)


def test_keys_are_told_apart_by_case_and_belong_to_one_api_key(client: Any, post: Post) -> None:
    new = {"organization": "acme-salon", "kind": "public", "label": "second"}
    second = client.with_key(client.request("POST", "/_mock/keys", json=new).get_json()["key"])
    assert [post(client, "k").status_code, post(client, "K").status_code] == [201, 409]
    other = post(second, "k", start=SECOND_SLOT)
    assert (other.status_code, replayed(other)) == (201, False)
    assert (bookings(client), replays(client)) == (2, 3)


def test_a_key_is_kept_for_a_day_from_the_arrival_of_its_first_request(client: Any, post: Post) -> None:
    first = post(client)
    clock = client.mock.clock
    begun = clock.now()
    clock.move_to(begun + DAY // 2)
    assert replayed(post(client))  # which prolongs nothing
    clock.move_to(begun + DAY - 1)
    assert post(client).data == first.data
    clock.move_to(begun + DAY)
    late = post(client)
    assert (late.status_code, replayed(late)) == (409, False)
    assert replayed(post(client))


def test_without_a_key_nothing_is_stored(client: Any, post: Post) -> None:
    assert [post(client, None).status_code for _ in range(2)] == [201, 409]
    assert replays(client) == 0


# --- which outcomes


def test_conflicts_and_broken_rules_are_given_again_though_they_would_end_otherwise_now(
    client: Any, post: Post
) -> None:
    post(client, "taken")
    conflict = post(client, "conflict")
    past = post(client, "past", start="2025-11-28T15:00:00Z")
    far = post(client, "far", start="2030-12-04T15:00:00Z")
    assert [answer.status_code for answer in (conflict, past, far)] == [409, 422, 422]
    number = post(client, "taken").get_json()["booking"]["confirmation_number"]
    client.post(f"public/bookings/confirmation/{number}/cancel?contact=sarah@example.com")
    again = post(client, "conflict")
    assert (again.status_code, again.data, replayed(again)) == (409, conflict.data, True)
    assert again.headers["Content-Type"] == conflict.headers["Content-Type"]
    again = post(client, "past", start="2025-11-28T15:00:00Z")
    assert (again.status_code, again.data, replayed(again)) == (422, past.data, True)
    assert post(client, "new").status_code == 201


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (400, {"contact": None}),
        (400, {"ends_at": "2025-12-03T15:30:00Z"}),
        (400, {"timezone": "Mars/Olympus"}),
        (400, {"org_slug": None}),
        (404, {"service_slug": "no-such-service"}),
        (404, {"host_id": "host_nobody"}),
        (404, {"org_slug": "nowhere"}),
        (403, {"org_slug": "harbor-clinic"}),
    ],
)
def test_other_refusals_leave_the_key_free(
    client: Any, post: Post, wish: Callable[..., Any], status: int, wrong: dict[str, Any]
) -> None:
    body = {name: value for name, value in {**wish(client, "haircut", FIRST), **wrong}.items() if value is not None}
    assert post(client, body=body).status_code == status
    assert replays(client) == 0
    right = post(client)
    assert (right.status_code, replayed(right)) == (201, False)


def test_a_refused_key_or_an_exhausted_limit_leaves_the_key_free(
    start: Callable[..., Any], post: Post, keys: Callable[..., str]
) -> None:
    client = start(limits=True)
    assert post(client.with_key(keys(client, "revoked"))).status_code == 401
    limiter, policy = client.mock.limiter, client.mock.policies["creation"]
    limiter.set_remaining(policy, "key_acme_public", 0, client.mock.clock.now())
    assert post(client).status_code == 429
    client.advance(60)
    assert (post(client).status_code, replays(client)) == (201, 1)


@pytest.mark.parametrize(
    "part", ["state.tables.ids.booking_id", "state.tables.bookings.save", "bookings.offer_of", "idempotency.complete"]
)
@pytest.mark.sources
def test_a_crash_frees_the_key_and_leaves_no_booking(
    client: Any, post: Post, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    holder, (*path, name) = client.mock, part.split(".")
    for step in path:
        holder = getattr(holder, step)
    with monkeypatch.context() as broken:
        broken.setattr(holder, name, crash)
        failed = post(client)
        assert (failed.status_code, failed.get_json()["type"]) == (500, "server_error")
        assert (bookings(client), replays(client)) == (0, 0)
    again = post(client)
    assert (again.status_code, replayed(again), bookings(client)) == (201, False, 1)


def test_other_operations_ignore_the_header(client: Any, post: Post) -> None:
    number = post(client, "first").get_json()["booking"]["confirmation_number"]
    path = f"public/bookings/confirmation/{number}"
    for key in ("k", "", "not a key"):
        headers = {"Idempotency-Key": key}
        assert client.get("public/org/acme-salon", headers=headers).status_code == 200
        move = {"start_at": SECOND_SLOT, "end_at": "2025-12-04T16:00:00Z"}
        moved = client.post(f"{path}/reschedule?contact=sarah@example.com", json=move, headers=headers)
        assert (moved.status_code, replayed(moved)) == (200, False)
    statuses = [
        client.post(f"{path}/cancel?contact=sarah@example.com", headers={"Idempotency-Key": "k"}).status_code
        for _ in range(2)
    ]
    assert (statuses, replays(client)) == ([200, 422], 1)


# --- while the first is still running


@pytest.mark.parametrize(
    ("part", "method", "reading"),
    [(Replay, "_first", "0"), (BookingService, "create_booking", "limits.retry_after=absent")],
    ids=["not yet begun", "amid the rules"],
)
@pytest.mark.sources
def test_a_second_request_while_the_first_still_runs_is_told_to_come_again(
    start: Callable[..., Any],
    post: Post,
    refused: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    part: type,
    method: str,
    reading: str,
) -> None:
    """The first has claimed its key, and is held up before its work or in its midst. How a limit says when to come
    again is another matter."""
    client = start(limits=True, reading=reading)
    arrived, go_on = threading.Event(), threading.Event()
    run = getattr(part, method)

    def held_up(*how: Any) -> Any:
        arrived.set()
        assert go_on.wait(PATIENCE)
        return run(*how)

    monkeypatch.setattr(part, method, held_up)
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(post(client)), daemon=True)
    first.start()
    try:
        assert arrived.wait(PATIENCE)
        for second in (post(client), post(client, notes="another body")):
            refused(second, "request_in_progress")
            assert (second.headers["Retry-After"], replayed(second)) == ("1", False)
        assert client.stored("bookings") == []
    finally:
        go_on.set()
        first.join(PATIENCE)
    third = post(client)
    assert (answers[0].status_code, third.data, replayed(third)) == (201, answers[0].data, True)
