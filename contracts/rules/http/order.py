"""What is looked at first, where a request is wrong in two ways: the answer tells which of them was seen."""

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.outcome import NotRunError
from contracts.rules.access.auth import missing_key
from contracts.rules.access.tenancy import foreign_organization, unknown_organization, unknown_service, wrong_key_kind
from contracts.rules.http.errors import invalid_field, malformed_body, missing_field
from contracts.rules.http.http import (
    JSON,
    length_of_too_long,
    media_type,
    method_not_allowed,
    payload_too_large,
    unknown_path,
)
from contracts.rules.rule import PLATFORM, READS, WRITES, Need, rule

TEXT = {"Content-Type": "text/plain"}
NO_JSON = b"{"


@rule(
    "auth.order",
    "A request is refused for the first thing that is wrong with it",
    needs=READS | PLATFORM | {Need.OTHER_KEY},
    builds_on=[missing_key, missing_field, wrong_key_kind, foreign_organization, unknown_organization, unknown_service],
    requests=4 + SETUP,
)
def order(check: Check) -> None:
    nobody, service = check.fakes.slug(), check.fakes.slug()
    no_range = {"org_slug": check.credentials.organization, "service_slug": service}
    keyless = check.call("getOrganization", key=None, org_slug=nobody)
    _expect_first(check, keyless, "missing_key", "unknown_organization")
    wrong_kind = check.call("getOrganization", key="platform", org_slug=nobody)
    _expect_first(check, wrong_kind, "unknown_organization", "wrong_key_kind")
    foreign = check.call("getAvailability", key="other", query=no_range)
    _expect_first(check, foreign, "foreign_organization", "missing_field")
    invalid = check.call("getAvailability", query=no_range)
    _expect_first(check, invalid, "missing_field", "unknown_service")


@rule(
    "auth.order",
    "Path and method come before the key, the key before the body, and who may ask before what is asked",
    needs=WRITES | {Need.OTHER_KEY},
    builds_on=[missing_key, unknown_path, method_not_allowed, malformed_body, foreign_organization, invalid_field],
    requests=4 + SETUP,
)
def order_of_writing(check: Check) -> None:
    creation, search = (check.contract.operations[name] for name in ("createBooking", "getAvailability"))
    _expect_first(check, check.send("GET", creation.path + "/nothing", key=None), "unknown_path", "missing_key")
    _expect_first(check, check.send("PUT", search.path, key=None), "method_not_allowed", "missing_key")
    keyless = check.send("POST", creation.path, operation=creation.id, key=None, headers=JSON, content=NO_JSON)
    _expect_first(check, keyless, "missing_key", "malformed_body")
    body = check.bookings.body(check.offers.spare_slot(), party_size=0)
    _expect_first(check, check.bookings.create(body, key="other"), "foreign_organization", "invalid_field")


@rule(
    "auth.order.body",
    "A body is refused for its length, then for its media type, then for what stands in it",
    needs=WRITES,
    builds_on=[payload_too_large, media_type, malformed_body],
    requests=2,
)
def order_of_body(check: Check) -> None:
    long = b" " * length_of_too_long(check)
    _expect_first(check, _posted(check, long), "payload_too_large", "unsupported_media_type")
    _expect_first(check, _posted(check, NO_JSON), "unsupported_media_type", "malformed_body")


# Which part of `auth.order` refuses for what.
PARTS = {
    "unknown_path": "path",
    "method_not_allowed": "method",
    "missing_key": "authentication",
    "malformed_body": "body",
    "unknown_organization": "organization",
    "wrong_key_kind": "permission",
    "foreign_organization": "permission",
    "missing_field": "validation",
    "invalid_field": "validation",
    "unknown_service": "rules",
}


def _expect_first(check: Check, answer: Answer, first: str, second: str) -> None:
    """Refused for the first of two causes, although the second is there too; or the other way round, where the contract
    has them in the other order."""
    if not {first, second} <= check.contract.refusals:
        return
    order = check.contract.rule("auth.order").index
    if first in PARTS and second in PARTS and order(PARTS[first]) > order(PARTS[second]):
        first, second = second, first
    earlier, later = check.contract.errors[first], check.contract.errors[second]
    if earlier.status == later.status:
        return
    if answer.status not in {earlier.status, later.status}:
        raise NotRunError(f"the server {answer}, which is neither {earlier.status} nor {later.status}")
    expected = f"{earlier.status} ({_words(first)}) before {later.status} ({_words(second)})"
    check.expect(answer.status == earlier.status, expected, str(answer), answer)


def _words(cause: str) -> str:
    return cause.replace("_", " ")


def _posted(check: Check, content: bytes) -> Answer:
    operation = check.contract.operations["createBooking"]
    return check.send("POST", operation.path, operation=operation.id, headers=TEXT, content=content)
