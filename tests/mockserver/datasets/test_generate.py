"""Generated datasets: as many as wanted, the same for the same seed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.datasets.generate import generate
from mockserver.datasets.loader import Dataset, DatasetError
from mockserver.domain.instants import parse_instant
from mockserver.domain.slots import bookable_starts
from mockserver.wiring import load_dataset as load

NOW = parse_instant("2025-12-01T08:00:00Z")


@pytest.fixture(scope="module")
def fifty() -> Dataset:
    return load("generated:orgs=50,services=20", seed=7)


def test_there_are_as_many_as_wanted(fifty: Dataset) -> None:
    assert len(fifty.organizations) == 50
    assert {len(one.services) for one in fifty.organizations.values()} == {20}


def test_without_amounts_there_are_ten_of_ten() -> None:
    dataset = load("generated", seed=None)
    assert [len(one.services) for one in dataset.organizations.values()] == [10] * 10


def test_the_largest_amounts_can_be_had() -> None:
    assert len(generate(1000, 1, seed=0)["organizations"]) == 1000
    for organization in load("generated:orgs=20,services=200", seed=0).organizations.values():
        assert len(organization.services) == 200


def test_the_same_seed_gives_the_same_dataset(fifty: Dataset) -> None:
    assert load("generated:orgs=50,services=20", seed=7) == fifty


@pytest.mark.parametrize("other", [None, 0, 8, -7])
def test_another_seed_gives_another_dataset(fifty: Dataset, other: int | None) -> None:
    dataset = load("generated:orgs=50,services=20", seed=other)
    assert dataset.organizations.keys() != fifty.organizations.keys()
    values = {key.value for key in fifty.keys}
    assert not [key for key in dataset.keys if key.value in values]


def test_no_seed_is_the_seed_zero() -> None:
    assert generate(3, 3, seed=None) == generate(3, 3, seed=0)


def test_the_same_seed_gives_the_same_dataset_in_another_process() -> None:
    script = "from mockserver.datasets.generate import generate; print(generate(3, 5, seed=7))"
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONHASHSEED": "77", "PYTHONIOENCODING": "utf-8"},
    )
    assert result.stdout.strip() == str(generate(3, 5, seed=7))


def test_every_organization_has_a_key_of_each_sort(fifty: Dataset) -> None:
    keys = iter(fifty.keys)
    for organization in fifty.organizations.values():
        own = [next(keys) for _ in range(4)]
        assert [(k.record.organization, k.record.kind, k.record.status(NOW)) for k in own] == [
            (organization.id, "public", "active"),
            (organization.id, "platform", "active"),
            (organization.id, "public", "revoked"),
            (organization.id, "public", "expired"),
        ]
        assert all(key.value.startswith("kord_test_") for key in own)


def test_the_first_service_of_each_organization_can_be_booked_at_once(fifty: Dataset) -> None:
    for organization in fifty.organizations.values():
        service = next(iter(organization.services.values()))
        assert service.bookable
        assert not service.requires_confirmation
        schedule = organization.schedules[organization.hosts_of(service)[0]]
        assert bookable_starts(schedule, service, NOW, NOW + 7 * 86400, NOW)


def test_organizations_live_in_several_time_zones(fifty: Dataset) -> None:
    assert len({one.timezone for one in fifty.organizations.values()}) >= 5


def test_services_are_of_many_sorts(fifty: Dataset) -> None:
    services = [s for one in fifty.organizations.values() for s in one.services.values()]
    assert {s.fulfillment.kind for s in services} == {"any", "host", "team"}
    assert {s.calendar.location.type for s in services} == {
        "onsite",
        "phone",
        "meet_url",
        "custom",
    }
    assert {s.bookable for s in services} == {True, False}
    assert any(s.price is None for s in services)
    assert any(s.price == 0 for s in services)
    assert any(s.calendar.seats > 1 for s in services)
    assert any(s.calendar.buffer_after > 0 for s in services)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("generated:orgs=0", "generated: orgs must be 1 to 1000, not 0"),
        ("generated:orgs=1001", "generated: orgs must be 1 to 1000, not 1001"),
        ("generated:orgs=1,services=201", "generated: services must be 1 to 200, not 201"),
        ("generated:orgs=many", 'generated:orgs=many: orgs must be a number, not "many"'),
        ("generated:orgs=-1", 'generated:orgs=-1: orgs must be a number, not "-1"'),
        ("generated:orgs", 'generated:orgs: orgs must be a number, not ""'),
        (
            "generated:service=3",
            'generated:service=3: "service" is not one of orgs and services; did you mean "services"?',
        ),
        ("generated:orgs=1,orgs=2", "generated:orgs=1,orgs=2: orgs is given twice"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_sentence(source: str, sentence: str) -> None:
    with pytest.raises(DatasetError) as caught:
        load(source, seed=1)
    assert str(caught.value) == sentence
