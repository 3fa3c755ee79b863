"""Who watches the journal, over real sockets: events as they happen, a slow reader, many readers, none that stays."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from mockserver.serving.streams import Streams
from tests.mock_process import RunningMock, running_mock
from tests.turns import PATIENCE, wait_until

KEY = "kord_test_AcmeSalonPublic0000000000000Apub"
ORG = "/api/calendar/v1/public/org/acme-salon"
HEARTBEAT = b":\n\n"  # comes when a stream has been silent for a while, or a busy machine has


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--limits", "off") as started:
        yield started


def connect(mock: RunningMock) -> socket.socket:
    host, _, port = mock.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


class Reader:
    """Of a stream, whose events have been told to begin."""

    def __init__(self, mock: RunningMock, query: str = "") -> None:
        self.socket = connect(mock)
        self.socket.sendall(f"GET /_mock/requests/stream{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self._file = self.socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline().strip():
            pass
        if self.status == 200:
            assert next(self._chunks()) == b": one event for each request\n\n"

    def events(self) -> Iterator[tuple[str, Any]]:
        """Kind and data of each."""
        for chunk in self._chunks():
            for event in filter(None, chunk.decode().split("\n\n")):
                fields = dict(line.split(": ", 1) for line in event.splitlines())
                yield fields.get("event", "message"), json.loads(fields["data"])

    def _chunks(self) -> Iterator[bytes]:
        while True:
            data = self._file.read(int(self._file.readline(), 16))
            self._file.readline()
            if data != HEARTBEAT:
                yield data

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@contextmanager
def watching(mock: RunningMock, query: str = "") -> Iterator[Reader]:
    reader = Reader(mock, query)
    try:
        yield reader
    finally:
        reader.close()


def ask(mock: RunningMock, *names: str, key: str = KEY, query: str = "") -> None:
    """One request for each name, one right after the other on one connection."""
    with connect(mock) as client:
        for name in names:
            head = f"GET {ORG}?{query} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {name}\r\nx-kordless-key: {key}\r\n"
            client.sendall(head.encode() + (b"Connection: close\r\n\r\n" if name == names[-1] else b"\r\n"))
        while client.recv(1 << 20):
            pass


def test_each_request_is_an_event_as_it_happens_and_shows_no_key(mock: RunningMock) -> None:
    with watching(mock) as reader:
        events = reader.events()
        for name in "ab":
            ask(mock, name)
            kind, entry = next(events)
            assert (kind, entry["request_id"], entry["status"]) == ("message", name, 200)
            assert KEY not in json.dumps(entry)


def test_only_what_is_meant_is_told(mock: RunningMock) -> None:
    with watching(mock, "?status=401&header=X-Request-Id:%20d") as reader:
        ask(mock, "a", "d")
        ask(mock, "c", "d", key="nonsense")
        assert next(reader.events())[1]["request_id"] == "d"


def test_a_slow_reader_holds_nobody_up_loses_the_oldest_and_is_told(mock: RunningMock) -> None:
    names = [f"slow-{number}" for number in range(3000)]
    with watching(mock) as slow, watching(mock) as quick:
        ask(mock, *names, query="x=" + 1900 * "a")
        assert next(quick.events())[1]["request_id"] == names[0]
        quick.close()
        lost = told = 0
        for kind, data in slow.events():
            if kind == "lost":
                lost += data["count"]
            else:
                assert data["request_id"] == names[told + lost]
                told += 1
            if told + lost == len(names):
                break
    assert lost > 0


def test_readers_are_bounded_take_no_threads_and_make_room_when_they_go(mock: RunningMock) -> None:
    with ExitStack() as readers:
        for _ in range(32):
            assert readers.enter_context(watching(mock)).status == 200
        with watching(mock) as one_more:
            assert one_more.status == 503
        assert mock.control("GET", "/health")["status"] == "ok"  # while as many are read as there are threads

    def there_is_room() -> bool:
        with watching(mock) as reader:
            return reader.status == 200

    wait_until(there_is_room)


def test_a_reader_does_not_keep_the_mock_from_ending() -> None:
    with running_mock() as mock, watching(mock) as reader:
        os.kill(mock.process, signal.SIGTERM)
        reader.socket.settimeout(PATIENCE)
        with pytest.raises(ValueError, match="invalid literal"):  # where the next size should stand, nothing does
            next(reader.events())


class Held:
    """A future that is done when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[Any], None]] = []

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        self.calls.append(call)

    def done(self, result: Any = None) -> None:
        for call in self.calls:
            call(result)


def test_while_something_is_held_nothing_more_is_taken() -> None:
    taken: list[bytes] = []
    sent: list[tuple[bytes, Held]] = []

    class Stream:
        news: Callable[[], None]
        closed = 0

        def take(self) -> bytes:
            taken.append(b"news")
            return b"news" if len(taken) < 3 else b""

        def on_news(self, call: Callable[[], None]) -> None:
            self.news = call

        def close(self) -> None:
            self.closed += 1

    class Request:
        gone = Held()
        proto: Any
        ended = 0

        def receive(self) -> Held:
            return self.gone

        def send(self, message: Any) -> Held:
            sent.append((message.get("body", b""), Held()))
            return sent[-1][1]

        def done(self) -> None:
            self.ended += 1

    class Message:
        @staticmethod
        def result() -> dict[str, str]:
            return {"type": "http.disconnect"}

    stream, request = Stream(), Request()
    request.proto = request
    Streams().open(stream, request, 200, [])
    wait_until(lambda: len(sent) == 2)
    stream.news()
    time.sleep(0.05)  # in which a second piece would have been sent
    assert [body for body, _ in sent] == [b"", b"news"]
    sent[1][1].done()
    wait_until(lambda: len(sent) == 3)
    request.gone.done(Message)
    request.gone.done(Message)
    assert (stream.closed, request.ended) == (1, 1)
