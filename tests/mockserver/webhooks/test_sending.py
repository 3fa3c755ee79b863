"""What goes over real sockets: one connection for each try, straight to the receiver, and all of it within its time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from mockserver.adapters.sending import HttpSender
from mockserver.ports import Post
from tests.turns import PATIENCE

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def receiver(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Answers one connection after the other, or does something with it; its URL, and what came."""
    came: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    came.append(_request(connection))
                    if callable(answer):
                        answer(connection)
                    else:
                        connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook?a=b", came
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _request(connection: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b"{}") and (more := connection.recv(4096)):
        got += more
    return got


def post(url: str) -> Post:
    return Post("POST", url, {"Content-Type": "application/json", "X-Sig": "s"}, b"{}")


def test_what_is_sent_is_the_body_as_it_is_and_the_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with receiver(OK) as (url, came):
        assert HttpSender().send(post(url), PATIENCE)[1:] == (200, None)
    head, body = came[0].split(b"\r\n\r\n")
    assert body == b"{}"
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /hook?a=b HTTP/1.1"
    assert {b"Content-Type: application/json", b"X-Sig: s", b"Content-Length: 2", b"Connection: close"} <= set(lines)


def test_redirects_are_answers_like_any_other() -> None:
    with receiver(b"HTTP/1.1 307 Off\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n") as (url, came):
        assert HttpSender().send(post(url), PATIENCE)[1:] == (307, None)
    assert len(came) == 1


def _trickles(connection: socket.socket) -> None:
    """A byte now and then, which a timeout of the socket alone would wait for to the end: an answer like any other."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Long: %s\r\n" % (1000 * b"x") + b"Content-Length: 0\r\n\r\n":
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "seconds", "error"),
    [
        (lambda connection: connection.recv(1), 0.3, "no answer within 0.3 seconds"),
        (_trickles, 0.3, "no answer within 0.3 seconds"),
        (b"", PATIENCE, "Remote end closed connection without response"),
        (b"nonsense\r\n\r\n", PATIENCE, "nonsense"),
    ],
)
def test_what_keeps_an_answer_from_coming_is_told(
    answer: bytes | Callable[..., None], seconds: float, error: str
) -> None:
    with receiver(answer) as (url, _):
        status, told = HttpSender().send(post(url), seconds)[1:]
    assert status is None
    assert told is not None
    assert told.strip() == error


def test_nobody_there_is_told() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert HttpSender().send(post(f"http://127.0.0.1:{bound.getsockname()[1]}/"), PATIENCE)[1:] == (
            None,
            "Connection refused",
        )
