"""What an organization and its services look like, beyond what the schemas of their answers say."""

import re

from contracts.exchange import member
from contracts.harness.check import Check
from contracts.harness.costs import MOST, SETUP, SURVEY
from contracts.harness.fixtures import listed
from contracts.outcome import NotRunError
from contracts.rules.access.auth import key_header
from contracts.rules.rule import rule

SPELLINGS = {
    "snake_case": re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"),
    "camelCase": re.compile(r"[a-z0-9]+([A-Z][a-z0-9]*)*"),
}


@rule("operations.getOrganization", "An organization can be read", builds_on=[key_header], requests=1)
def organization(check: Check) -> None:
    answer = check.expect_served(check.call("getOrganization"))
    check.expect_member(answer, check.credentials.organization, "organization", "slug")
    services = answer.member("services")
    check.expect(isinstance(services, list), "the organization and beside it its services", str(answer), answer)


@rule("operations.getService", "A listed service can be read", builds_on=[organization], requests=2)
def service(check: Check) -> None:
    name = check.credentials.service or next(iter(check.catalogue.services()), None)
    if name is None:
        raise NotRunError("the organization lists no service")
    answer = check.expect_served(check.call("getService", service_slug=name))
    check.expect_member(answer, name, "service", "slug")
    settings = answer.member("calendarSettings")
    check.expect(isinstance(settings, dict), "the service and beside it its calendarSettings", str(answer), answer)


@rule("organization.brief", "A service names the organization that offers it", builds_on=[service], requests=SETUP)
def brief(check: Check) -> None:
    for path in (("id",), ("name",), ("slug",), ("branding", "primaryColor"), ("branding", "companyName")):
        whole = member(check.catalogue.organization(), "organization", *path)
        part = member(check.settings.details, "organization", *path)
        check.expect(
            whole is None or part == whole,
            f"organization.{'.'.join(path)} to be {whole!r}, as getOrganization has it",
            f"answered getService with {part!r}",
        )


@rule("organization.services_listed", "A service that is listed can be had", builds_on=[service], requests=1 + MOST)
def services_listed(check: Check) -> None:
    for name in check.catalogue.services()[-MOST:]:
        answer = check.call("getService", service_slug=name)
        check.expect(answer.status < 400, f"{name}, which getOrganization lists, to be found", str(answer), answer)


@rule("organization.services_listed", "A service that can be had is listed", builds_on=[service], requests=1 + MOST)
def none_left_out(check: Check) -> None:
    named = [
        name for name in dict.fromkeys([check.credentials.service, *check.credentials.services]) if name is not None
    ]
    if not named:
        raise NotRunError("no service was named: --service, or a --target file that names the organization's services")
    for name in named[:MOST]:
        if name not in check.catalogue.services():
            answer = check.call("getService", service_slug=name)
            check.expect(answer.status >= 400, f"{name} to be listed by getOrganization", "left it out", answer)


@rule("service.fields", "A service is the same alone as in the list", builds_on=[service], requests=SURVEY)
def fields(check: Check) -> None:
    listing = check.catalogue.organization().get("services")
    entries = {
        str(slug): entry for entry in (listing if isinstance(listing, list) else ()) if (slug := member(entry, "slug"))
    }
    for one in listed(check):
        entry = entries.get(one.slug, {})
        for name in sorted(entry.keys() - {"isBookablePublic"}):  # which has a statement of its own
            alone = member(one.details, "service", name)
            check.expect(
                alone in (None, entry[name]),  # what is missing, its schema will say
                f"{name} of {one.slug} to be {entry[name]!r}, as getOrganization lists it",
                f"answered getService with {alone!r}",
            )


@rule("spelling.duration", "A service has its duration twice, under two names", builds_on=[service], requests=SURVEY)
def duration(check: Check) -> None:
    places = check.contract.rule("spelling.duration").items()
    for one in listed(check):
        told = {f"{part}.{name}": member(one.details, part, name) for part, name in places}
        check.expect(
            None not in told.values() and len({str(minutes) for minutes in told.values()}) == 1,
            f"one number of minutes as {' and '.join(told)}",
            f"tells of {one.slug}: {', '.join(f'{name} {minutes}' for name, minutes in told.items())}",
        )


@rule(
    "spelling.calendar_settings",
    "Calendar settings are in snake_case, the cancellation policy in camelCase",
    builds_on=[service],
    requests=SETUP,
)
def calendar_settings(check: Check) -> None:
    spelling = check.contract.rule("spelling.calendar_settings")
    calendar = check.settings.details.get("calendarSettings")
    for names, style in (
        (calendar, spelling["settings"]),
        (member(calendar, "cancellation_policy"), spelling["cancellation_policy"]),
    ):
        for name in names if isinstance(names, dict) else ():
            check.expect(
                SPELLINGS[style].fullmatch(name) is not None,
                f"the settings' names in {style}",
                f"answered getService with {name}",
            )
