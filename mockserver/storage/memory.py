"""State in this process's memory."""

import threading
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from mockserver.domain.bookings import Booking
from mockserver.domain.keys import ApiKey
from mockserver.ports import Contents, ReplayRecord

Write = Callable[[Callable[[], object]], None]
"""Takes a change and carries it out when its transaction ends."""


class MemoryKeys:
    def __init__(self) -> None:
        self._by_digest: dict[bytes, ApiKey] = {}
        self._by_id: dict[str, ApiKey] = {}
        self._last_used: dict[str, int] = {}

    def find(self, digest: bytes) -> ApiKey | None:
        # What is compared here are SHA-256 digests: how long it takes tells nothing about the key.
        return self._by_digest.get(digest)

    def get(self, key_id: str) -> ApiKey | None:
        return self._by_id.get(key_id)

    def save(self, key: ApiKey) -> None:
        self._by_id[key.id] = key
        self._by_digest[key.digest] = key

    def all(self) -> Sequence[ApiKey]:
        return list(self._by_id.values())

    def touch(self, key_id: str, now: int) -> None:
        self._last_used[key_id] = now

    def last_used(self, key_id: str) -> int | None:
        return self._last_used.get(key_id)

    def last_uses(self) -> Mapping[str, int]:
        return dict(self._last_used)


class MemoryBookings:
    """Bookings by id, with two sorted indexes: the active ones of a host, and all of an organization."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._by_id: dict[str, Booking] = {}
        self._of_host: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        self._of_organization: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._longest = 0

    def get(self, booking_id: str) -> Booking | None:
        return self._by_id.get(booking_id)

    def all(self) -> Sequence[Booking]:
        return list(self._by_id.values())

    def of_host(self, organization: str, host: str, first: int, last: int) -> Sequence[Booking]:
        index = self._of_host.get((organization, host))
        if index is None:
            return []
        near = index[bisect_right(index, (first - self._longest, "")) : bisect_left(index, (last, ""))]
        by_id = self._by_id
        return [booking for _, booking_id in near if (booking := by_id[booking_id]).end > first]

    def of_organization(self, organization: str, after: tuple[int, str] | None) -> Iterator[Booking]:
        index = self._of_organization.get(organization, [])
        behind = index[bisect_right(index, after) if after else 0 :]
        return (self._by_id[booking_id] for _, booking_id in behind)

    def save(self, booking: Booking) -> None:
        self._write(lambda: self.put(booking))

    def put(self, booking: Booking) -> None:
        """Writes at once."""
        previous = self._by_id.get(booking.id)
        if previous is not None:
            entry = (previous.start, previous.id)
            _discard(self._of_organization[previous.organization], entry)
            if previous.active:
                _discard(self._of_host[previous.organization, previous.host], entry)
        self._by_id[booking.id] = booking
        self._longest = max(self._longest, booking.end - booking.start)
        insort(self._of_organization[booking.organization], (booking.start, booking.id))
        if booking.active:
            insort(self._of_host[booking.organization, booking.host], (booking.start, booking.id))


class MemoryReplays:
    """In the order of arrival, nearly: the expired ones stand in front."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._records: OrderedDict[tuple[str, str], ReplayRecord] = OrderedDict()

    def claim(self, scope: str, key: str, record: ReplayRecord, forgotten: int) -> ReplayRecord | None:
        with self._lock:
            known = self._records.get((scope, key))
            if known is not None and known.arrived > forgotten:
                return known
            self._records[scope, key] = record
            self._records.move_to_end((scope, key))
            return None

    def save(self, scope: str, key: str, record: ReplayRecord) -> None:
        self._write(lambda: self.put(scope, key, record))

    def put(self, scope: str, key: str, record: ReplayRecord) -> None:
        """Writes at once."""
        with self._lock:
            self._records[scope, key] = record

    def all(self) -> Sequence[tuple[str, str, ReplayRecord]]:
        with self._lock:
            return [(scope, key, record) for (scope, key), record in self._records.items()]

    def delete(self, scope: str, key: str) -> None:
        with self._lock:
            self._records.pop((scope, key), None)

    def forget(self, arrived: int) -> None:
        with self._lock:
            while self._records and next(iter(self._records.values())).arrived <= arrived:
                self._records.popitem(last=False)
            if not self._records:
                self._records = OrderedDict()  # an emptied table keeps its size


def _discard(index: list[tuple[int, str]], entry: tuple[int, str]) -> None:
    del index[bisect_left(index, entry)]


class MemoryStore:
    """Writes are held back until the outermost transaction ends, so a failed one leaves no trace."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pending: list[Callable[[], object]] = []
        self._depth = 0
        self.restart(Contents())

    def contents(self) -> Contents:
        with self.transaction():
            return Contents(self.keys.all(), self.keys.last_uses(), self.bookings.all(), self.replays.all())

    def restart(self, contents: Contents) -> None:
        """Other threads see the old state or the new, never a part."""
        with self.transaction():
            fresh_keys, fresh_bookings = MemoryKeys(), MemoryBookings(self._pending.append)
            for key in contents.keys:
                fresh_keys.save(key)
            for key_id, moment in contents.last_used.items():
                fresh_keys.touch(key_id, moment)
            for booking in contents.bookings:
                fresh_bookings.put(booking)
            fresh_replays = MemoryReplays(self._pending.append)
            for scope, name, record in contents.replays:
                fresh_replays.put(scope, name, record)
            self.keys, self.bookings, self.replays = fresh_keys, fresh_bookings, fresh_replays

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            savepoint = len(self._pending)
            self._depth += 1
            try:
                yield
            except BaseException:
                del self._pending[savepoint:]
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    for write in self._pending:
                        write()
                    self._pending.clear()
