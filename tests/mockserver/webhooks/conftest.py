"""Mocks whose deliveries go to a receiver in the same process."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from mockserver.domain.instants import parse_instant
from mockserver.parts import STANDARD
from mockserver.ports import SECOND, Answer, Post
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.mockserver.conftest import NOW, Client

URL = "https://receiver.example/hook"
EVENTS = ["booking.created", "booking.updated", "booking.cancelled"]


class Receiver:
    """Answers with `answer`, a status or why there is none; `posts` are what came, in order."""

    def __init__(self, answer: Callable[[Post], int | str] = lambda _: 200) -> None:
        self.answer = answer
        self.posts: list[Post] = []
        self._lock = threading.Lock()

    def send(self, post: Post, seconds: float) -> Answer:
        with self._lock:
            self.posts.append(post)
        answered = self.answer(post)
        return Answer(1, None, answered) if isinstance(answered, str) else Answer(1, answered)


@pytest.fixture
def told() -> Iterator[Callable[..., Client]]:
    """Starts a mock at NOW, its clock frozen, that delivers to a receiver; `client.mock.dispatcher` is at hand."""
    begun = []

    def started(receiver: Receiver, **settings: Any) -> Client:
        chosen = {"now": parse_instant(NOW) * SECOND, "frozen": True, "limits": False, "seed": 7, **settings}
        built = build(Settings(**chosen), parts=replace(STANDARD, sender=lambda: receiver))
        begun.append(built)
        public = next(key.value for key in built.dataset.keys if key.record.kind == "public")
        return Client(built, public)

    yield started
    for built in begun:
        built.mock.close()


@pytest.fixture
def registered() -> Callable[..., dict[str, Any]]:
    """Registers a webhook of acme-salon and gives what was answered."""

    def webhook(client: Client, **changes: Any) -> dict[str, Any]:
        wanted = {"organization": "acme-salon", "url": URL, "events": EVENTS, **changes}
        answer = client.post("/_mock/webhooks", json=wanted)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.get_json()
        return made

    return webhook


@pytest.fixture
def deliveries() -> Callable[..., list[dict[str, Any]]]:
    """What was delivered, oldest first, when all that is due has been tried."""

    def listed(client: Client, **query: str) -> list[dict[str, Any]]:
        assert client.post("/_mock/clock/advance", json={"seconds": 0}).status_code == 200
        answer = client.get("/_mock/deliveries", query_string=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.get_json()["deliveries"]
        return found[::-1]

    return listed


def seconds_after_start(attempts: list[Mapping[str, Any]]) -> list[int]:
    return [parse_instant(attempt["at"]) - parse_instant(NOW) for attempt in attempts]
