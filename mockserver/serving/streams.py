"""Answers that go on: one thread sends what is new to all of their readers, and waits for none of them.

To one who does not read nothing more is sent until granian has got rid of what it holds for him; meanwhile the stream
keeps what it can, and no more.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.web.streams import Stream

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b":\n\n"  # a comment, of which server-sent events make nothing; it keeps proxies from hanging up


@dataclass(eq=False, slots=True)
class Reader:
    """`held`: what was sent last has not left yet."""

    stream: Stream
    request: Any
    held: bool = False


class Streams:
    def __init__(self) -> None:
        self._readers: dict[Reader, None] = {}
        self._ready: dict[Reader, None] = {}
        self._changed = threading.Condition()
        self._started = False

    def open(self, stream: Stream, request: Any, status: int, fields: Sequence[tuple[bytes, bytes]]) -> None:
        """`request` is granian's, of which nothing has been answered yet."""
        reader = Reader(stream, request)
        request.proto.send({"type": "http.response.start", "status": status, "headers": list(fields)})
        with self._changed:
            self._readers[reader] = None
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="streams", daemon=True).start()
        stream.on_news(lambda: self._wake(reader))
        self._listen(reader)
        self._wake(reader)

    def _listen(self, reader: Reader) -> None:
        """For the end of the connection."""

        def heard(future: Any) -> None:
            if future.result()["type"] == "http.request":  # the body that it does not have
                self._listen(reader)
            else:
                self._close(reader)

        reader.request.proto.receive().add_done_callback(heard)

    def _wake(self, reader: Reader) -> None:
        with self._changed:
            self._ready[reader] = None
            self._changed.notify()

    def _run(self) -> None:
        beat = time.monotonic() + HEARTBEAT_SECONDS
        while True:
            with self._changed:
                while not self._ready and (left := beat - time.monotonic()) > 0:
                    self._changed.wait(left)
                ready, self._ready = self._ready, {}
                readers = tuple(self._readers)
            for reader in ready:
                if not reader.held:  # else it is woken as soon as it is not
                    self._send(reader, reader.stream.take())
            if beat <= time.monotonic():
                beat = time.monotonic() + HEARTBEAT_SECONDS
                for reader in readers:
                    self._send(reader, HEARTBEAT)

    def _send(self, reader: Reader, data: bytes) -> None:
        if reader.held or not data:
            return
        try:
            sent = reader.request.proto.send({"type": "http.response.body", "body": data, "more_body": True})
        except Exception:  # the client is gone, whatever granian calls that
            self._close(reader)
            return
        reader.held = True

        def left(_: Any = None) -> None:
            reader.held = False
            self._wake(reader)

        if hasattr(sent, "add_done_callback"):
            sent.add_done_callback(left)
        else:  # it has left at once
            left()

    def _close(self, reader: Reader) -> None:
        with self._changed:
            known = reader in self._readers
            self._readers.pop(reader, None)
            self._ready.pop(reader, None)
        if known:
            reader.stream.close()
            reader.request.done()
