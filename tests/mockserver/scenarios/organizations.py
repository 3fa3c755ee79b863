"""What is true of organizations and services, and would not be if a mutant had its way."""

from collections.abc import Callable

from tests.mockserver.mutant_server import ABSENT, SALON, Server, at, truths

HAIRCUT = f"{SALON}/service/haircut"
OFFERED = ["haircut", "color", "consultation", "bang-trim", "bridal-styling", "styling-class"]


def organization_has(value: object, *path: str) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        assert at(server.get(SALON), "organization", *path) == value

    return scenario


def service_has(value: object, *path: str) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        assert at(server.get(HAIRCUT), *path) == value

    return scenario


def text_or_null(page: str, *path: str) -> Callable[[Server], None]:
    """What is missing is not of a wrong type."""

    def scenario(server: Server) -> None:
        value = at(server.get(page), *path)
        assert value is None or value is ABSENT or isinstance(value, str)

    return scenario


def tagline(server: Server) -> None:
    assert at(server.get(SALON), "organization", "tagline") is not ABSENT


def price_in_numbers(server: Server) -> None:
    assert isinstance(at(server.get(HAIRCUT), "service", "price"), int | float)


def price_alone_and_in_the_list(server: Server) -> None:
    alone = at(server.get(HAIRCUT), "service", "price")
    assert alone == at(server.get(SALON), "services", 0, "price")


def services_that_can_be_booked(server: Server) -> None:
    answer = server.get(SALON).json
    assert answer
    assert [service["slug"] for service in answer["services"]] == OFFERED


def whose_service_it_is(server: Server) -> None:
    organization = at(server.get(HAIRCUT), "organization")
    assert set(organization) == {"id", "name", "slug", "branding"}


CASES = truths(
    {
        "tagline-missing": tagline,
        "tagline-in-list": text_or_null(SALON, "organization", "tagline"),
        "organization-id-bare": organization_has("org_abc123", "id"),
        "unset-branding-absent": organization_has(None, "branding", "favicon"),
        "company-name-missing": organization_has("Acme Salon & Spa", "branding", "companyName"),
        "brief-without-branding": whose_service_it_is,
        "color-without-hash": organization_has("#6366f1", "branding", "primaryColor"),
        "inactive-service-listed": services_that_can_be_booked,
        "free-service-unlisted": services_that_can_be_booked,
        "metadata-missing": service_has({}, "service", "metadata"),
        "service-price-in-cents": price_alone_and_in_the_list,
        "price-is-text": price_in_numbers,
        "category-in-list": text_or_null(HAIRCUT, "service", "category"),
        "description-by-language": text_or_null(HAIRCUT, "service", "description"),
        "currency-lower-case": service_has("USD", "service", "currency"),
        "seats-missing": service_has(1, "calendarSettings", "max_parallel_bookings"),
        "buffer-with-unit": service_has(0, "calendarSettings", "buffer_before"),
        "policy-by-language": text_or_null(HAIRCUT, "calendarSettings", "cancellation_policy", "policyText"),
        "location-type-unknown": service_has("onsite", "calendarSettings", "location", "type"),
        "policy-in-snake-case": service_has(24, "calendarSettings", "cancellation_policy", "noticeHours"),
        "service-duration-minutes": service_has(60, "service", "duration"),
    }
)
IMPLIED: dict[str, set[str]] = {}
