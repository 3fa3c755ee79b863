"""Bookings of which the mock would not have made the second, since the first is in its way."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from mockserver.domain.bookings import Booking, place


def overlaps(bookings: Iterable[Booking], seats: Mapping[str, int]) -> Iterator[tuple[Booking, Booking]]:
    """Of one organization: each booking together with one that is in its way; canceled ones are in nobody's.

    Bookings of the very same slot share its seats (`seats`, by service); between any others the larger of the two
    buffers must lie, as for slots (mockserver/domain/slots.py).
    """
    active = sorted((b for b in bookings if b.active), key=lambda b: (b.host, *place(b)))
    for _, of_host in groupby(active, key=lambda booking: booking.host):
        ends_last: Booking | None = None
        clears_last: Booking | None = None  # its buffer counted
        for _, of_slot in groupby(of_host, key=place):
            first, *others = of_slot
            near = next((b for b in (ends_last, clears_last) if b is not None and _in_the_way(b, first)), None)
            if near is not None:
                yield near, first
            taken = first.party_size
            for other in others:
                taken += other.party_size
                if taken > seats[first.service]:
                    yield first, other
            ends_last = max(filter(None, (ends_last, first)), key=lambda b: b.end)
            clears_last = max(filter(None, (clears_last, first)), key=lambda b: b.end + b.buffer_after)


def _in_the_way(earlier: Booking, later: Booking) -> bool:
    return later.start - earlier.end < max(earlier.buffer_after, later.buffer_before)
