"""The shipped datasets, and acme-salon as the documentation describes it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import pytest

from mockserver.datasets import loader
from mockserver.domain.hours import Opening
from mockserver.domain.instants import parse_instant, render_instant
from mockserver.domain.organizations import Organization
from mockserver.domain.services import Fulfillment
from mockserver.domain.slots import bookable_starts
from mockserver.wiring import load_dataset as load


@pytest.fixture
def acme() -> Organization:
    return load("acme-salon", seed=None).organizations["acme-salon"]


@pytest.mark.parametrize("name", loader.names())
def test_every_shipped_dataset_loads_under_its_own_name(name: str) -> None:
    assert load(name, seed=None).name == name


def test_acme_salon_is_the_organization_of_the_documentation(acme: Organization) -> None:
    assert (acme.id, acme.name) == ("org_abc123", "Acme Salon")
    assert acme.tagline == "Your neighborhood salon since 2010"
    assert acme.branding.company_name == "Acme Salon & Spa"
    assert acme.branding.primary_color == "#6366f1"
    assert acme.branding.logo == "https://storage.example.com/acme-logo.png"
    assert (acme.branding.favicon, acme.branding.og_image) == (None, None)
    assert acme.timezone == "America/New_York"
    assert acme.hours.weekdays == ((Opening(9 * 60, 17 * 60),),) * 6 + ((),)
    assert acme.hosts["host_sarah"].display_name == "Sarah"


def test_its_first_service_is_the_haircut_of_the_documentation(acme: Organization) -> None:
    haircut = next(iter(acme.services.values()))
    assert (haircut.key, haircut.slug, haircut.name) == ("haircut", "haircut", "Haircut")
    assert haircut.description == "Professional haircut with wash and style"
    assert (haircut.category, haircut.price, haircut.currency) == ("Hair", 45.00, "USD")
    assert (haircut.bookable, haircut.requires_confirmation) == (True, False)
    assert haircut.fulfillment == Fulfillment("host", "host_sarah")
    calendar = haircut.calendar
    assert (calendar.duration, calendar.slot_interval, calendar.booking_window_days) == (60, 30, 60)
    assert (calendar.buffer_before, calendar.buffer_after, calendar.seats) == (0, 0, 1)
    assert (calendar.location.type, calendar.location.value) == ("onsite", "123 Main St, Suite 100")
    assert calendar.cancellation.notice_hours == 24
    assert calendar.cancellation.policy_text == "Please cancel at least 24 hours in advance."


@pytest.mark.parametrize("start", ["2025-12-03T15:00:00Z", "2025-12-04T16:00:00Z"])
def test_the_starts_of_the_documentations_examples_are_offered(acme: Organization, start: str) -> None:
    now = parse_instant("2025-12-01T08:00:00Z")
    day = parse_instant(start[:10] + "T00:00:00Z")
    starts = bookable_starts(acme.schedules["host_sarah"], acme.services["haircut"], day, day + 86400, now)
    assert start in [render_instant(one) for one in starts]


def test_the_first_booking_gets_the_id_of_the_documentation() -> None:
    assert load("acme-salon", seed=None).booking_ids == ("book_abc123xyz",)


def test_acme_salon_has_a_service_of_every_sort(acme: Organization) -> None:
    services = list(acme.services.values())
    sorts: list[Callable[[Any], bool]] = [
        lambda s: s.calendar.buffer_before > 0 and s.fulfillment.kind == "team",
        lambda s: s.price == 0,
        lambda s: (s.description, s.category, s.price) == (None, None, None),
        lambda s: s.requires_confirmation,
        lambda s: s.calendar.seats > 1,
        lambda s: not s.public,
        lambda s: not s.active,
    ]
    for sort in sorts:
        assert any(map(sort, services))


@pytest.mark.parametrize("slug", ["acme-salon", "harbor-clinic"])
def test_every_organization_has_a_key_of_each_sort(slug: str) -> None:
    dataset = load("acme-salon", seed=None)
    keys = [key for key in dataset.keys if key.record.organization == dataset.organizations[slug].id]
    now = parse_instant("2025-12-01T08:00:00Z")
    assert [(key.record.kind, key.record.status(now)) for key in keys] == [
        ("public", "active"),
        ("platform", "active"),
        ("public", "revoked"),
        ("public", "expired"),
    ]


def test_shipped_keys_are_test_keys_that_listings_tell_apart() -> None:
    keys = load("acme-salon", seed=None).keys
    for key in keys:
        assert key.value.startswith("kord_test_")
        assert len(key.value) == len("kord_test_") + 32
        assert set(key.value.removeprefix("kord_test_")) <= set(ascii_letters + digits)
        assert key.record.environment == "development"
    assert len({key.record.end for key in keys}) == len(keys)


def test_no_repr_shows_a_key_value() -> None:
    dataset = load("acme-salon", seed=None)
    shown = repr(dataset) + str(dataset.keys)
    assert not [key for key in dataset.keys if key.value in shown]


def test_loading_a_shipped_dataset_does_not_import_faker() -> None:
    script = (
        "import sys; from mockserver.wiring import load_dataset; load_dataset('acme-salon', seed=1); "
        "print({'faker', 'jsonschema'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert result.stdout.strip() == "set()"
