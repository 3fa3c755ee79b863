"""What a reply wants to happen on the wire, over real sockets."""

import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.mockserver.serving.server_program import ask, connect, receive, running
from tests.turns import TURNS, wait_until


def test_an_answer_waits_and_holds_no_thread() -> None:
    """Thirty-two threads would be held by a hundred for as long as a test takes."""
    with running() as (_, port), ExitStack() as clients:
        for _ in range(100):
            clients.enter_context(connect(port, b"GET /wire?1000,, HTTP/1.1\r\nHost: x\r\n\r\n"))
        begun = time.monotonic()
        assert ask(port, "GET /")[0] == 200
        for seconds in ("0.3", "0.2"):  # the hundred wait for longer, but began before
            assert ask(port, f"GET /wire?{seconds},,")[::2] == (200, b"0123456789")
        assert time.monotonic() - begun >= 0.5


def test_who_waits_together_is_answered_together() -> None:
    with running() as (_, port):
        waiting = [
            connect(port, b"GET /wire?0.5,, HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(100)
        ]
        assert [receive(sock)[::2] for sock in waiting] == [(200, b"0123456789")] * 100


@pytest.mark.parametrize("cut", [0, 1, 9])
def test_a_body_is_cut_short_and_the_connection_closed(cut: int) -> None:
    with running() as (_, port):
        sock = connect(port, f"GET /wire?0,{cut}, HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        _, head, body = receive(sock)
        assert body == b"0123456789"[:cut]
        assert "content-length: 10" in head
        assert ask(port, "GET /")[0] == 200


def test_a_cut_behind_its_end_leaves_a_body_whole() -> None:
    with running() as (_, port):
        assert ask(port, "GET /wire?0,11,")[2] == b"0123456789"


def test_a_connection_is_reset_without_a_byte_sent() -> None:
    with running() as (_, port):
        for _ in range(20):
            sock = connect(port, b"GET /wire?0,,reset HTTP/1.1\r\nHost: x\r\n\r\n")
            with sock, pytest.raises(ConnectionResetError):
                assert sock.recv(1) == b"never"
        assert ask(port, "GET /")[0] == 200


def test_a_connection_is_closed_without_a_byte_sent() -> None:
    with running() as (_, port):
        for _ in range(20):
            with connect(port, b"GET /wire?0,,close HTTP/1.1\r\nHost: x\r\n\r\n") as sock:
                assert sock.recv(1) == b""
        assert ask(port, "GET /")[0] == 200


@pytest.mark.parametrize("end", ["reset", "close"])
def test_connections_that_end_leave_no_file_open(end: str) -> None:
    with running() as (process, port):
        files = Path(f"/proc/{process.pid}/fd")
        ask(port, "GET /")
        before = len(list(files.iterdir()))
        for _ in range(50):
            sock = connect(port, f"GET /wire?0,,{end} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            with sock, suppress(ConnectionResetError):
                sock.recv(1)
        wait_until(lambda: len(list(files.iterdir())) < before + 5, "connections that have ended are still open")


def test_a_body_trickles_and_is_whole_in_the_end() -> None:
    with running() as (_, port), connect(port) as sock:

        def shown_early() -> bool:
            """Did the body begin in the first half of its second? Its end, however late we are, comes after it."""
            begun = time.monotonic()
            sock.sendall(b"GET /wire?0,,,1 HTTP/1.1\r\nHost: x\r\n\r\n")
            answer, first = b"", 0.0
            while not answer.endswith(b"0123456789"):
                answer += sock.recv(1)
                if answer.endswith(b"\r\n\r\n0"):
                    first = time.monotonic()
            assert time.monotonic() - begun >= 1
            return first - begun < 0.5

        assert any(shown_early() for _ in range(TURNS))
        # And the connection goes on.
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert receive(sock)[0] == 200


def test_a_body_that_trickles_may_be_cut_short_too() -> None:
    with running() as (_, port):
        assert receive(connect(port, b"GET /wire?0,5,,0.2 HTTP/1.1\r\nHost: x\r\n\r\n"))[2] == b"01234"


def test_a_client_that_has_gone_while_its_answer_waited_does_no_harm() -> None:
    with running() as (_, port):
        for wire in ("0.3,,", "0.3,1,", "0.3,,reset", "0.3,,close", "0,,,0.3"):
            connect(port, f"GET /wire?{wire} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).close()
        assert ask(port, "GET /wire?0.6,,")[0] == 200
