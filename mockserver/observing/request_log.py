"""One line for each request, written behind the requests' back."""

import re
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from operator import itemgetter
from queue import Empty, SimpleQueue
from typing import Any, Literal, NamedTuple, TextIO

import orjson

from mockserver.domain.instants import render_instant
from mockserver.observing.advice.finding import Finding
from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact, without_last_word
from mockserver.ports import SECOND

LogFormat = Literal["text", "json"]
GATHER_SECONDS = 0.02  # what has gathered keeps the interpreter busy for a fifth of that, while requests wait
MAX_WAITING = 10_000  # lines
MAX_PATH = 512  # characters
MAX_METHOD = 64


class Line(NamedTuple):
    """What is told of a request. `arrived` and `took` in nanoseconds."""

    arrived: int
    method: str
    path: str
    operation: str | None
    status: int
    took: int
    key_id: str | None
    request_id: str
    hint: str | None


_members_of_line = itemgetter(*map(Entry._fields.index, Line._fields))
_line = partial(tuple.__new__, Line)  # from its members, in half the time that a call takes


class RequestLog:
    """Takes entries in a microsecond; a thread of its own formats and writes them in batches.

    Queries and bodies are not logged: they carry contacts. Of lines that cannot be written, because nobody reads the
    log or the disk is full, the last MAX_WAITING wait; how many were lost is told as soon as there is someone to tell.
    """

    def __init__(self, log_format: LogFormat, stream: TextIO | None = None, max_waiting: int = MAX_WAITING) -> None:
        self._line, self._loss, self._advice = _FORMS[log_format]
        self._stream = stream or sys.stderr
        self._max_waiting = max_waiting
        self._queue: SimpleQueue[tuple[Any, ...] | str | None] = SimpleQueue()  # a Line's members, or a whole line
        self._aside: Callable[[], None] = lambda: None
        self._lost = 0
        self._losing = threading.Lock()
        self._stopping = threading.Event()
        self._writing = threading.Thread(target=self._run, name="request-log", daemon=True)

    def write(self, entry: Entry) -> None:
        if self._queue.qsize() >= self._max_waiting:
            with suppress(Empty):
                if self._queue.get_nowait() is not None:
                    self._lose(1)
        if len(entry.path) > MAX_PATH or len(entry.method) > MAX_METHOD:
            path = without_last_word(entry.path[:MAX_PATH]) + "..." if len(entry.path) > MAX_PATH else entry.path
            entry = entry._replace(path=path, method=entry.method[:MAX_METHOD])
        self._queue.put(_members_of_line(entry))

    def nudge(self) -> None:
        """There is something to do `aside`."""
        self._queue.put(None)

    def advise(self, world: str | None, finding: Finding) -> None:
        """A line on what was newly found, in the world of that name."""
        self._queue.put(self._advice(world, finding))

    def start(self, aside: Callable[[], None] = lambda: None) -> None:
        """`aside` is what else there is to do behind the requests' back, before their lines are written."""
        self._aside = aside
        self._writing.start()

    def stop(self) -> None:
        """Write what is left."""
        self._stopping.set()
        self._queue.put(None)
        self._writing.join(timeout=1)

    def _run(self) -> None:
        while not self._stopping.is_set():
            first = self._queue.get()
            self._stopping.wait(GATHER_SECONDS)
            self._aside()
            self._write_lines([first, *self._waiting()])
        self._aside()
        self._write_lines(self._waiting())

    def _waiting(self) -> list[tuple[Any, ...] | str | None]:
        waiting = []
        try:
            while True:
                waiting.append(self._queue.get_nowait())
        except Empty:
            return waiting

    def _write_lines(self, gathered: list[tuple[Any, ...] | str | None]) -> None:
        lines = [one if isinstance(one, str) else self._line(_line(one)) for one in gathered if one is not None]
        with self._losing:
            lost, self._lost = self._lost, 0
        told = self._loss(lost) if lost else ""
        try:
            self._stream.write(told + "".join(lines))
            self._stream.flush()
        except (AttributeError, OSError, ValueError):  # there is none, its disk is full, it was closed
            self._lose(lost + len(lines))

    def _lose(self, count: int) -> None:
        with self._losing:
            self._lost += count


def _text_line(entry: Line) -> str:
    arrived, method, path, _, status, took, _, request_id, hint = entry
    second, named = arrived // SECOND, _printable(request_id)
    line = f"{_answered(second, method, path, status)} {took / 1e6:.2f}ms {named}\n"
    return line if hint is None else f"{line}{render_instant(second)} hint {named}: {_printable(hint)}\n"


@lru_cache(maxsize=1024)
def _answered(second: int, method: str, path: str, status: int) -> str:
    """How a line begins: that of many requests, where many come within a second."""
    return f"{render_instant(second)} {_cleaned(method)} {_cleaned(path)} -> {status}"


def _json_line(entry: Line) -> str:
    line = {
        "time": render_instant(entry.arrived // SECOND),
        "method": _printable(entry.method),
        "path": _printable(entry.path),
        "operation": entry.operation,
        "status": entry.status,
        "ms": round(entry.took / 1e6, 3),
        "key": entry.key_id,
        "request_id": _printable(entry.request_id),
    }
    hint = {"event": "hint", "request_id": line["request_id"], "detail": _printable(entry.hint or "")}
    lines = [line] if entry.hint is None else [line, hint]
    return "".join(orjson.dumps(one).decode() + "\n" for one in lines)


def _text_advice(world: str | None, finding: Finding) -> str:
    moment, where = render_instant(finding.first_seen // SECOND), "" if world is None else f" in world {world}"
    return f"{moment} advice {finding.mistake.id}{where}: {finding.mistake.advice} {_evidence(finding)}\n"


def _json_advice(world: str | None, finding: Finding) -> str:
    line = {
        "event": "advice",
        "time": render_instant(finding.first_seen // SECOND),
        "id": finding.mistake.id,
        "world": world,
        "detail": f"{finding.mistake.advice} {_evidence(finding)}",
        "page": finding.mistake.page,
    }
    return orjson.dumps(line).decode() + "\n"


def _evidence(finding: Finding) -> str:
    sign = finding.signs[0]
    return _printable(f"({sign.detail}: {', '.join(trace.request_id for trace in sign.traces)})")


def _text_loss(lost: int) -> str:
    return f"... {lost} lines of this log were lost: it could not be written in time\n"


def _json_loss(lost: int) -> str:
    return orjson.dumps({"event": "lines lost", "count": lost}).decode() + "\n"


_FORMS: Mapping[str, tuple[Callable[[Line], str], Callable[[int], str], Callable[[str | None, Finding], str]]] = {
    "text": (_text_line, _text_loss, _text_advice),
    "json": (_json_line, _json_loss, _json_advice),
}


def _printable(text: str) -> str:
    """Without secrets and control characters: a path must not be able to forge a line of its own."""
    return text if _PLAIN.fullmatch(text) else _cleaned(text)


@lru_cache(maxsize=1024)
def _cleaned(text: str) -> str:
    return redact(text).encode("ascii", "backslashreplace").decode().translate(_CONTROL)


# Too short for a key, and no word of it is a number: as those are that the mock draws for requests itself.
_PLAIN = re.compile(r"(?!\w*kord)[a-z]\w{0,20}", re.ASCII | re.IGNORECASE)


_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
