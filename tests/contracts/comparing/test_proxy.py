"""Through the proxy every byte goes as it came, and as soon."""

import socket
import ssl
import time
from contextlib import suppress

import pytest
import trustme

from tests.contracts.comparing.proxies import ELSEWHERE, PATIENCE, Proxied, Server, proxied, received, violations
from tests.scripted_server import scripted

ANSWERS = {
    "order, case and repetition of headers": b"HTTP/1.1 200 Fine\r\nB: 2\r\na:1\r\nb:   3  \r\n"
    b"CONTENT-length: 2\r\n\r\nok",
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    "chunks, extensions and trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2;x=y\r\nab\r\n0003\r\ncde\r\n0\r\nX-Sum: 5\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
    "early hints first": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!",
    "bytes that are no text": b"HTTP/1.1 200 OK\r\nX: \xff\xfe\r\nContent-Length: 3\r\n\r\n\x00\xff\n",
    "a packed body": b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nbr!",
    "a large body": b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_comes_byte_for_byte_and_the_connection_is_kept(
    answer: bytes, server: Server, proxy: Proxied
) -> None:
    with proxy.connect() as client:
        for _ in range(2):
            client.sendall(ELSEWHERE)
            assert server.hear(len(ELSEWHERE)) == ELSEWHERE
            server.say(answer)
            assert received(client, len(answer)) == answer
    assert proxy.told == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ntoo short",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n",
        b"This is no HTTP at all, whatever it may be.\r\n\r\n",
        b"",
    ],
)
def test_what_ends_with_the_connection_ends_so_for_the_client(answer: bytes, server: Server, proxy: Proxied) -> None:
    with proxy.connect() as client:
        client.sendall(ELSEWHERE)
        server.hear(b"\r\n\r\n")
        server.say(answer)
        server.close()
        assert received(client) == answer


def test_connections_that_come_and_go_have_nothing_to_do_with_one_another() -> None:
    with scripted(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as url, proxied(url) as proxy:
        for _ in range(50):
            with proxy.connect() as client:
                client.sendall(ELSEWHERE)
                assert received(client, b"ok").endswith(b"ok")


def test_head_has_no_body_and_what_comes_all_the_same_is_passed_on(server: Server, proxy: Proxied) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 5\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(ELSEWHERE.replace(b"GET", b"HEAD"))
        server.hear(b"\r\n\r\n")
        server.say(answer + b"hello")
        assert received(client, len(answer) + 5) == answer + b"hello"
    assert ("server", "http.framing") in violations(proxy)


def test_requests_go_byte_for_byte_with_the_host_of_the_client(server: Server, proxy: Proxied) -> None:
    chunked = (
        b"POST /x HTTP/1.1\r\nhost: api.example.com\r\nTRANSFER-encoding: chunked\r\n\r\n"
        b"3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\n"
    )
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(chunked)
        assert server.hear(len(chunked)) == chunked
        server.say(answer)
        assert received(client, len(answer)) == answer


def test_pipelined_requests_are_answered_in_their_order(server: Server, proxy: Proxied) -> None:
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + str(number).encode() for number in range(5)]
    with proxy.connect() as client:
        client.sendall(ELSEWHERE * 5)
        server.hear(5 * len(ELSEWHERE))
        server.say(b"".join(answers))
        whole = b"".join(answers)
        assert received(client, len(whole)) == whole


def test_a_body_is_sent_when_the_server_says_continue(server: Server, proxy: Proxied) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(head)
        assert server.hear(len(head)) == head
        server.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert received(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"body")
        assert server.hear(4) == b"body"
        server.say(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        assert received(client, b"\r\n\r\n").startswith(b"HTTP/1.1 201")


def test_a_request_may_be_answered_before_it_has_been_said(server: Server, proxy: Proxied) -> None:
    answer = b"HTTP/1.1 413 Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
        server.hear(b"abc")
        server.say(answer)
        assert received(client, len(answer)) == answer


def test_an_answer_is_not_lost_when_the_server_reads_no_further(server: Server, proxy: Proxied) -> None:
    """It answers, and closes with unread bytes in its hands, which resets the connection while much is still sent."""
    answer = b"HTTP/1.1 413 Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 100_000)
        server.hear(b"\r\n\r\n")
        server.say(answer)
        server.close()
        with suppress(ConnectionError):
            client.sendall(b"x" * 3_000_000)
        assert received(client, len(answer)) == answer


def test_a_client_that_has_said_all_still_gets_its_answer(server: Server, proxy: Proxied) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with proxy.connect() as client:
        client.sendall(ELSEWHERE)
        client.shutdown(socket.SHUT_WR)
        server.hear(b"\r\n\r\n")
        server.say(answer)
        assert received(client) == answer


def test_an_upgraded_connection_is_passed_on_in_both_directions(server: Server, proxy: Proxied) -> None:
    asked = b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
    switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(asked)
        server.hear(len(asked))
        server.say(switched + b"\x00first")
        assert received(client, len(switched) + 6) == switched + b"\x00first"
        client.sendall(b"\xff\x00 ping")
        assert server.hear(7) == b"\xff\x00 ping"
        server.say(b"pong \x01")
        assert received(client, 6) == b"pong \x01"


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        (
            b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n",
            b"8\r\ndata: 1\n\r\n",
            b"8\r\ndata: 2\n\r\n",
        ),
        (b"Content-Length: 16\r\n", b"data: 1\n", b"data: 2\n"),
        (b"Content-Length: 1000000\r\n", b"data: 1\n", b"data: 2\n"),
    ],
)
def test_what_comes_slowly_is_not_held_back(
    head: bytes, first: bytes, second: bytes, server: Server, proxy: Proxied
) -> None:
    """The second piece is sent when the first has arrived."""
    start = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n"
    with proxy.connect() as client:
        client.sendall(ELSEWHERE)
        server.hear(b"\r\n\r\n")
        server.say(start)
        assert received(client, len(start)) == start
        for piece in (first, second):
            server.say(piece)
            assert received(client, len(piece)) == piece


def test_a_server_that_cannot_be_reached_gives_no_answer(server: Server) -> None:
    server.close()
    with proxied(server.url) as proxy, proxy.connect() as client:
        try:
            client.sendall(ELSEWHERE)
            assert received(client) == b""
        except ConnectionError:
            pass
        deadline = time.monotonic() + PATIENCE
        while not proxy.told and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "cannot be reached" in proxy.told[0]


def test_a_server_is_reached_over_tls_by_who_speaks_none() -> None:
    authority = trustme.CA()
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    authority.configure_trust(ours)
    told = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with scripted(lambda _: told, theirs) as url:
        with proxied(url, ours) as proxy, proxy.connect() as client:
            for _ in range(3):
                client.sendall(ELSEWHERE)
                assert received(client, len(told)) == told
        with (
            proxied(url, ssl.create_default_context()) as proxy,
            proxy.connect() as client,
            suppress(ConnectionError),
        ):
            client.sendall(ELSEWHERE)
            assert received(client) == b""
        assert "cannot be reached" in proxy.told[0]
