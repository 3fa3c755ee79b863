"""The settings of a service, as getService tells them (/api/services/get-service)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.exchange import member
from contracts.outcome import NotRunError

MINUTE, HOUR, DAY = 60, 3600, 86_400
LONGEST = 3660 * DAY  # what says more is no setting that could be counted with


@dataclass(frozen=True, eq=False)
class Settings:
    """Times in seconds. Raises NotRunError where something is asked for that the answer does not tell."""

    details: Mapping[str, Any]

    @cached_property
    def slug(self) -> str:
        return str(self._told("service", "slug"))

    @cached_property
    def key(self) -> str:
        return str(self._told("service", "key"))

    @cached_property
    def timezone(self) -> str:
        return str(self._told("calendarSettings", "timezone"))

    @cached_property
    def duration(self) -> int:
        return self._number(MINUTE, "duration_minutes")

    @cached_property
    def interval(self) -> int:
        return self._number(MINUTE, "slot_interval_minutes")

    @cached_property
    def seats(self) -> int:
        return self._number(1, "max_parallel_bookings")

    @cached_property
    def window(self) -> int:
        return self._number(DAY, "booking_window_days")

    @cached_property
    def before(self) -> int:
        return self._number(MINUTE, "buffer_before", default=0)

    @cached_property
    def after(self) -> int:
        return self._number(MINUTE, "buffer_after", default=0)

    @cached_property
    def notice(self) -> int:
        return self._number(HOUR, "cancellation_policy", "noticeHours", default=0)

    def _told(self, *path: str) -> Any:
        found = member(self.details, *path)
        if found is None:
            raise NotRunError(f"getService does not tell {'.'.join(path)}")
        return found

    def _number(self, unit: int, *path: str, default: int | None = None) -> int:
        found = member(self.details, "calendarSettings", *path)
        if isinstance(found, int | float) and abs(found * unit) < LONGEST:
            return int(found * unit)
        if default is None:
            raise NotRunError(f"getService tells no number in calendarSettings.{'.'.join(path)}")
        return default
