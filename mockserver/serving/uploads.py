"""Bodies on their way: collected without a thread for each, counted, and given up when they do not come in time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

LOOK_SECONDS = 0.25  # between two looks for late ones


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a body may take: `seconds` in all, and after `grace` seconds with at least `rate` bytes a second."""

    seconds: float = 30.0
    grace: float = 10.0
    rate: float = 1024.0

    def is_over(self, elapsed: float, size: int) -> bool:
        return elapsed > self.seconds or size < self.rate * (elapsed - self.grace)


class Source(Protocol):
    """An ASGI request: `receive()` gives a future of its next message."""

    def receive(self) -> Any: ...


@dataclass(eq=False, slots=True)
class Upload:
    """`limit` is how many bytes are read at the most, `declared` how many there will be, where that was said.

    One that is not `kept` passes unseen.
    """

    source: Source
    limit: int
    declared: int | None
    finished: Callable[[bytes | OSError], None]
    patience: Patience
    kept: bool = True
    begun: float = field(default_factory=time.monotonic)
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    future: Any = None


class Uploads:
    """The bodies under way. What becomes of one is told to its `finished`, once: the bytes, of which there is one more
    than `limit` if there are too many, or none if they are not kept, and OSError if these are too many; TimeoutError if
    it did not come in time; ConnectionError if its sender is gone.
    """

    def __init__(self) -> None:
        self._pending: dict[Upload, None] = {}
        self._ended = threading.Event()

    def watch(self) -> None:
        """Looks after late ones from now on until `end`, in a thread of its own."""
        threading.Thread(target=self._watch, name="uploads", daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def collect(self, upload: Upload) -> None:
        self._pending[upload] = None
        self._next(upload)

    def give_up_late(self, now: float) -> None:
        for upload in tuple(self._pending):
            if upload.patience.is_over(now - upload.begun, upload.size):
                self._finish(upload, TimeoutError("the body did not come in time"))

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.give_up_late(time.monotonic())

    def _next(self, upload: Upload) -> None:
        upload.future = future = upload.source.receive()
        future.add_done_callback(lambda future: self._received(upload, future))

    def _received(self, upload: Upload, future: Any) -> None:
        if upload not in self._pending:
            return  # given up, and its future cancelled
        message = future.result()
        if message["type"] != "http.request":
            self._finish(upload, ConnectionError("the connection was lost"))
            return
        chunk: bytes = message["body"]
        if upload.kept:
            upload.chunks.append(chunk)
        upload.size += len(chunk)
        if upload.size > upload.limit and not upload.kept:
            self._finish(upload, OSError("the body is longer than what is let pass"))
        elif upload.size > upload.limit or upload.size == upload.declared or not message["more_body"]:
            self._finish(upload, b"".join(upload.chunks)[: upload.limit + 1])
        else:
            self._next(upload)

    def _finish(self, upload: Upload, outcome: bytes | OSError) -> None:
        try:
            del self._pending[upload]
        except KeyError:
            return  # somebody else was first
        # A future of granian's holds its callback, out of the garbage collector's sight; and with an upload, its
        # connection would live on.
        future, upload.future = upload.future, None
        if isinstance(outcome, TimeoutError):
            future.remove_done_callback(None)
            future.cancel()
        upload.finished(outcome)
