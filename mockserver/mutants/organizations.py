"""Organizations and services whose members are not those that the pages show."""

from dataclasses import replace

from mockserver.mutants.altered import Json
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.shapes import answers, having, mapped, objects, renamed, without
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.public import PublicApi


class ListsInactive(PublicApi):
    def get_organization(self, exchange: Exchange) -> Reply:
        organization = exchange.tenant
        services = {slug: replace(service, active=True) for slug, service in organization.services.items()}
        exchange.organization = replace(organization, services=services)
        return super().get_organization(exchange)


def _services_inside(answer: Json) -> Json:
    return {"organization": {**answer["organization"], "services": answer["services"]}}


def _settings_inside(answer: Json) -> Json:
    settings = {"calendarSettings": answer["calendarSettings"]}
    return {"organization": answer["organization"], "service": {**answer["service"], **settings}}


def _without_free(answer: Json) -> Json:
    return {**answer, "services": [service for service in answer["services"] if service["price"]]}


def _snake_policy(policy: Json) -> Json:
    return {"notice_hours": policy["noticeHours"], "policy_text": policy["policyText"]}


def _without_unset(branding: Json) -> Json:
    return {name: value for name, value in branding.items() if value is not None}


def _listed(text: str | None) -> list[str]:
    return [] if text is None else [text]


def _in_english(text: str | None) -> dict[str, str | None]:
    return {"en": text}


def _in_cents(price: float | None) -> float | None:
    return price and price * 100


def _written(price: float | None) -> str | None:
    return price if price is None else f"{price:.2f}"


MUTANTS = (
    Mutant(
        "services-inside-organization",
        "operations.getOrganization",
        "An organization's services stand inside of it, not beside it.",
        answers(_services_inside, "getOrganization"),
    ),
    Mutant(
        "settings-inside-service",
        "operations.getService",
        "The calendar settings of a service stand inside of it, not beside it.",
        answers(_settings_inside, "getService"),
    ),
    Mutant(
        "tagline-missing",
        "organization.fields",
        "An organization has no tagline.",
        objects("organization", without("tagline"), "getOrganization"),
    ),
    Mutant(
        "tagline-in-list",
        "organization.tagline_nullable",
        "The tagline of an organization stands in a list.",
        objects("organization", mapped(_listed, "tagline"), "getOrganization"),
    ),
    Mutant(
        "organization-id-bare",
        "organization.id",
        "The id of an organization lacks its `org_`.",
        objects("organization", mapped(lambda id: id.removeprefix("org_"), "id"), "getOrganization", "getService"),
    ),
    Mutant(
        "unset-branding-absent",
        "organization.branding",
        "Branding that is unset is left out, not null.",
        objects("branding", _without_unset, "getOrganization"),
    ),
    Mutant(
        "company-name-missing",
        "organization.branding",
        "The branding of an organization has no companyName.",
        objects("branding", without("companyName"), "getOrganization"),
    ),
    Mutant(
        "brief-without-branding",
        "organization.brief",
        "A service's organization has no branding.",
        objects("organization", without("branding"), "getService"),
    ),
    Mutant(
        "color-without-hash",
        "organization.color_form",
        "Colors are six digits without a hash.",
        objects("branding", mapped(lambda color: color.removeprefix("#"), "primaryColor")),
    ),
    Mutant(
        "inactive-service-listed",
        "organization.services_listed",
        "An organization lists public services that are no longer active.",
        lambda parts: replace(parts, public=ListsInactive),
    ),
    Mutant(
        "free-service-unlisted",
        "organization.services_listed",
        "An organization leaves out services that cost nothing.",
        answers(_without_free, "getOrganization"),
    ),
    Mutant(
        "metadata-missing",
        "service.fields",
        "Services have no metadata.",
        objects("service services", without("metadata")),
    ),
    Mutant(
        "service-price-in-cents",
        "service.fields",
        "The price of a service is in cents where the service stands alone, unlike in the list.",
        objects("service", mapped(_in_cents, "price"), "getService"),
    ),
    Mutant(
        "price-is-text",
        "service.price_nullable",
        "The price of a service is text with two decimal places.",
        objects("service services", mapped(_written, "price")),
    ),
    Mutant(
        "category-in-list",
        "service.category_nullable",
        "A service has a list of categories.",
        objects("service services", mapped(_listed, "category")),
    ),
    Mutant(
        "description-by-language",
        "service.description_nullable",
        "The description of a service is an object with a text for each language.",
        objects("service services", mapped(_in_english, "description")),
    ),
    Mutant(
        "currency-lower-case",
        "service.currency_form",
        "Currencies are in lower case.",
        objects("service services", mapped(str.lower, "currency")),
    ),
    Mutant(
        "seats-missing",
        "service.calendar_settings",
        "The calendar settings lack max_parallel_bookings.",
        objects("calendarSettings", without("max_parallel_bookings"), "getService"),
    ),
    Mutant(
        "buffer-with-unit",
        "service.buffer_unit",
        "The buffer before a booking is text with its unit, as `15 min`.",
        objects("calendarSettings", mapped(lambda minutes: f"{minutes} min", "buffer_before"), "getService"),
    ),
    Mutant(
        "policy-by-language",
        "service.policy_text_nullable",
        "The text of a cancellation policy is an object with a text for each language.",
        objects("cancellation_policy", mapped(_in_english, "policyText"), "getService"),
    ),
    Mutant(
        "location-type-unknown",
        "location.types",
        "The type of a location is one that the documentation does not name.",
        objects("location", having(type="in_person")),
    ),
    Mutant(
        "policy-in-snake-case",
        "spelling.calendar_settings",
        "The cancellation policy is spelled in snake_case, as the settings around it.",
        objects("cancellation_policy", _snake_policy, "getService"),
    ),
    Mutant(
        "service-duration-minutes",
        "spelling.duration",
        "A service's duration is called duration_minutes, as in its calendar settings.",
        objects("service services", renamed("duration", "duration_minutes")),
    ),
)
