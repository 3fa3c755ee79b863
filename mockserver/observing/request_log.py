"""One line for each request, written behind the requests' back."""

import sys
import threading
from collections.abc import Sequence
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Literal, TextIO

import orjson

from mockserver.domain.instants import render_instant
from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact
from mockserver.ports import SECOND

LogFormat = Literal["text", "json"]
GATHER_SECONDS = 0.05


class RequestLog:
    """Takes entries in a microsecond; a thread of its own formats and writes them in batches.

    Queries and bodies are not logged: they carry contacts.
    """

    def __init__(self, log_format: LogFormat, stream: TextIO | None = None) -> None:
        self._line = _json_line if log_format == "json" else _text_line
        self._stream = stream or sys.stderr
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self.write = self._queue.put

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is left."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stopping.is_set():
            first = self._queue.get()
            self._stopping.wait(GATHER_SECONDS)
            self._write_lines([first, *self._waiting()])
        self._write_lines(self._waiting())

    def _waiting(self) -> list[Entry | None]:
        waiting = []
        try:
            while True:
                waiting.append(self._queue.get_nowait())
        except Empty:
            return waiting

    def _write_lines(self, entries: Sequence[Entry | None]) -> None:
        try:
            self._stream.write("".join(self._line(entry) for entry in entries if entry is not None))
            self._stream.flush()
        except (OSError, ValueError):
            # Nobody reads the log any more; the mock serves on.
            self._stopping.set()


def _text_line(entry: Entry) -> str:
    moment, path, request_id = (
        render_instant(entry.arrived // SECOND),
        _printable(entry.path),
        _printable(entry.request_id),
    )
    return f"{moment} {entry.method} {path} -> {entry.status} {entry.took / 1e6:.2f}ms {request_id}\n"


def _json_line(entry: Entry) -> str:
    line = {
        "time": render_instant(entry.arrived // SECOND),
        "method": entry.method,
        "path": _printable(entry.path),
        "operation": entry.operation,
        "status": entry.status,
        "ms": round(entry.took / 1e6, 3),
        "key": entry.key_id,
        "request_id": _printable(entry.request_id),
    }
    return orjson.dumps(line).decode() + "\n"


@lru_cache(maxsize=1024)
def _printable(text: str) -> str:
    """Without secrets and control characters: a path must not be able to forge a line of its own."""
    return redact(text).encode("ascii", "backslashreplace").decode().translate(_CONTROL)


_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
