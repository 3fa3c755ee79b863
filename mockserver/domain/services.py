"""What can be booked: a service and its calendar settings (/api/services/get-service)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

LocationType = Literal["onsite", "phone", "meet_url", "custom"]


class Location(NamedTuple):
    type: LocationType
    value: str


class CancellationPolicy(NamedTuple):
    notice_hours: float
    policy_text: str | None


@dataclass(frozen=True, slots=True)
class CalendarSettings:
    """Durations in minutes, the booking window in days; `seats` is the API's max_parallel_bookings."""

    duration: int
    slot_interval: int
    buffer_before: int
    buffer_after: int
    booking_window_days: int
    location: Location
    seats: int
    cancellation: CancellationPolicy

    def __post_init__(self) -> None:
        if min(self.duration, self.slot_interval, self.booking_window_days, self.seats) < 1:
            raise ValueError("duration, slot interval, booking window and seats must be at least 1")
        if min(self.buffer_before, self.buffer_after, self.cancellation.notice_hours) < 0:
            raise ValueError("buffers and notice must not be negative")


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """Who may take a booking: any host, one host, or one team (/platform/services)."""

    kind: Literal["any", "host", "team"] = "any"
    id: str | None = None

    def __post_init__(self) -> None:
        if (self.kind == "any") != (self.id is None):
            raise ValueError("a host or a team is named by its id, and any host by none")


@dataclass(frozen=True, slots=True)
class Service:
    key: str
    slug: str
    name: str
    description: str | None
    category: str | None
    price: float | None
    currency: str
    calendar: CalendarSettings
    public: bool = True
    active: bool = True
    requires_confirmation: bool = False
    fulfillment: Fulfillment = Fulfillment()
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def bookable(self) -> bool:
        """Only active, public services exist for the Public Booking API."""
        return self.public and self.active
