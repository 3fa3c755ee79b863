"""What benchmarks of many bookings have in common: one host, a class of half an hour, sixteen a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.hot_path import UNLIMITED
from mockserver.application.bookings import Filter, Wish
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built

DAY, SLOTS_A_DAY = 86400, 16
KEY = "kord_test_" + "Benchmark".ljust(32, "0")
MONDAY = parse_instant("2025-12-01T00:00:00Z")
ADA = Contact("Ada", "ada@example.com", None)


@contextmanager
def settings_of_class(*, counted: bool = False, **more: Any) -> Iterator[Settings]:
    """Of mocks that are built within; limits are `counted`, and never reached, or off."""
    with TemporaryDirectory() as folder:
        data, unlimited = files_of_class(Path(folder))
        more |= {"overlays": [unlimited]} if counted else {"limits": False}
        yield Settings(data=str(data), now=(MONDAY - DAY) * SECOND, frozen=True, **more)


def files_of_class(folder: Path) -> tuple[Path, Path]:
    """The dataset, and an overlay of limits that are counted and never reached."""
    data, unlimited = folder / "bench.yaml", folder / "unlimited.yaml"
    data.write_text(dumps({"name": "bench", "organizations": [_organization()]}))
    unlimited.write_text(dumps(UNLIMITED))
    return data, unlimited


def _organization() -> dict[str, Any]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    talk = {
        "key": "talk",
        "name": "Talk",
        "duration_minutes": 30,
        "booking_window_days": 3650,
        "seats": 10_000,
        "location": {"type": "phone", "value": "+15551230000"},
    }
    return {
        "id": "org_bench",
        "slug": "bench",
        "name": "Bench",
        "branding": {"primary_color": "#000000", "company_name": "Bench"},
        "timezone": "UTC",
        "hours": {day: ["09:00-17:00"] for day in days},
        "hosts": [{"id": "host", "name": "Host"}],
        "services": [talk],
        "keys": [{"kind": "public", "label": "Benchmark", "value": KEY}],
        "bookings": [],
    }


def slot(number: int) -> int:
    day, half = divmod(number, SLOTS_A_DAY)
    return MONDAY + day * DAY + (18 + half) * 1800


def booked(bookings: int, in_one: int) -> Iterator[Booking]:
    """So many, of them so many in each slot from the first one on."""
    first = Booking(
        "", "bench", "talk", "host", None, "confirmed", 0, 0, "UTC", ADA, 1, None, 0, 0, created_at=MONDAY - DAY
    )
    for number in range(bookings):
        start = slot(number // in_one)
        yield first._replace(id=f"book_{number:09}", start=start, end=start + 1800)


class Asked:
    """What is asked of a mock of this class."""

    def __init__(self, built: Built) -> None:
        self._service = built.mock.bookings
        self._it = self._service.organization("bench")
        self._now = MONDAY - DAY

    def look_up(self) -> object:
        return self._service.find_booking("book_000000500")

    def create(self) -> object:
        wish = Wish(self._it, "talk", slot(0), slot(0) + 1800, "UTC", ADA)
        return self._service.create_booking(wish, self._now)

    def offered(self, days: int) -> object:
        return self._service.availability(self._it, "talk", MONDAY, MONDAY + days * DAY, 1, self._now)

    def page(self) -> object:
        return self._service.list_bookings(self._it, Filter(limit=50, after=(slot(1), "")))
