"""What is true of organizations and services, and would not be if a mutant had its way."""

from collections.abc import Callable

from tests.mockserver.mutant_server import SALON, Server, at, truths

OFFERED = ["haircut", "color", "consultation", "bang-trim", "bridal-styling", "styling-class"]


def organization_has(value: object, *path: str) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        assert at(server.get(SALON), "organization", *path) == value

    return scenario


def service_has(value: object, *path: str) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        assert at(server.get(f"{SALON}/service/haircut"), *path) == value

    return scenario


def services_that_can_be_booked(server: Server) -> None:
    answer = server.get(SALON).json
    assert answer
    assert [service["slug"] for service in answer["services"]] == OFFERED


def whose_service_it_is(server: Server) -> None:
    organization = at(server.get(f"{SALON}/service/haircut"), "organization")
    assert set(organization) == {"id", "name", "slug", "branding"}


CASES = truths(
    {
        "tagline-missing": organization_has("Your neighborhood salon since 2010", "tagline"),
        "organization-id-bare": organization_has("org_abc123", "id"),
        "unset-branding-absent": organization_has(None, "branding", "favicon"),
        "company-name-missing": organization_has("Acme Salon & Spa", "branding", "companyName"),
        "brief-without-branding": whose_service_it_is,
        "color-without-hash": organization_has("#6366f1", "branding", "primaryColor"),
        "inactive-service-listed": services_that_can_be_booked,
        "free-service-unlisted": services_that_can_be_booked,
        "metadata-missing": service_has({}, "service", "metadata"),
        "currency-lower-case": service_has("USD", "service", "currency"),
        "seats-missing": service_has(1, "calendarSettings", "max_parallel_bookings"),
        "location-type-unknown": service_has("onsite", "calendarSettings", "location", "type"),
        "policy-in-snake-case": service_has(24, "calendarSettings", "cancellation_policy", "noticeHours"),
        "service-duration-minutes": service_has(60, "service", "duration"),
    }
)
IMPLIED: dict[str, set[str]] = {}
