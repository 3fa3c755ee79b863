"""Whose data a request is about: what is somebody else's is refused, and what is nobody's is not found."""

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.harness.settings import DAY
from contracts.outcome import NotRunError
from contracts.rules.access.auth import key_header, kinds
from contracts.rules.bookings.bookings import create
from contracts.rules.platform.platform import listing
from contracts.rules.rule import PLATFORM, READS, WRITES, Need, rule


@rule(
    "errors.403.foreign_organization",
    "A key of another organization is refused",
    needs=READS | {Need.OTHER_KEY},
    builds_on=[key_header],
    requests=2 + SETUP,
)
def foreign_organization(check: Check) -> None:
    now = check.now()
    for answer in (
        check.call("getOrganization", key="other"),
        check.call("getAvailability", key="other", query=check.offers.query(now, now + DAY)),
    ):
        if answer.status == check.contract.errors["unknown_key"].status:
            raise NotRunError(f"--other-key is no valid key: the server {answer}")
        check.expect_refused(answer, "foreign_organization")


@rule(
    "errors.403.wrong_key_kind",
    "A key of the wrong kind is refused as such",
    needs=READS | PLATFORM,
    builds_on=[kinds, listing],
    requests=2,
)
def wrong_key_kind(check: Check) -> None:
    check.expect_refused(check.call("getOrganization", key="platform"), "wrong_key_kind")
    check.expect_refused(check.call("listBookings", key="public"), "wrong_key_kind")


@rule(
    "errors.403.organization_mismatch",
    "A platform key is refused for an organization that is not its own, whether or not there is one",
    needs=PLATFORM,
    builds_on=[listing],
    requests=2,
)
def organization_mismatch(check: Check) -> None:
    other = check.credentials.other_organization_id
    for identity in ("nobody" + check.fakes.run, *([other.removeprefix("org_")] if other else [])):
        answer = check.call("listBookings", headers={check.contract.organization_header: identity})
        check.expect_refused(answer, "organization_mismatch")


@rule(
    "errors.403.missing_organization_header",
    "A platform request that names no organization is refused",
    needs=PLATFORM,
    builds_on=[listing],
    requests=1,
)
def missing_organization_header(check: Check) -> None:
    operation = check.contract.operations["listBookings"]
    answer = check.send("GET", operation.path, operation=operation.id, key="platform")
    check.expect_refused(answer, "missing_organization_header")


@rule("errors.404.organization", "An unknown organization is not found", builds_on=[key_header], requests=2 + SETUP)
def unknown_organization(check: Check) -> None:
    slug, now = check.fakes.slug(), check.now()
    check.expect_refused(check.call("getOrganization", org_slug=slug), "unknown_organization")
    query = {**check.offers.query(now, now + DAY), "org_slug": slug}
    check.expect_refused(check.call("getAvailability", query=query), "unknown_organization")


@rule("errors.404.service", "An unknown service is not found", builds_on=[key_header], requests=3)
def unknown_service(check: Check) -> None:
    slug, now = check.fakes.slug(), check.now()
    check.expect_refused(check.call("getService", service_slug=slug), "unknown_service")
    query = check.offers.query(now, now + DAY, service=slug)
    check.expect_refused(check.call("getAvailability", query=query), "unknown_service")


@rule("errors.404.booking", "An unknown confirmation number is not found", needs=[], requests=1)
def unknown_booking(check: Check) -> None:
    number, contact = check.fakes.confirmation_number(), check.fakes.email()
    answer = check.call("lookupBooking", confirmation_number=number, query={"contact": contact})
    check.expect_refused(answer, "unknown_booking")


@rule(
    "errors.404.host",
    "A booking with a host whom nobody knows is refused",
    needs=WRITES,
    builds_on=[create],
    requests=1 + SETUP,
)
def unknown_host(check: Check) -> None:
    body = check.bookings.body(check.offers.spare_slot(), host_id=check.fakes.slug())
    check.expect_refused(check.bookings.create(body), "unknown_host")


@rule(
    "errors.404.team",
    "A booking with a team that nobody knows is refused",
    needs=WRITES,
    builds_on=[create],
    requests=1 + SETUP,
)
def unknown_team(check: Check) -> None:
    body = check.bookings.body(check.offers.spare_slot(), host_id=None, team_id=check.fakes.slug())
    check.expect_refused(check.bookings.create(body), "unknown_team")


@rule(
    "auth.organization_from",
    "The path, the query and the body say which organization a request is about; on the platform a header does",
    needs=WRITES | PLATFORM,
    builds_on=[unknown_organization, create, listing],
    requests=4 + SETUP,
)
def organization_from(check: Check) -> None:
    """Each is asked with its right place filled rightly or wrongly, and the other places the other way."""
    nobody, now = check.fakes.slug(), check.now()
    header = {
        check.contract.organization_header: (check.credentials.other_organization_id or nobody).removeprefix("org_")
    }
    _expect_found(check, check.call("getOrganization", headers=header), "path")
    _expect_found(
        check, check.call("getAvailability", query=check.offers.query(now, now + DAY), headers=header), "query"
    )
    body = check.bookings.body(check.offers.spare_slot(), org_slug=nobody)
    created = check.bookings.create(body)
    check.expect_refusal(created, "the organization to be the one in the body")
    _expect_found(check, check.call("listBookings", query={"org_slug": nobody}), "header")


def _expect_found(check: Check, answer: Answer, place: str) -> None:
    """What it says of the organization, or that it knows it not, shows where the server took it from."""
    refusals = {check.contract.errors[cause].status for cause in ("unknown_organization", "foreign_organization")}
    check.expect(
        answer.status not in refusals,
        f"the organization to be the one in the {place}, whatever else is there",
        str(answer),
        answer,
    )
