"""The bytes of an answer against its head: what no HTTP library tells."""

import pytest
import requests

from contracts.exchange import Request, Wire
from contracts.observe.framing import judged
from contracts.spec.contract import Contract
from contracts.target import transport, wire
from tests.scripted_server import plain, scripted

CONTRACT = Contract.load()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def seen(answer: bytes, method: str = "GET") -> str | None:
    """What is wrong with the bytes that a server sends, on a connection that stays open."""
    with scripted(lambda _: answer) as url:
        data = wire.read(transport.session(), requests.Request(method, url).prepare())
    breach = judged(CONTRACT, Wire.parsed(Request(method, url), data))
    return None if breach is None else breach.seen


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "IDLE", 0.2)


@pytest.mark.parametrize(
    ("answer", "method"),
    [
        (plain(b"{}"), "GET"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + plain(b"{}"), "GET"),
        (plain(b"{}")[:-2], "HEAD"),
        (b"HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n", "OPTIONS"),
        (CHUNKED + b"2;x=y\r\n{}\r\n0\r\nX-Trailer: t\r\n\r\n", "GET"),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", "GET"),
    ],
)
def test_what_is_framed_as_its_head_says_is_right(answer: bytes, method: str) -> None:
    assert seen(answer, method) is None


@pytest.mark.parametrize(
    ("answer", "method", "told"),
    [
        (plain(b"{}"), "HEAD", "answered 200 to HEAD with 2 bytes of body"),
        (plain(b"{}", status="204 No Content"), "OPTIONS", "answered 204 to OPTIONS with 2 bytes of body"),
        (plain(b"{}", status="304 Not Modified"), "GET", "answered 304 to GET with 2 bytes of body"),
        (plain(b"{}") + b"more", "GET", "answered 200 to GET with a body of 6"),
        (plain(b"{}")[:-1], "GET", "answered 200 to GET with a body of 1"),
        (plain(b"{}", "Content-Length: 3\r\n"), "GET", "answered 200 to GET with 3, 2"),
        (plain(b"{}", "Transfer-Encoding: chunked\r\n"), "GET", "answered 200 to GET with 2, chunked"),
        (CHUNKED + b"2\r\n{}\r\n0\r\n\r\nmore", "GET", "answered 200 to GET with other bytes"),
        (CHUNKED + b"{}", "GET", "answered 200 to GET with other bytes"),
    ],
)
def test_bytes_that_the_head_does_not_announce_are_seen(answer: bytes, method: str, told: str) -> None:
    assert seen(answer, method) == told


@pytest.mark.parametrize("answer", [b"", b"nothing of HTTP\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_http_is_no_answer(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"no HTTP|invalid literal"):
        Wire.parsed(Request("GET", "/"), answer)
