"""One line for each request, written behind the requests' back."""

import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Literal, TextIO

import orjson

from mockserver.journal import Entry
from mockserver.ports import SECOND
from mockserver.redaction import redact

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
            self._write_lines([entry for entry in (first, *self._waiting()) if entry is not None])

    def _waiting(self) -> list[Entry | None]:
        waiting = []
        try:
            while True:
                waiting.append(self._queue.get_nowait())
        except Empty:
            return waiting

    def _write_lines(self, entries: Sequence[Entry]) -> None:
        try:
            self._stream.write("".join(map(self._line, entries)))
            self._stream.flush()
        except (OSError, ValueError):
            # Nobody reads the log any more; the mock serves on.
            self._stopping.set()


def _text_line(entry: Entry) -> str:
    moment = datetime.fromtimestamp(entry.arrived // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")
    milliseconds = entry.took / 1e6
    path = _printable(entry.path)
    return f"{moment} {entry.method} {path} -> {entry.status} {milliseconds:.2f}ms {redact(entry.request_id)}\n"


def _json_line(entry: Entry) -> str:
    line = {
        "time": datetime.fromtimestamp(entry.arrived // SECOND, UTC).isoformat(),
        "method": entry.method,
        "path": _printable(entry.path),
        "operation": entry.operation,
        "status": entry.status,
        "ms": round(entry.took / 1e6, 3),
        "key": entry.key_id,
        "request_id": redact(entry.request_id),
    }
    return orjson.dumps(line).decode() + "\n"


def _printable(path: str) -> str:
    """No control characters: a path must not be able to forge a line of its own."""
    return redact(path).encode("ascii", "backslashreplace").decode().translate(_CONTROL)


_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
