"""A log of moments that never changes: what is added to it makes another, which shares nearly all of it.

So a counter's old state stays what it was, for whoever gives up a unit of work, and the new one costs the same however
long the log is: moments stand in chunks, of which the last alone is copied, and all others only pointed at.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import overload

CHUNK = 128  # moments
_first_of = itemgetter(0)


class Log(Sequence[int]):
    """When it was last touched, and behind that the moments, oldest first: as a sequence it is these numbers."""

    __slots__ = ("_full", "_gone", "_last", "size", "touched")

    def __init__(self, touched: int, full: tuple[tuple[int, ...], ...], gone: int, last: tuple[int, ...]) -> None:
        """`full` are chunks, of the first of which so many moments are `gone`; `last` is shorter than one."""
        self.touched = touched
        self._full = full
        self._gone = gone
        self._last = last
        self.size = len(full) * CHUNK - gone + len(last)

    @classmethod
    def of(cls, numbers: Sequence[int]) -> "Log":
        """From such a sequence, wherever it was kept. Raises IndexError for an empty one."""
        if type(numbers) is Log:
            return numbers
        if len(numbers) <= CHUNK:
            return cls(numbers[0], (), 0, tuple(numbers[1:]))
        return cls._chunked(numbers[0], (), 0, numbers, 1)

    @classmethod
    def _chunked(
        cls, touched: int, full: tuple[tuple[int, ...], ...], gone: int, numbers: Sequence[int], begin: int
    ) -> "Log":
        """What stands in `full`, and the numbers from `begin` on."""
        end = len(numbers) - (len(numbers) - begin) % CHUNK
        full += tuple(tuple(numbers[place : place + CHUNK]) for place in range(begin, end, CHUNK))
        last = tuple(numbers[end:])
        return cls(touched, full, gone, last) if full else cls(touched, (), 0, last[gone:])

    def moment(self, place: int) -> int:
        """The one at that place, the oldest being at 0."""
        chunk, place = divmod(place + self._gone, CHUNK)
        return self._full[chunk][place] if chunk < len(self._full) else self._last[place]

    def until(self, moment: int) -> int:
        """How many there are of that moment or before it."""
        full, gone = self._full, self._gone
        if not full:
            return bisect_right(self._last, moment)
        passed = bisect_right(full[0], moment, gone)
        if passed < CHUNK:
            return passed - gone
        chunk = bisect_right(full, moment, key=_first_of) - 1
        behind = bisect_right(self._last, moment)
        return chunk * CHUNK + bisect_right(full[chunk], moment) - gone + behind

    def with_another(self, now: int, gone: int) -> "Log":
        """Without so many of the oldest, and with one more."""
        full, last = self._full, self._last
        gone += self._gone
        if gone >= CHUNK or not full:
            passed = min(gone // CHUNK, len(full))
            full, gone = full[passed:], gone - passed * CHUNK
            if not full:
                last, gone = last[gone:], 0
        last = (*last, now)
        return Log(now, (*full, last), gone, ()) if len(last) == CHUNK else Log(now, full, gone, last)

    def without(self, place: int) -> "Log":
        """What stood behind that place moves up: the nearer it is to the end, the less is copied."""
        chunk, place = divmod(place + self._gone, CHUNK)
        behind = list(chain(*self._full[chunk:], self._last))
        del behind[place]
        return Log._chunked(self.touched, self._full[:chunk], self._gone, behind, 0)

    def __len__(self) -> int:
        return 1 + self.size

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers())

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return self.touched if index == 0 else self._numbers()[index]

    def _numbers(self) -> list[int]:
        numbers = [self.touched]
        for chunk in self._full:
            numbers += chunk
        numbers += self._last
        del numbers[1 : 1 + self._gone]
        return numbers
