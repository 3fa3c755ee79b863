"""Bookings in a database that one process has to itself: what they take of its hosts is at hand."""

from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import literal_column, select

from mockserver.domain.bookings import Booking, Occupied
from mockserver.storage.occupancy import Occupancy
from mockserver.storage.sql.bookings import GET, SqlBookings
from mockserver.storage.sql.names import Names
from mockserver.storage.sql.rows import booking_of
from mockserver.storage.sql.schema import BOOKINGS, PLACES
from mockserver.storage.sql.sqlite import SqliteDatabase
from mockserver.storage.sql.statements import Statement, given
from mockserver.storage.sql.unit import Unit

MOST = 10_000
"""Places of one host, of whom more are asked for when they are wanted."""

_P = PLACES.c
_OF_HOST = Statement(
    select(_P.starts, _P.ends, _P.service, _P.buffer_before, _P.buffer_after, _P.seats, _P.bookings)
    .where(_P.organization == given("of", _P.organization), _P.host == given("by", _P.host))
    .limit(literal_column(str(MOST + 1)))
    .offset(literal_column("0"))  # which SQLite would be given as a parameter
)

_IDS = Statement(select(BOOKINGS.c.id))


class KeptBookings:
    """`recent` are those whose rows may be otherwise, by id; `hosts`, by organization, of whom all is known, `busy`
    those of whom that would be too much."""

    def __init__(self) -> None:
        self.names = Names(())
        self.recent: dict[str, Booking] = {}
        self.clear()

    def clear(self) -> None:
        self.recent.clear()
        self.occupancy = Occupancy()
        self.hosts: set[tuple[str, str]] = set()
        self.busy: set[tuple[str, str]] = set()

    def drop(self, organization: str, host: str) -> None:
        self.occupancy.drop(organization, host)
        self.hosts.discard((organization, host))


class OwnBookings(SqlBookings):
    def __init__(self, unit: Unit, file: SqliteDatabase, kept: KeptBookings) -> None:
        super().__init__(unit)
        unit.begin()  # which keeps others away
        self._file = file
        self._kept = kept

    def _stored(self, booking_id: str) -> Booking | None:
        kept = self._kept
        if booking_id in kept.recent:
            return kept.recent[booking_id]
        if kept.names.lack(booking_id):
            return None
        row = self._file.look_up(GET, at=booking_id)
        return booking_of(row) if row else None

    def occupied(
        self, organization: str, hosts: Several[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        if not self._known(organization, hosts):
            return super().occupied(organization, hosts, first, last)
        within = self._kept.occupancy.within
        return {host: found for host in hosts if (found := within(organization, host, first, last))}

    def loads(self, organization: str, hosts: Several[str], first: int, last: int) -> Mapping[str, int]:
        if not self._known(organization, hosts):
            return super().loads(organization, hosts, first, last)
        starting = self._kept.occupancy.starting
        return {host: load for host in hosts if (load := starting(organization, host, first, last))}

    def _known(self, organization: str, hosts: Several[str]) -> bool:
        """Is all at hand that is taken of these?"""
        known = self._kept.hosts
        return all((organization, host) in known or self._learnt(organization, host) for host in hosts)

    def _learnt(self, organization: str, host: str) -> bool:
        kept = self._kept
        if (organization, host) in kept.busy:
            return False
        rows = self.unit.ask(_OF_HOST, of=organization, by=host)
        if len(rows) > MOST:
            kept.busy.add((organization, host))
            return False
        self.unit.undo(partial(kept.drop, organization, host))
        kept.hosts.add((organization, host))
        kept.occupancy.hold(organization, host, (Occupied(*row) for row in rows))
        return True

    def save(self, booking: Booking) -> None:
        before = self.get(booking.id)
        super().save(booking)
        self._replace(before, booking)
        self.unit.undo(partial(self._replace, booking, before))

    def _replace(self, before: Booking | None, booking: Booking | None) -> None:
        """The one by the other, in what is known of hosts."""
        kept = self._kept
        if before is not None:
            kept.recent.pop(before.id, None)
            if before.active and (before.organization, before.host) in kept.hosts:
                kept.occupancy.remove(before)
        if booking is not None:
            kept.names.add(booking.id)
            kept.recent[booking.id] = booking
            if booking.active and (booking.organization, booking.host) in kept.hosts:
                kept.occupancy.add(booking)

    def restart(self, bookings: Iterable[Booking]) -> None:
        super().restart(bookings)
        self.unit.undo(partial(setattr, self._kept, "names", self._kept.names))
        self.unit.undo(self._kept.clear)
        self._kept.clear()
        self.learn_names()

    def learn_names(self) -> None:
        self._kept.names = Names(self._file.execute(*_IDS.placed(self._file.dialect, {})))
