"""Requests that are malformed or incomplete, and what the sentences of errors say."""

import re
from urllib.parse import urlencode

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.harness.settings import DAY
from contracts.observe.errors import KNOWN_DETAILS
from contracts.outcome import NotRunError
from contracts.rules.access.auth import key_header, kinds, missing_key
from contracts.rules.access.tenancy import foreign_organization
from contracts.rules.bookings.bookings import create
from contracts.rules.http.http import JSON
from contracts.rules.rule import WRITES, rule, watch


@rule(
    "errors.400.malformed_body",
    "A body that is no JSON is refused",
    needs=WRITES,
    builds_on=[create],
    requests=2,
)
def malformed_body(check: Check) -> None:
    for content in b'{"org_slug": ', b"org_slug=x":
        check.expect_refused(_posted(check, content), "malformed_body")


@rule(
    "errors.400.body_not_object",
    "JSON that is no object is refused as a body",
    needs=WRITES,
    builds_on=[malformed_body],
    requests=3,
)
def body_not_object(check: Check) -> None:
    for content in b"[]", b'"text"', b"null":
        check.expect_refused(_posted(check, content), "body_not_object")


@rule(
    "errors.400.missing_field",
    "A request that lacks a required field is refused",
    builds_on=[key_header],
    requests=1 + SETUP,
)
def missing_field(check: Check) -> None:
    check.expect_refused(_availability(check, without="from"), "missing_field")


@rule(
    "errors.400.invalid_field",
    "A request with an invalid value is refused",
    builds_on=[key_header],
    requests=2 + SETUP,
)
def invalid_field(check: Check) -> None:
    for changes in {"from": "yesterday"}, {"partySize": "several"}:
        check.expect_refused(_availability(check, **changes), "invalid_field")


@rule(
    "errors.400.repeated_parameter",
    "A parameter that is given twice is refused",
    builds_on=[key_header],
    requests=1 + SETUP,
)
def repeated_parameter(check: Check) -> None:
    now = check.now()
    query = check.offers.query(now, now + DAY)
    operation = check.contract.operations["getAvailability"]
    path = f"{operation.path}?{urlencode(query)}&{urlencode({'from': query['from']})}"
    check.expect_refused(check.send("GET", path, operation=operation.id), "repeated_parameter")


@rule(
    "errors.names_field",
    "An error names the field as the client wrote it",
    needs=WRITES,
    builds_on=[missing_field, invalid_field, create],
    requests=4 + 2 * SETUP,
)
def names_field(check: Check) -> None:
    contact = {"name": check.fakes.name(), "email": "nobody", "phone": check.fakes.phone()}
    slot, stated = check.offers.spare_slot(), check.contract.rule("errors.names_field")
    for answer, field in (
        (_availability(check, without="from"), "from"),
        (_availability(check, partySize="several"), "partySize"),
        (check.bookings.create(check.bookings.body(slot, contact=contact)), "contact.email"),
        (check.bookings.create(check.bookings.body(slot, starts_at="yesterday")), "starts_at"),
    ):
        named = re.sub("_(.)", lambda letter: letter[1].upper(), field) if stated == "in camelCase" else field
        found, expected = mentions(detail_of(answer), named), stated != "never"
        told = f"a detail that names {named}" if expected else f"a detail that does not name {named}"
        check.expect(found == expected, told, str(answer), answer)


known_details = watch(
    "errors.known-details",
    "The sentences about keys read as the documentation has them",
    KNOWN_DETAILS,
    follows=[missing_key, kinds, foreign_organization],
)


def mentions(sentence: str, name: str) -> bool:
    """Whether it stands there as a word: `start_at` does not stand in `restart_at`."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence) is not None


def detail_of(answer: Answer) -> str:
    """Raises NotRunError where there is none."""
    found = answer.member("detail")
    if answer.status < 400 or not isinstance(found, str):
        raise NotRunError(f"the server {answer}, where an error with a detail was wanted")
    return found


def _posted(check: Check, content: bytes) -> Answer:
    operation = check.contract.operations["createBooking"]
    return check.send("POST", operation.path, operation=operation.id, headers=JSON, content=content)


def _availability(check: Check, without: str = "", **changes: str) -> Answer:
    """Of a day that would do, but for what is changed or left out."""
    now = check.now()
    query = {**check.offers.query(now, now + DAY), **changes}
    return check.call("getAvailability", query={name: value for name, value in query.items() if name != without})
