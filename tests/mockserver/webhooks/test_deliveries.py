"""When deliveries are tried, in which order, and what becomes of them, on a moved clock."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.application import dispatcher
from mockserver.ports import Post
from tests.effort import draws
from tests.mockserver.conftest import Client, shipped
from tests.mockserver.webhooks.conftest import URL, Receiver, seconds_after_start

Listed = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def retries() -> tuple[int, ...]:
    stated = shipped().webhooks
    assert stated is not None
    return stated.retries


def due_after(retries: tuple[int, ...], failures: int) -> list[int]:
    """Seconds from the first try to each of them, where the receiver fails so often."""
    return [sum(retries[:number]) for number in range(min(failures, len(retries)) + 1)]


def sent(post: Post) -> tuple[str, str, str]:
    told = json.loads(post.body)
    return told["data"]["booking"]["id"], told["event"], told["webhookId"]


class Fails:
    """So often for each delivery, with 500 or without an answer."""

    def __init__(self, times: int) -> None:
        self.left: dict[str, int] = {}
        self.times = times

    def __call__(self, post: Post) -> int | str:
        delivery = sent(post)[2]
        left = self.left.setdefault(delivery, self.times)
        self.left[delivery] -= 1
        return (500 if left % 2 else "no answer") if left > 0 else 204


HOURS = ("15:00", "16:00", "17:00", "18:00")


def test_a_receiver_that_fails_k_times_gets_each_delivery_k_more_times_in_order(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    retries: tuple[int, ...],
) -> None:
    receiver = Receiver()
    client = told(receiver)
    beginning = client.get("/_mock/state").get_json()

    @settings(max_examples=draws(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        failures=st.integers(0, len(retries) + 1),
        bookings=st.integers(1, 3),
        canceled=st.integers(0, 3),
        steps=st.lists(st.integers(1, 4000), max_size=5),
    )
    def tries(failures: int, bookings: int, canceled: int, steps: list[int]) -> None:
        assert client.request("PUT", "/_mock/state", json=beginning).status_code == 204
        receiver.posts, receiver.answer = [], Fails(failures)
        registered(client)
        made = [book(client, start=f"2025-12-03T{hour}:00Z")["id"] for hour in HOURS[:bookings]]
        for number in made[:canceled]:
            assert client.post(f"/_mock/bookings/{number}/cancel").status_code == 200
        for step in steps:
            client.advance(step)
        client.advance(2 * sum(retries) + 1)
        log = deliveries(client)
        expected = due_after(retries, failures)
        whole = expected[-1]
        settled = "delivered" if failures <= len(retries) else "given up"
        for one in log:
            first = whole if one["event"] == "booking.cancelled" else 0
            assert seconds_after_start(one["attempts"]) == [first + moment for moment in expected]
            assert one["state"] == settled
        for number in made:
            mine = [sent(post) for post in receiver.posts if sent(post)[0] == number]
            kinds = ["booking.created"] + ["booking.cancelled"] * (number in made[:canceled])
            ids = {one["event"]: one["id"] for one in log if one["booking"] == number}
            assert mine == [(number, kind, ids[kind]) for kind in kinds for _ in expected]
        times = [int(post.headers["X-Kordless-Timestamp"]) for post in receiver.posts]
        assert times == sorted(times)

    tries()


def test_one_that_is_given_up_can_be_sent_again_with_its_id(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    retries: tuple[int, ...],
) -> None:
    receiver = Receiver(lambda _: 500)
    client = told(receiver)
    registered(client)
    book(client)
    client.advance(sum(retries))
    [one] = deliveries(client)
    assert (one["state"], one["due"], len(one["attempts"])) == ("given up", None, len(retries) + 1)
    assert {attempt["status"] for attempt in one["attempts"]} == {500}
    again = client.post(f"/_mock/deliveries/{one['id']}/resend").get_json()
    assert (again["state"], len(again["attempts"])) == ("pending", len(retries) + 2)
    receiver.answer = lambda _: 200
    client.advance(retries[0])
    [one] = deliveries(client, state="delivered")
    assert len(one["attempts"]) == len(retries) + 3
    again = client.post(f"/_mock/deliveries/{one['id']}/resend").get_json()
    assert (again["state"], len(again["attempts"])) == ("delivered", len(retries) + 4)
    assert {sent(post)[2] for post in receiver.posts} == {one["id"]}
    assert len({post.body for post in receiver.posts}) == 1


def test_nothing_but_success_counts_as_taken(
    told: Callable[..., Client], registered: Callable[..., dict[str, Any]], book: Callable[..., dict[str, Any]],
    deliveries: Listed,
) -> None:  # fmt: skip
    receiver = Receiver()
    client = told(receiver)
    registered(client)
    for status, state in ((200, "delivered"), (299, "delivered"), (301, "pending"), (404, "pending"), (199, "pending")):
        receiver.answer = lambda _, status=status: status  # type: ignore[misc]
        client.post("/_mock/reset")
        registered(client)
        book(client)
        [one] = deliveries(client)
        assert (one["state"], one["attempts"][0]["status"]) == (state, status)


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """What a receiver waits for that hangs."""
    event = threading.Event()
    yield event
    event.set()


def test_a_receiver_that_hangs_keeps_neither_requests_nor_others(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    held: threading.Event,
) -> None:
    come = threading.Semaphore(0)

    def answer(post: Post) -> int | str:
        if post.url == URL:
            held.wait(30)
        else:
            come.release()
        return 200

    client = told(Receiver(answer))
    registered(client)
    quick = registered(client, url="https://quick.example/")
    for day in range(3, 13):
        for hour in HOURS[:2]:
            answered = client.post("public/bookings", json=_body(f"2025-12-{day:02}", hour))
            assert answered.status_code in (201, 409)
    made = [one for one in client.stored("deliveries") if one.webhook == quick["id"]]
    assert len(made) > 8
    for _ in made:
        assert come.acquire(timeout=20)
    waiting = client.get("/_mock/deliveries?state=pending").get_json()["deliveries"]
    assert len([one for one in waiting if one["webhook"] != quick["id"]]) == len(made)
    held.set()


def _body(day: str, hour: str) -> dict[str, Any]:
    documented: dict[str, Any] = shipped().document["components"]["examples"]["CreateBooking"]["value"]
    end = f"{int(hour[:2]) + 1}:00"
    return {**documented, "starts_at": f"{day}T{hour}:00Z", "ends_at": f"{day}T{end}:00Z"}


def test_moving_the_clock_waits_no_longer_than_one_try_may_take(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    held: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    come = threading.Event()

    def hang(_: Post) -> int:
        come.set()
        held.wait(30)
        return 200

    client = told(Receiver(hang))
    registered(client)
    book(client)
    assert come.wait(20)
    mine = client.mock.dispatcher
    real, jumps = mine._uptime, count(0, 31)  # a look at the time takes half a minute
    monkeypatch.setattr(mine, "_uptime", lambda: real() + next(jumps))
    assert client.post("/_mock/clock/advance", json={"seconds": 60}).status_code == 200
    [one] = client.get("/_mock/deliveries").get_json()["deliveries"]
    assert (one["state"], one["attempts"]) == ("pending", [])


def test_without_webhooks_nothing_is_put_anywhere(
    told: Callable[..., Client], book: Callable[..., dict[str, Any]]
) -> None:
    client = told(Receiver())
    before = set(threading.enumerate())  # those of earlier tests may still end
    book(client)
    assert client.stored("deliveries") == []
    assert set(threading.enumerate()) <= before


def test_on_a_clock_that_runs_what_falls_due_is_sent_by_itself_whoever_hangs(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    held: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Retries are short here. The courier that looked out for them is the one that hangs."""
    monkeypatch.setattr(dispatcher, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(dispatcher, "LINGER_SECONDS", 0.1)
    rule = "$['x-rules']['webhooks.retries']"
    soon = [
        {"target": f"{rule}.value", "remove": True},  # an update would add to a list
        {"target": rule, "update": {"value": [0, 1]}},
    ]
    overlay = tmp_path / "soon.yaml"
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "soon", "version": "1"}, "actions": soon}))
    come = threading.Event()
    failures = count()

    def answer(post: Post) -> int:
        if post.url != URL:
            held.wait(30)
        elif next(failures) > 3:  # of two deliveries, tried twice at once
            come.set()
        return 500

    client = told(Receiver(answer), frozen=False, overlays=(overlay,))
    registered(client)
    book(client)
    registered(client, url="https://hangs.example/")
    book(client, start="2025-12-03T17:00:00Z")
    assert come.wait(20)


class Interrupted(Counter[str]):
    """What is under way; whoever asks for it is interrupted once, when he has looked and has not claimed."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._meanwhile = [meanwhile]

    def __getitem__(self, webhook: str) -> int:
        while self._meanwhile:
            self._meanwhile.pop()()
        return super().__getitem__(webhook)


def test_a_courier_who_looks_while_the_mock_begins_anew_sends_at_its_new_time(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = told(Receiver())
    couriers, first = client.mock.dispatcher, registered(client)
    client.post("/_mock/clock/advance", json={"seconds": 86_400})

    def begin_anew() -> None:
        client.mock.begin(client.built.beginning, anew=True)
        assert registered(client)["id"] == first["id"]
        book(client)

    with couriers.leading:  # no other courier claims
        monkeypatch.setattr(couriers, "_under_way", Interrupted(begin_anew))
        found, _ = couriers._looked()
        assert found is not None
        assert found.at == client.mock.clock.now()
        couriers._deliver(*found)
