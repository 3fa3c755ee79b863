"""What a reply wants to happen on the wire, over real sockets."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mockserver.serving.server_program import ask, connect, receive, running
from tests.turns import TURNS


def test_an_answer_waits_and_holds_no_thread() -> None:
    with running() as (_, port):
        begun = time.monotonic()
        waiting = [
            connect(port, b"GET /wire?1.5,, HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(100)
        ]
        assert ask(port, "GET /")[0] == 200
        assert time.monotonic() - begun < 15  # eight threads would be held for longer
        for sock in waiting:
            status, _, body = receive(sock)
            assert (status, body) == (200, b"0123456789")
        assert 1.5 <= time.monotonic() - begun < 15


def test_who_waits_less_is_answered_first() -> None:
    with running() as (_, port):
        long = connect(port, b"GET /wire?20,, HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        begun = time.monotonic()
        assert ask(port, "GET /wire?0.2,,")[2] == b"0123456789"
        assert 0.2 <= time.monotonic() - begun < 20
        long.close()


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
        assert ask(port, "GET /")[0] == 200
        assert len(list(files.iterdir())) < before + 20, "at most what has not quite ended yet"


def test_a_body_trickles_and_is_whole_in_the_end() -> None:
    with running() as (_, port), connect(port) as sock:

        def seconds_left() -> float:
            """From the first byte of the body to its last; fewer where we were late to see the first."""
            sock.sendall(b"GET /wire?0,,,1 HTTP/1.1\r\nHost: x\r\n\r\n")
            answer, first = b"", 0.0
            while not answer.endswith(b"0123456789"):
                answer += sock.recv(1)
                if answer.endswith(b"\r\n\r\n0"):
                    first = time.monotonic()
            return time.monotonic() - first

        assert any(seconds_left() >= 0.9 for _ in range(TURNS))
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
