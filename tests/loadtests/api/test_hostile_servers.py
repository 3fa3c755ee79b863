"""Whatever a server sends, it is an answer or none: never our failure, and never without an end."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from contracts.errors import UnreachableError
from contracts.spec.contract import Contract
from contracts.target import transport
from loadtests.api.client import Client, object_of
from loadtests.api.endpoint import Endpoint
from loadtests.api.target import Organization, Target
from loadtests.run.plan import Plan
from tests.loadtests.running import run
from tests.scripted_server import plain as answer_of
from tests.scripted_server import scripted

pytestmark = pytest.mark.usefixtures("forked_generators")

DATE = "Date: Sat, 28 Nov 2026 08:00:00 GMT\r\n"
ANYTHING = json.dumps({"services": [{"slug": "s"}], "calendarSettings": {"booking_window_days": 1}, "slots": []})
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
Serve = Callable[[Callable[[bytes], bytes]], str]


def plain(body: bytes = ANYTHING.encode(), headers: str = "") -> bytes:
    return answer_of(body, headers)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that gives these bytes for each request; how it is reached."""
    with ExitStack() as servers:
        yield lambda script: servers.enter_context(scripted(script))


def target(url: str) -> Target:
    return Target(url, (Organization("o", keys=("kord_test_x",)),))


def asked(url: str) -> Any:
    return Client(Endpoint.of(target(url), Contract.load()), patience=5.0).ask("getOrganization", {"org_slug": "o"})


def loaded(serve: Serve, under_load: bytes) -> Any:
    """What is told of each status: before the load everything is well."""
    url = serve(lambda request: under_load if b"kordkit-load" in request else plain())
    return run(Plan("browse", target(url), rate="20/s", duration=0.5)).statistics.of()


@pytest.mark.parametrize("interim", [HINT, CONTINUE, CONTINUE + HINT + HINT])
def test_interim_answers_are_passed_over_before_and_under_load(serve: Serve, interim: bytes) -> None:
    answer = asked(serve(lambda _: interim + plain()))
    assert (answer.status_code, object_of(answer)["services"]) == (200, [{"slug": "s"}])
    told = loaded(serve, interim + plain())
    assert (dict(told.statuses), told.errors) == ({200: 10}, 0)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        b"\x00\xff\r\n\r\n",
    ],
)
def test_nonsense_under_load_is_no_answer_and_ends_no_run(serve: Serve, nonsense: bytes) -> None:
    told = loaded(serve, nonsense)
    assert (dict(told.statuses), told.errors) == ({0: 10}, 10)


def test_a_booking_that_is_none_ends_no_run(serve: Serve) -> None:
    """Members of another type than the contract has them."""
    slots = [{"startsAt": "2026-12-05T10:00:00Z", "endsAt": "2026-12-05T11:00:00Z", "availableCapacity": 1}]
    stated = {"calendarSettings": {"duration_minutes": 60}, "services": [{"slug": "s"}], "slots": slots}
    booked = b'{"booking": [1]}'
    made = f"HTTP/1.1 201 Created\r\n{DATE}Content-Length: {len(booked)}\r\n\r\n".encode() + booked
    url = serve(lambda request: made if request.startswith(b"POST") else plain(json.dumps(stated).encode()))
    plan = Plan("slot_race", target(url), rate="20/s", duration=0.5, allow_writes=True)
    assert run(plan).statistics.of("createBooking").statuses[201] == 10


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (plain(b" " * 3_000), "more than 0 MiB"),
        (plain(gzip.compress(b" " * 100_000), "Content-Encoding: gzip\r\n"), "unfolds to more than 0 MiB"),
        (plain(b"[" * 2_000), "without a JSON object"),
        (HINT * 30 + plain(), "does not answer"),
        (b"SSH-2.0-x\r\n", "is no HTTP"),
    ],
)
def test_an_answer_without_an_end_is_a_sentence(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, answer: bytes, sentence: str
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 2_500)
    monkeypatch.setattr(transport, "TIMEOUT", 2.0)
    with pytest.raises(UnreachableError, match=sentence):
        object_of(asked(serve(lambda _: answer)))


def test_a_packed_answer_is_read_although_nobody_asked_for_it(serve: Serve) -> None:
    packed = plain(gzip.compress(ANYTHING.encode()), "Content-Encoding: gzip\r\n")
    assert object_of(asked(serve(lambda _: packed)))["slots"] == []


def test_what_keeps_a_client_from_its_answer_is_said(serve: Serve) -> None:
    here = serve(lambda _: plain())
    with pytest.raises(UnreachableError, match="that port does not speak TLS: is the URL one with http://"):
        asked(here.replace("http:", "https:"))
    with pytest.raises(UnreachableError, match=r"the host no\.such\.host\.invalid is not known"):
        asked("http://no.such.host.invalid")
    with pytest.raises(UnreachableError, match="does not answer: the connection was refused"):
        asked("http://127.0.0.1:9")


def test_a_redirect_is_named_with_its_target(serve: Serve) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: https://else.example:8443/x?key=secret\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(
        UnreachableError, match=r"sends on to else\.example \(302 to https://else\.example:8443/x\)"
    ) as told:
        asked(serve(lambda _: moved))
    assert "secret" not in str(told.value)
