"""Organizations and services as booking pages see them (/api/services/list-services, /api/services/get-service)."""

from collections.abc import Callable
from typing import Any

import pytest

ACME = "public/org/acme-salon"
Keys = Callable[..., str]
Refused = Callable[..., None]


def example(client: Any, name: str) -> Any:
    return client.built.contract.document["components"]["examples"][name]["value"]


def test_the_documented_organization_is_answered(client: Any) -> None:
    answer = client.get(ACME).get_json()
    documented = example(client, "OrganizationServices")
    assert answer["organization"] == documented["organization"]
    assert answer["services"][0] == documented["services"][0]


def test_the_documented_service_is_answered(client: Any) -> None:
    assert client.get(f"{ACME}/service/haircut").get_json() == example(client, "ServiceDetails")


def test_only_active_and_public_services_are_listed(client: Any) -> None:
    listed = [service["slug"] for service in client.get(ACME).get_json()["services"]]
    assert listed == ["haircut", "color", "consultation", "bang-trim", "bridal-styling", "styling-class"]


@pytest.mark.parametrize("slug", ["nothing", "staff-training", "perm", "HAIRCUT", "checkup"])
def test_a_service_that_is_not_on_offer_does_not_exist(client: Any, refused: Refused, slug: str) -> None:
    refused(client.get(f"{ACME}/service/{slug}"), "unknown_service")


@pytest.mark.parametrize("path", ["public/org/nobody", "public/org/Acme-Salon", "public/org/nobody/service/haircut"])
def test_an_unknown_organization_is_not_found(client: Any, refused: Refused, path: str) -> None:
    refused(client.get(path), "unknown_organization")


def test_what_is_unset_is_null_and_not_absent(client: Any, keys: Keys) -> None:
    harbor = client.with_key(keys(client, "public", "harbor")).get("public/org/harbor-clinic").get_json()
    assert harbor["organization"]["tagline"] is None
    assert harbor["organization"]["branding"] == {
        "primaryColor": "#0f766e",
        "logo": None,
        "companyName": "Harbor Clinic GmbH",
        "favicon": None,
        "ogImage": None,
    }
    trim = client.get(f"{ACME}/service/bang-trim").get_json()
    assert [trim["service"][member] for member in ("description", "category", "price")] == [None, None, None]
    assert trim["calendarSettings"]["cancellation_policy"]["policyText"] is None


def test_a_service_for_nothing_costs_zero(client: Any) -> None:
    assert client.get(f"{ACME}/service/consultation").get_json()["service"]["price"] == 0


@pytest.mark.parametrize(
    ("service", "member", "value"),
    [
        ("color", "duration_minutes", 90),
        ("color", "slot_interval_minutes", 30),
        ("color", "buffer_before", 15),
        ("bridal-styling", "buffer_after", 30),
        ("consultation", "booking_window_days", 14),
        ("consultation", "location", {"type": "phone", "value": "+15551230000"}),
        ("styling-class", "max_parallel_bookings", 8),
        ("haircut", "timezone", "America/New_York"),
    ],
)
def test_the_calendar_settings_are_those_of_the_service(client: Any, service: str, member: str, value: object) -> None:
    assert client.get(f"{ACME}/service/{service}").get_json()["calendarSettings"][member] == value


def test_metadata_is_handed_out_as_it_stands(client: Any) -> None:
    color = client.get(f"{ACME}/service/color").get_json()["service"]
    assert color["metadata"] == {"patch_test_required": True, "level": "senior"}


def test_the_price_is_in_the_currency_of_the_service(client: Any, keys: Keys) -> None:
    harbor = client.with_key(keys(client, "public", "harbor"))
    service = harbor.get("public/org/harbor-clinic/service/video-consultation").get_json()["service"]
    assert (service["price"], service["currency"]) == (35.5, "EUR")


@pytest.mark.parametrize("path", [ACME, f"{ACME}/service/haircut"])
def test_the_same_question_has_the_same_answer(client: Any, path: str) -> None:
    assert client.get(path).data == client.get(f"{path}?unknown=parameter").data
