"""Bookings in memory, and what is asked of them most: what they take of a host.

A thousand bookings of one slot are one entry here, and entries are found by their day, so an answer costs as much as
there are slots taken in the time in question, however many bookings there are.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from mockserver.domain.bookings import Booking, Occupied, place
from mockserver.storage.table import Table, swapping

_DAY = 86400
_Place = tuple[int, int, str, int, int]


class Occupancy:
    """Active bookings by host, day (of UTC) and place."""

    def __init__(self) -> None:
        self._of_host: defaultdict[tuple[str, str], dict[int, dict[_Place, Occupied]]] = defaultdict(dict)
        self._longest = 0

    def add(self, booking: Booking) -> None:
        at = place(booking)
        start, end, *_ = at
        if end - start > self._longest:
            self._longest = end - start
        day = self._of_host[booking.organization, booking.host].setdefault(start // _DAY, {})
        known = day.get(at)
        seats, bookings = (0, 0) if known is None else known[-2:]
        day[at] = Occupied._make((*at, seats + booking.party_size, bookings + 1))

    def hold(self, organization: str, host: str, taken: Iterable[Occupied]) -> None:
        """All that is taken of a host of whom nothing has been said."""
        days = self._of_host[organization, host]
        for each in taken:
            self._longest = max(self._longest, each.end - each.start)
            days.setdefault(each.start // _DAY, {})[each[:5]] = each

    def drop(self, organization: str, host: str) -> None:
        """As if nothing had been said of him."""
        self._of_host.pop((organization, host), None)

    def remove(self, booking: Booking) -> None:
        days = self._of_host[booking.organization, booking.host]
        number = booking.start // _DAY
        day, at = days[number], place(booking)
        left = day[at].without(booking)
        if left.bookings:
            day[at] = left
            return
        del day[at]
        if not day:
            del days[number]

    def within(self, organization: str, host: str, first: int, last: int) -> list[Occupied]:
        """What meets [first, last)."""
        days = self._of_host.get((organization, host))
        if not days:
            return []
        found: list[Occupied] = []
        for number in _days(days, first - self._longest, last):
            if number in days:
                taken = days[number].values()
                whole = first <= number * _DAY <= last - _DAY
                found += taken if whole else [one for one in taken if one.start < last and one.end > first]
        return found

    def starting(self, organization: str, host: str, first: int, last: int) -> int:
        """How many bookings start in [first, last)."""
        days = self._of_host.get((organization, host))
        if not days:
            return 0
        return sum(
            taken.bookings
            for number in _days(days, first, last)
            if number in days
            for taken in days[number].values()
            if first <= taken.start < last
        )


def _days(known: Collection[int], first: int, last: int) -> Iterable[int]:
    """Numbers of days that [first, last) touches, among them all the known ones."""
    numbers = range(first // _DAY, (last - 1) // _DAY + 1)
    # Imported bookings may be as long as they like.
    return numbers if len(numbers) <= len(known) else [number for number in known if number in numbers]


class Register:
    """All bookings of an organization by (start, id), in a list for each day: none of them gets long."""

    def __init__(self) -> None:
        self._days: dict[int, list[tuple[int, str]]] = {}

    def add(self, booking: Booking) -> None:
        insort(self._days.setdefault(booking.start // _DAY, []), (booking.start, booking.id))

    def remove(self, booking: Booking) -> None:
        number, entry = booking.start // _DAY, (booking.start, booking.id)
        day = self._days[number]
        del day[bisect_right(day, entry) - 1]
        if not day:
            del self._days[number]

    def behind(self, after: tuple[int, str] | None) -> Iterator[str]:
        """Ids."""
        for number in sorted(self._days):
            day = self._days[number]
            if after is None or day[0] > after:
                yield from (booking_id for _, booking_id in day)
            elif day[-1] > after:
                yield from (booking_id for _, booking_id in day[bisect_right(day, after) :])


class MemoryBookings(Table):
    order = 0

    def __init__(self) -> None:
        super().__init__()
        self._empty()

    def _empty(self) -> None:
        self._by_id: dict[str, Booking] = {}
        self._occupancy = Occupancy()
        self._registers: defaultdict[str, Register] = defaultdict(Register)

    def get(self, booking_id: str) -> Booking | None:
        return self._by_id.get(booking_id)

    def occupied(
        self, organization: str, hosts: Collection[str], first: int, last: int
    ) -> Mapping[str, Sequence[Occupied]]:
        within = self._occupancy.within
        return {host: found for host in hosts if (found := within(organization, host, first, last))}

    def loads(self, organization: str, hosts: Collection[str], first: int, last: int) -> Mapping[str, int]:
        starting = self._occupancy.starting
        return {host: load for host in hosts if (load := starting(organization, host, first, last))}

    def of_organization(self, organization: str, after: tuple[int, str] | None) -> Iterator[Booking]:
        register = self._registers.get(organization)
        return map(self._by_id.__getitem__, register.behind(after)) if register else iter(())

    def all(self) -> Sequence[Booking]:
        return list(self._by_id.values())

    def save(self, booking: Booking) -> None:
        previous = self._by_id.get(booking.id)
        self._put(booking, previous)
        self.undo.append((self._put, previous, booking))

    def restart(self, bookings: Iterable[Booking]) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_by_id", "_occupancy", "_registers"))
        self._empty()
        for booking in bookings:
            self._put(booking, self._by_id.get(booking.id))

    def _put(self, booking: Booking | None, previous: Booking | None) -> None:
        """The one in place of the other; None is none."""
        if previous is not None:
            self._registers[previous.organization].remove(previous)
            if previous.active:
                self._occupancy.remove(previous)
            if booking is None:
                del self._by_id[previous.id]
        if booking is not None:
            self._by_id[booking.id] = booking
            self._registers[booking.organization].add(booking)
            if booking.active:
                self._occupancy.add(booking)
