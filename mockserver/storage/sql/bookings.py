"""Bookings in a database, and what they take of hosts."""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, literal_column, or_, select, update

from mockserver.domain.bookings import Booking, Occupied
from mockserver.storage.sql.database import Mode, Row
from mockserver.storage.sql.rows import booking_of, place_of, row_of_booking
from mockserver.storage.sql.schema import BOOKINGS, PLACES
from mockserver.storage.sql.statements import Statement, given, upsert
from mockserver.storage.sql.unit import Collection, Unit

_PAGE = 100
_B, _P = BOOKINGS.c, PLACES.c
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")

_AT = _B.id == given("at", _B.id)
GET, _GET_LOCKED = Statement(select(BOOKINGS).where(_AT)), Statement(select(BOOKINGS).where(_AT).with_for_update())
_INSERT = Statement(insert(BOOKINGS), late=True)  # nobody has its id: it has been looked for
_UPDATE = Statement(
    update(BOOKINGS).where(_AT).values({column: bindparam(f"new_{column.name}", type_=column.type) for column in _B})
)
_ALL = Statement(select(BOOKINGS).order_by(_B.id))
_FIRST_OF = (
    select(BOOKINGS)
    .where(_B.organization == given("organization", _B.organization))
    .order_by(_B.starts, _B.id)
    .limit(literal_column(str(_PAGE)))
    .offset(_ZERO)  # which SQLite would be given as a parameter
)
_AFTER, _AFTER_ID = given("after", _B.starts), given("after_id", _B.id)
_OF, _OF_BEHIND = (
    Statement(_FIRST_OF),
    Statement(_FIRST_OF.where(_B.starts >= _AFTER, or_(_B.starts > _AFTER, _B.id > _AFTER_ID))),
)
_DELETE = Statement(delete(BOOKINGS))

_TAKE = upsert(PLACES, adding=("seats", "bookings"), late=True)
_SAME_PLACE = and_(*(column == given(column.name, column) for column in PLACES.primary_key))
_LEAVE = Statement(
    update(PLACES)
    .where(*(column == bindparam(f"of_{column.name}", type_=column.type) for column in PLACES.primary_key))
    .values(seats=_P.seats - given("fewer_seats", _P.seats), bookings=_P.bookings - _ONE)
)
_DROP = Statement(delete(PLACES).where(_SAME_PLACE, _P.bookings == _ZERO))
_DELETE_PLACES = Statement(delete(PLACES))


@cache
def _of_hosts(hosts: int, what: str) -> Statement:
    """What takes of so many hosts, or how many bookings of each begin, between `first` and `last`."""
    first, last = given("first", _P.starts), given("last", _P.starts)
    of_hosts = _P.host.in_([bindparam(f"host_{number}", type_=_P.host.type) for number in range(hosts)])
    mine = and_(_P.organization == given("organization", _P.organization), of_hosts, _P.starts < last)
    if what == "loads":
        counted = select(_P.host, func.sum(_P.bookings)).where(mine, _P.starts >= first).group_by(_P.host)
        return Statement(counted)
    longest = select(func.max(_P.length)).scalar_subquery()
    columns = _P.host, _P.starts, _P.ends, _P.service, _P.buffer_before, _P.buffer_after, _P.seats, _P.bookings
    return Statement(select(*columns).where(mine, _P.starts > first - longest, _P.ends > first))


def _rows(bookings: Iterable[Booking], taken: dict[tuple[Any, ...], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of each booking; what they take comes to stand in `taken`, a row for each place."""
    for booking in bookings:
        yield row_of_booking(booking)
        if booking.active:
            place = place_of(booking)
            name = tuple(place[column.name] for column in PLACES.primary_key)
            before = taken.setdefault(name, place)
            if before is not place:
                before["seats"] += place["seats"]
                before["bookings"] += place["bookings"]


class SqlBookings(Collection):
    order = 0

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._seen: dict[str, Booking | None] = {}
        """What nobody else can change before this unit has ended."""

    def get(self, booking_id: str) -> Booking | None:
        if booking_id in self._seen:
            return self._seen[booking_id]
        booking = self._stored(booking_id)
        if booking is not None:
            self.unit.lock(("organization", booking.organization))
        if self.unit.mode is not Mode.LOOK:
            self._see(booking_id, booking)
        return booking

    def _stored(self, booking_id: str) -> Booking | None:
        rows = self.unit.ask(_GET_LOCKED if self.unit.locks else GET, at=booking_id)
        return booking_of(rows[0]) if rows else None

    def occupied(
        self, organization: str, hosts: Several[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        found: defaultdict[str, list[Occupied]] = defaultdict(list)
        for host, *occupied in self._of_hosts("occupied", organization, hosts, first, last):
            found[host].append(Occupied(*occupied))
        return dict(found)

    def loads(self, organization: str, hosts: Several[str], first: int, last: int) -> Mapping[str, int]:
        return {host: int(load) for host, load in self._of_hosts("loads", organization, hosts, first, last)}

    def _of_hosts(self, what: str, organization: str, hosts: Several[str], first: int, last: int) -> Sequence[Row]:
        if not hosts:
            return ()
        # Who reads this in order to book must find it as it was when it books.
        self.unit.lock(("organization", organization))
        names = {f"host_{number}": host for number, host in enumerate(hosts)}
        return self.unit.ask(_of_hosts(len(hosts), what), organization=organization, first=first, last=last, **names)

    def of_organization(self, organization: str, after: tuple[int, str] | None) -> Iterator[Booking]:
        while True:
            if after is None:
                rows = self.unit.ask(_OF, organization=organization)
            else:
                rows = self.unit.ask(_OF_BEHIND, organization=organization, after=after[0], after_id=after[1])
            bookings = list(map(booking_of, rows))
            yield from bookings
            if len(bookings) < _PAGE:
                return
            after = bookings[-1].start, bookings[-1].id

    def save(self, booking: Booking) -> None:
        before = self.get(booking.id)
        self.unit.lock(("organization", booking.organization))
        row = row_of_booking(booking)
        if before is None:
            self.unit.run(_INSERT, **row)
        else:
            self.unit.run(_UPDATE, at=booking.id, **{f"new_{name}": value for name, value in row.items()})
            if before.active:
                self._leave(before)
        if booking.active:
            self.unit.run(_TAKE, **place_of(booking))
        self._see(booking.id, booking)

    def _leave(self, booking: Booking) -> None:
        place = place_of(booking)
        names = {column.name: place[column.name] for column in PLACES.primary_key}
        self.unit.run(_LEAVE, fewer_seats=booking.party_size, **{f"of_{name}": value for name, value in names.items()})
        self.unit.run(_DROP, **names)

    def all(self) -> Sequence[Booking]:
        return list(map(booking_of, self.unit.ask(_ALL)))

    def restart(self, bookings: Iterable[Booking]) -> None:
        self.unit.require_alone(self)
        self._forget()
        self.unit.undo(self._forget)
        self.unit.run(_DELETE)
        self.unit.run(_DELETE_PLACES)
        taken: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.unit.many(_INSERT, _rows(bookings, taken))
        self.unit.many(_TAKE, taken.values())

    def _see(self, booking_id: str, booking: Booking | None) -> None:
        self._seen[booking_id] = booking
        self.unit.undo(self._forget)

    def _forget(self) -> None:
        self._seen.clear()
