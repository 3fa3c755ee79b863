"""What happened: the last requests and their answers, for a developer to read and a test to assert on.

Where several processes serve as one, each keeps what it has answered itself: so a request costs no more than in one.
Who reads or clears the journal asks the others; what a process that died had kept is gone.
"""

import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, takewhile
from typing import NamedTuple, Protocol

from mockserver.observing.redaction import without_last_word

MAX_BODY = 8192  # bytes
MAX_TEXT = 2048  # characters of a path, a query, a header
MAX_HEADERS = 16384  # characters of all headers of a request or an answer
MAX_BYTES = 64 * 2**20  # of all entries together
ENTRY = 1000  # bytes of an entry beside its texts
MEASURED_TOGETHER = 16  # entries
_ENTRIES, _CLEAR, _BETWEEN = b"entries", b"clear", b"between"  # what one process asks of another


class Entry(NamedTuple):
    """One request and its answer. `arrived` and `took` in nanoseconds; bodies are cut at 8 KiB.

    `cause` is that of the refusal, a key of the contract's `x-errors`; None where nothing was refused. `hint` says what
    the mock overlooked, though it was probably meant. `fault` names what was done to the answer on purpose, which is
    shown as it would have been without what happened to it on the wire. `production_key`: a key was sent that nobody
    knows here, and that looks like one of production.
    Headers are flat: name, value, name, value; a request's have their names in the WSGI environment. Thousands of
    entries are kept, and a flat tuple of strings is one object that the garbage collector need not look into.
    """

    request_id: str
    arrived: int
    took: int
    method: str
    path: str
    query: str
    client: str
    headers: tuple[str, ...]
    body: bytes
    operation: str | None
    organization: str | None
    key_id: str | None
    status: int
    cause: str | None
    answer_headers: tuple[str, ...]
    answer: bytes
    hint: str | None = None
    fault: str | None = None
    production_key: bool = False

    def header(self, name: str) -> str | None:
        """Of the request, by its name in whatever case; None where it was not sent."""
        wanted = name.lower()
        for variable, value in zip(self.headers[::2], self.headers[1::2], strict=True):
            if header_name(variable) == wanted:
                return value
        return None

    @property
    def text_size(self) -> int:
        """Characters beside the bodies."""
        return len("".join((self.method, self.path, self.query, *self.headers, *self.answer_headers)))

    def cut(self) -> "Entry":
        return self._replace(
            method=_cut(self.method, 64),
            path=_cut(self.path),
            query=_cut(self.query),
            headers=_cut_headers(self.headers),
            body=self.body[:MAX_BODY],
            answer_headers=_cut_headers(self.answer_headers),
            answer=self.answer[:MAX_BODY],
        )


class Siblings(Protocol):
    """The other processes of the same mock."""

    def ask(self, word: bytes) -> list[bytes]:
        """What each of them answers."""

    def answer(self, answering: Callable[[bytes], bytes | None]) -> None:
        """Answer them so from now on; None is no answer, which others may have."""


class Journal:
    """The last `size` entries, fewer if they are long; 0 keeps none.

    What a request leaves here is measured later, together with that of others, or when somebody reads.
    """

    def __init__(self, size: int, max_bytes: int = MAX_BYTES) -> None:
        self._fresh: deque[Entry] = deque()  # nobody has measured
        # With about how many bytes each takes, and when it came here.
        self._entries: deque[tuple[Entry, int, int]] = deque()
        self._size = size
        self._bytes = 0
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._siblings: Siblings | None = None
        self._watchers: tuple[Callable[[Entry], None], ...] = ()
        self._catch_up: Callable[[], None] = lambda: None
        self.keeps = size > 0

    def share(self, siblings: Siblings) -> None:
        """Be one journal with theirs."""
        self._siblings = siblings
        siblings.answer(self._answer)

    def hear_late(self, catch_up: Callable[[], None]) -> None:
        """Requests are recorded some time after their answer; `catch_up` records all those that have been answered."""
        self._catch_up = catch_up

    def record(self, entry: Entry) -> None:
        fresh = self._fresh
        fresh.append(entry)
        if len(fresh) >= MEASURED_TOGETHER:
            with self._lock:
                self._measure()
        if self._watchers:
            shown, _ = _measured(entry)
            for watcher in self._watchers:
                watcher(shown)

    def _measure(self) -> None:
        fresh, entries, now = self._fresh, self._entries, time.monotonic_ns()
        while fresh:
            entry, size = _measured(fresh.popleft())
            entries.append((entry, size, now))
            self._bytes += size
        while len(entries) > self._size or self._bytes > self._max_bytes:
            self._bytes -= entries.popleft()[1]

    def watch(self, watcher: Callable[[Entry], None], most: int) -> bool:
        """`watcher` is told of every entry from now on, in the request's thread; False where `most` are already."""
        with self._lock:
            if len(self._watchers) >= most:
                return False
            self._watchers = (*self._watchers, watcher)
            return True

    def unwatch(self, watcher: Callable[[Entry], None]) -> None:
        with self._lock:
            self._watchers = tuple(each for each in self._watchers if each != watcher)

    def entries(self) -> Iterator[Entry]:
        """Oldest first."""
        if self._siblings is None:
            return iter(self._own())
        theirs = (pickle.loads(answer) for answer in self._siblings.ask(_ENTRIES))
        every = sorted(chain(self._own(), *theirs), key=lambda entry: entry.arrived)
        return iter(every[-self._size :])

    def since(self, moment: int) -> tuple[int, list[Entry]]:
        """What has been recorded after that moment, 0: all that is kept, newest first; and the moment that it was asked
        at. Moments in nanoseconds of the system's monotonic time, which all processes share.

        For who looks again and again: requests take no notice of him, as they do of a watcher.
        """
        self._catch_up()
        with self._lock:
            self._measure()
            until = time.monotonic_ns()
        own = self._between(moment, until)
        if self._siblings is None:
            return until, own
        theirs = (pickle.loads(answer) for answer in self._siblings.ask(b"%s %d %d" % (_BETWEEN, moment, until)))
        return until, sorted(chain(own, *theirs), key=lambda entry: entry.arrived, reverse=True)

    def clear(self) -> None:
        self._forget()
        if self._siblings is not None:
            self._siblings.ask(_CLEAR)

    def _own(self) -> list[Entry]:
        self._catch_up()
        with self._lock:
            self._measure()
            return [entry for entry, _, _ in self._entries]

    def _between(self, since: int, until: int) -> list[Entry]:
        """What came here after the one moment and not after the other, newest first."""
        self._catch_up()
        with self._lock:
            self._measure()
            newest_first = takewhile(lambda kept: kept[2] > since, reversed(self._entries))
            return [entry for entry, _, now in newest_first if now <= until]

    def _forget(self) -> None:
        self._catch_up()
        with self._lock:
            self._fresh.clear()
            self._entries.clear()
            self._bytes = 0

    def _answer(self, word: bytes) -> bytes | None:
        if word == _CLEAR:
            self._forget()
            return b""
        if word.startswith(_BETWEEN):
            since, until = word.split()[1:]
            return pickle.dumps(self._between(int(since), int(until)))
        return pickle.dumps(self._own()) if word == _ENTRIES else None


def header_name(variable: str) -> str:
    """`x-request-id` for `HTTP_X_REQUEST_ID`; an answer's header as it was sent."""
    return variable.removeprefix("HTTP_").replace("_", "-").lower() if variable.startswith("HTTP_") else variable


def _measured(entry: Entry) -> tuple[Entry, int]:
    """With about how many bytes it takes; cut, if that is too many."""
    text, bodies = entry.text_size, len(entry.body) + len(entry.answer)
    if text > MAX_TEXT or bodies > MAX_BODY:
        entry = entry.cut()
        text, bodies = entry.text_size, len(entry.body) + len(entry.answer)
    return entry, ENTRY + text + bodies


def _cut(text: str, length: int = MAX_TEXT) -> str:
    return text if len(text) <= length else without_last_word(text[:length]) + "…"


def _cut_headers(flat: tuple[str, ...]) -> tuple[str, ...]:
    """Long ones cut, and those left out that are too much."""
    kept: list[str] = []
    left = MAX_HEADERS
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        pair = _cut(name, 256), _cut(value)
        left -= len(pair[0]) + len(pair[1])
        if left < 0:
            break
        kept += pair
    return tuple(kept)
