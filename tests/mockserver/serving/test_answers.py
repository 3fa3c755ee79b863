"""What the server makes of requests and of the application's answers, over real sockets."""

import json
import signal

import pytest

from tests.mockserver.serving.server_program import ask, connect, receive, running, stop


def test_environment_variables_do_not_look_like_headers() -> None:
    with running(HTTP_PROXY="http://proxy") as (_, port):
        environ = json.loads(ask(port, "GET /environ?a=%20", "X-Sent: yes\r\n")[2])
    assert environ["HTTP_X_SENT"] == "yes"
    assert environ["QUERY_STRING"] == "a=%20"
    assert "HTTP_PROXY" not in environ
    assert "PATH" not in environ


def test_an_exception_is_a_logged_500_and_the_server_lives_on() -> None:
    with running() as (process, port):
        assert ask(port, "GET /boom")[0] == 500
        assert ask(port, "GET /half")[0] == 500
        assert ask(port, "GET /closed")[2] == b'["/half"]'
        _, err = stop(process, signal.SIGTERM)
    assert "GET /boom failed" in err
    assert "ValueError: boom in the app" in err
    assert "ValueError: half-way" in err


@pytest.mark.parametrize("status", ["99", "1000", "-1", "70000", "OK"])
def test_an_impossible_status_does_not_end_the_process(status: str) -> None:
    with running() as (_, port):
        assert ask(port, f"GET /status?{status}")[0] == 500
        assert ask(port, "GET /")[0] == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + 2_000_000 * b"x" + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + 200 * b"X: x\r\n" + b"\r\n",
        b"GET /" + 100_000 * b"x" + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_a_malformed_request_does_no_harm(data: bytes) -> None:
    with running() as (_, port):
        try:
            assert receive(connect(port, data))[0] in (400, 414, 431)
        except ConnectionError:
            assert len(data) > 1_000_000  # it hung up while we were still sending, which is its right
        assert ask(port, "GET /")[0] == 200


def test_the_headers_of_the_application_are_sent_as_they_are() -> None:
    with running() as (_, port):
        for line, length in [
            ("GET /", "2"),
            ("HEAD /head", "1000"),
            ("GET /status?204", None),
            ("GET /status?304", None),
        ]:
            _, head, body = ask(port, line)
            names = [field.partition(": ")[0] for field in head.split("\r\n")[1:]]
            assert sorted(set(names)) == sorted(names)
            assert "date: Thu, 01 Jan 2026 00:00:00 GMT" in head
            assert "server: mock" in head
            assert body == (b"ok" if line == "GET /" else b"")
            assert (f"content-length: {length}" in head) is (length is not None)
