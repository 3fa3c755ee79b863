"""What is true of organizations and services, and would not be if a mutant had its way."""

from tests.mockserver.mutant_server import Server, truths

OFFERED = ["haircut", "color", "consultation", "bang-trim", "bridal-styling", "styling-class"]


def organization_as_documented(server: Server) -> None:
    answer = server.get("public/org/acme-salon").json
    example = server.example("OrganizationServices")
    assert answer
    assert answer["organization"] == example["organization"]
    assert answer["services"][:1] == example["services"]


def services_that_can_be_booked(server: Server) -> None:
    answer = server.get("public/org/acme-salon").json
    assert answer
    assert [service["slug"] for service in answer["services"]] == OFFERED


def organization_with_two_members(server: Server) -> None:
    assert set(server.get("public/org/acme-salon").json or ()) == {"organization", "services"}


def service_as_documented(server: Server) -> None:
    assert server.get("public/org/acme-salon/service/haircut").json == server.example("ServiceDetails")


CASES = truths(
    {
        "services-inside-organization": organization_with_two_members,
        "settings-inside-service": service_as_documented,
        "tagline-missing": organization_as_documented,
        "organization-id-bare": organization_as_documented,
        "unset-branding-absent": organization_as_documented,
        "company-name-missing": organization_as_documented,
        "brief-without-branding": service_as_documented,
        "color-without-hash": organization_as_documented,
        "inactive-service-listed": services_that_can_be_booked,
        "free-service-unlisted": services_that_can_be_booked,
        "metadata-missing": service_as_documented,
        "currency-lower-case": service_as_documented,
        "seats-missing": service_as_documented,
        "location-type-unknown": service_as_documented,
        "policy-in-snake-case": service_as_documented,
        "service-duration-minutes": service_as_documented,
    }
)
