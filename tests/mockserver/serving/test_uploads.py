"""Bodies over real sockets: whole, broken off, stalled, dripping, without end."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from mockserver.serving import server
from mockserver.serving.uploads import Patience, Upload, Uploads
from tests.mockserver.serving.server_program import SMALL, STALLED, ask, connect, receive, running
from tests.turns import PATIENCE, assert_below, elapsed


@pytest.mark.parametrize("count", [4, 32, 256])
@pytest.mark.parametrize("path", ["/echo", "/unwanted"])
def test_stalled_uploads_do_not_keep_others_waiting(path: str, count: int) -> None:
    with running("endless") as (_, port), ExitStack() as clients:
        for _ in range(count):
            clients.enter_context(connect(port, STALLED.replace(b"/echo", path.encode())))
        for _ in range(3):
            assert ask(port, "GET /health")[0] == 200


def test_an_upload_broken_off_does_not_reach_the_application() -> None:
    with running() as (_, port):
        client = connect(port, STALLED)
        client.shutdown(socket.SHUT_WR)
        assert receive(client)[0] == 400


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 7\r\n", b"one\ntwo"),
        ("Transfer-Encoding: chunked\r\n", b"3\r\none\r\n4\r\n\ntwo\r\n0\r\n\r\n"),
    ],
)
def test_a_body_can_be_read_in_any_way(headers: str, body: bytes) -> None:
    with running() as (_, port):
        assert ask(port, "POST /echo", headers, body)[2] == b"one\ntwo"


def test_a_body_declared_to_be_huge_is_not_waited_for() -> None:
    with running() as (_, port):
        status, _, body = ask(port, "POST /echo", f"Content-Length: {server.MAX_BODY + 1}\r\n", b"one")
        assert (status, body) == (200, b"")


def test_a_body_that_does_not_come_in_time_is_408_and_the_end_of_the_connection() -> None:
    with running("hasty") as (_, port):
        before = time.monotonic()
        status, head, _ = receive(connect(port, STALLED))
        assert status == 408
        assert "connection: close" in head
        assert 1.0 < time.monotonic() - before < PATIENCE


def test_a_body_that_comes_too_slowly_is_given_up_early() -> None:
    with running("strict") as (_, port), connect(port, STALLED) as client:
        client.settimeout(0.05)
        for _ in range(900):  # of the thousand that it declared
            with suppress(TimeoutError):
                assert client.recv(1000).startswith(b"HTTP/1.1 408")
                break
            client.sendall(b"x")
        else:
            pytest.fail("it is waited for to the end")


@pytest.mark.parametrize("size", [SMALL, SMALL + 1, 100_000])
def test_no_more_than_one_byte_too_many_is_read(size: int) -> None:
    chunk = f"{size:x}\r\n".encode() + size * b"x" + b"\r\n"
    with running() as (_, port), connect(port) as client:
        client.sendall(b"POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
        if size <= SMALL:
            client.sendall(b"0\r\n\r\n")
        answer = client.recv(1000)
    assert len(answer.partition(b"\r\n\r\n")[2]) == min(size, SMALL + 1)
    assert (b"connection: close" in answer) is (size > SMALL)


@pytest.mark.parametrize("size", [SMALL + 1, 300_000])
def test_a_body_declared_to_be_too_long_is_let_pass_before_it_is_refused(size: int) -> None:
    """A proxy would have to say 502 if it could not send it all."""
    with running("endless") as (_, port):
        head = f"POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
        with connect(port, head + b"x" * (size - 1)) as client:
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(PATIENCE)
            client.sendall(b"x")
            assert b"connection: close" in client.recv(1000).lower()


def test_a_body_without_end_is_cut_off() -> None:
    with running() as (_, port), connect(port) as client:
        client.sendall(b"POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012 - one of many writes
            for _ in range(2000):
                client.sendall(b"10000\r\n" + 65536 * b"x" + b"\r\n")


def test_a_small_body_that_nobody_wants_does_not_end_the_connection() -> None:
    with running("endless") as (_, port), connect(port) as client:
        for _ in range(2):
            client.sendall(b"POST /unwanted HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
            client.sendall(b"{}")
            assert b"content-length" in client.recv(1000).lower()


def test_a_body_that_nobody_wants_is_not_waited_for() -> None:
    with running() as (_, port):

        def ask_unwanted() -> None:
            status, head, _ = receive(connect(port, STALLED.replace(b"/echo", b"/unwanted")))
            assert (status, "connection: close" in head) == (200, True)

        assert_below(3, lambda: elapsed(ask_unwanted))


class Future:
    """What a request's next message is waited for with."""

    def __init__(self) -> None:
        self.callback: Callable[[Any], object] = lambda _: None
        self.cancelled = False

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        self.callback = callback

    def remove_done_callback(self, _: Any) -> None:
        self.callback = lambda _: None

    def cancel(self) -> None:
        self.cancelled = True
        self.callback(self)

    def result(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": True}


class Source:
    def __init__(self) -> None:
        self.futures: list[Future] = []

    def receive(self) -> Future:
        self.futures.append(Future())
        return self.futures[-1]


@pytest.mark.parametrize(("seconds", "is_late"), [(9.9, False), (10.1, True)])
def test_who_has_sent_little_after_ten_seconds_is_late(seconds: float, is_late: bool) -> None:
    source, outcomes, uploads = Source(), list[bytes | OSError](), Uploads()
    uploads.collect(Upload(source, 1000, 100, outcomes.append, Patience(), begun=0.0))
    source.futures[0].callback(source.futures[0])
    uploads.give_up_late(seconds)
    uploads.give_up_late(seconds)
    assert [type(outcome) for outcome in outcomes] == [TimeoutError] * is_late
    assert [future.cancelled for future in source.futures] == [False, is_late]


@pytest.mark.parametrize("limit", [3, 2])
def test_of_a_body_that_passes_nothing_is_kept(limit: int) -> None:
    source, outcomes, uploads = Source(), list[bytes | OSError](), Uploads()
    upload = Upload(source, limit, 3, outcomes.append, Patience(), kept=False)
    uploads.collect(upload)
    for number in range(3):
        source.futures[number].callback(source.futures[number])
    assert upload.chunks == []
    assert [bytes if outcome == b"" else type(outcome) for outcome in outcomes] == [bytes if limit == 3 else OSError]


def test_a_steady_sender_has_thirty_seconds() -> None:
    patience = Patience()
    assert not patience.is_over(29.9, 40_000)
    assert patience.is_over(30.1, 4_000_000)
