"""What has been done since a database was last written to: a redo log, in a file beside it.

A commit of SQLite's writes every page that a unit of work has touched, some ten of 4 KiB for a booking. A record here
is as long as what the unit says, and is copied into memory that the file is mapped to: no call to the system at all,
and there when the process has been killed. Whoever opens the database does again what stands in the log.

A record is there whole, or not at all: its checksum says so. That begins with the *epoch* which the database was
committed with last, so what has been committed since, or belongs to another database, is nothing any more.
"""

import marshal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from struct import Struct
from zlib import crc32

from mockserver.storage.sql.statements import Placed

ROOM = 1 << 18  # bytes: some hundred bookings, which are committed within a few milliseconds
_HEAD = Struct("<II")  # length and checksum of what follows
_FORMAT = 2  # of marshal: every Python reads it

Entry = Placed | tuple[tuple[str, str], Sequence[int]]
"""A statement; or a counter, by policy and subject, and its numbers."""


class RedoLog:
    def __init__(self, file: Path) -> None:
        """Nothing is opened yet."""
        self._file = file
        self._mapped: mmap | None = None
        self._epoch = self._end = 0
        self._numbers: dict[str | tuple[str, str], int] = {}
        """A statement or a counter is written out where it comes for the first time; later its number stands for it."""

    def records(self, epoch: int) -> Iterator[Sequence[Entry]]:
        """What was appended in that epoch."""
        try:
            held = self._file.read_bytes()
        except OSError:
            return
        named: list[str | tuple[str, str]] = []
        begin = 0
        while begin + _HEAD.size <= len(held):
            length, checksum = _HEAD.unpack_from(held, begin)
            begin += _HEAD.size
            record = held[begin : begin + length]
            if not record or crc32(record, epoch) != checksum:
                return
            fresh, entries = marshal.loads(record)
            named += fresh
            yield [(named[number], values) for number, values in entries]
            begin += length

    def begin(self, epoch: int) -> None:
        """All that was appended is in the database."""
        self._epoch, self._end = epoch, 0
        self._numbers.clear()
        if self._mapped is None:
            with suppress(OSError), self._file.open("w+b") as file:  # a disk that is full: then there is never any room
                file.write(bytes(ROOM))
                file.flush()
                self._mapped = mmap(file.fileno(), ROOM)

    def append(self, entries: Sequence[Entry]) -> bool:
        """Keep what a unit of work has done; or not: there is no room for it."""
        numbers = self._numbers
        fresh = []
        numbered = []
        for name, values in entries:
            number = numbers.get(name)
            if number is None:
                number = numbers[name] = len(numbers)
                fresh.append(name)
            numbered.append((number, values))
        record = marshal.dumps((fresh, numbered), _FORMAT)
        end = self._end + _HEAD.size + len(record)
        if self._mapped is None or end > ROOM:
            for name in fresh:
                del numbers[name]
            return False
        self._mapped[self._end : end] = _HEAD.pack(len(record), crc32(record, self._epoch)) + record
        self._end = end
        return True

    def close(self) -> None:
        """All that was appended is in the database, and nothing else will be."""
        if self._mapped is not None:
            self._mapped.close()
            self._mapped = None
            self._file.unlink(missing_ok=True)
