"""Bookings of a dataset that the mock itself would have refused are told at start."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.datasets.loader import names
from mockserver.domain.bookings import Occupied
from mockserver.domain.overlaps import overlaps
from mockserver.domain.slots import free_seats
from mockserver.wiring import load_dataset

Warned = Callable[..., list[str]]


@pytest.fixture
def warned(small: Any, dataset_of: Any) -> Warned:
    """The warnings of bookings of two services: an hour; a class of three, half an hour, buffers of 15 and 30."""
    services = [
        small.service("talk"),
        small.service("class", duration_minutes=30, seats=3, buffer_before_minutes=15, buffer_after_minutes=30),
    ]
    hosts = [{"id": "host_a", "name": "A"}, {"id": "host_b", "name": "B"}]

    def of(*stated: tuple[str, str], **members: Any) -> list[str]:
        bookings = [
            small.booking(number, service=service, start=f"2025-12-08T{time}:00Z", **members)
            for number, (service, time) in enumerate(stated, 1)
        ]
        return list(dataset_of(small.organization(services=services, hosts=hosts, bookings=bookings)).warnings())

    return of


def test_the_warning_names_both_bookings_where_and_when(warned: Warned) -> None:
    assert warned(("talk", "09:00"), ("talk", "09:30")) == [
        "small: the bookings book_000000001 and book_000000002 are in each other's way at host_a "
        "(2025-12-08T09:00:00Z to 2025-12-08T10:00:00Z, 1 of talk and "
        "2025-12-08T09:30:00Z to 2025-12-08T10:30:00Z, 1 of talk), which the mock itself would refuse"
    ]


@pytest.mark.parametrize(
    ("stated", "pairs"),
    [
        ([("talk", "09:00"), ("talk", "10:00")], 0),
        ([("talk", "09:00"), ("talk", "09:00")], 1),
        ([("talk", "10:00"), ("class", "11:00")], 1),  # its buffer before
        ([("talk", "10:00"), ("class", "11:15")], 0),
        ([("class", "09:00"), ("talk", "09:45")], 1),  # its buffer after
        ([("class", "09:00"), ("talk", "10:00")], 0),
        ([("class", "09:00")] * 3, 0),
        ([("class", "09:00")] * 4, 1),
        ([("talk", "09:00"), ("talk", "09:15"), ("talk", "09:50")], 2),
        ([("class", "09:00"), ("talk", "09:10"), ("class", "10:00")], 2),
    ],
)
def test_each_that_has_another_in_its_way_is_told_once(
    warned: Warned, stated: list[tuple[str, str]], pairs: int
) -> None:
    assert len(warned(*stated)) == pairs


def test_a_canceled_booking_is_in_nobodys_way(warned: Warned) -> None:
    assert warned(("talk", "09:00"), ("talk", "09:00"), status="canceled") == []


def test_after_ten_only_their_number_is_told(warned: Warned) -> None:
    *told, rest = warned(*[("talk", "09:00")] * 14)
    assert len(told) == 10
    assert rest == "small: 3 more bookings are in each other's way"


def test_it_is_what_makes_slots_unbookable(small: Any, dataset_of: Any) -> None:
    chance = random.Random(7)
    services = [
        small.service("a", duration_minutes=40, buffer_after_minutes=20),
        small.service("b", duration_minutes=25, seats=2, buffer_before_minutes=10, buffer_after_minutes=5),
    ]
    seen = set()
    for _ in range(300):
        bookings = [
            small.booking(
                n, service=chance.choice("ab"), start=f"2025-12-08T10:{chance.choice(range(0, 60, 5)):02}:00Z"
            )
            for n in (1, 2)
        ]
        dataset = dataset_of(small.organization(services=services, bookings=bookings))
        known = dataset.organizations["small"].services
        first, second = dataset.bookings
        free = free_seats(known[second.service], [second.start], [Occupied.by(first)])[0]
        found = list(overlaps(dataset.bookings, {slug: service.calendar.seats for slug, service in known.items()}))
        assert bool(found) == (free < second.party_size)
        seen.add(bool(found))
    assert seen == {True, False}


@pytest.mark.parametrize("data", [*names(), "generated:orgs=3,services=4"])
def test_no_shipped_dataset_has_any(data: str) -> None:
    assert list(load_dataset(data, seed=None).warnings()) == []
