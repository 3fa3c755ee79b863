"""Requests that keep the contract and are refused all the same: what other rules stood on, and did not get."""

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.outcome import Broken
from contracts.rules.access.auth import key_header
from contracts.rules.availability.availability import served
from contracts.rules.bookings.bookings import create
from contracts.rules.bookings.self_service import lookup
from contracts.rules.rule import Rule

STATEMENT = "http.served"
BY_CHANCE = ("slot_not_offered", "rate_limited")  # others book, limits are shared


def _good_requests(check: Check) -> None:
    """A failure of the server breaks what its operation promises, whatever was asked; one finding for each."""
    found: dict[str, Broken] = {}
    by_chance = {check.contract.errors[cause].status for cause in BY_CHANCE}
    for answer in check.target.answers:
        operation = check.contract.operations.get(answer.request.operation or "")
        if operation is not None and _failed(check, answer):
            broken = Broken("an answer to what was asked", str(answer), answer, operation.provenance.id)
            found.setdefault(operation.provenance.id, broken)
    for answer in check.unserved:
        operation = check.contract.operations.get(answer.request.operation or "")
        refused = 400 <= answer.status < 500 and answer.status not in by_chance
        if operation is not None and refused and _has_served(check, answer):
            expected = f"{operation.id} to serve a good request, as it served others"
            found.setdefault(STATEMENT, Broken(expected, str(answer), answer, STATEMENT))
    if found:
        raise ExceptionGroup("good requests that were not served", list(found.values()))


good_requests = Rule(
    "served.good-requests",
    STATEMENT,
    "What is asked as the contract says is served",
    _good_requests,
    frozenset(),
    follows=(key_header, served, create, lookup),
    of_all=True,
    requests=0,
)


def _failed(check: Check, answer: Answer) -> bool:
    busy = check.contract.errors["service_unavailable"].status
    return answer.status >= 500 and not (answer.status == busy and "Retry-After" in answer.headers)


def _has_served(check: Check, refused: Answer) -> bool:
    """The same operation with the same key: else the user's key or organization may be what is wrong."""
    request = refused.request
    return any(
        answer.status < 300 and (answer.request.operation, answer.request.key) == (request.operation, request.key)
        for answer in check.target.answers
    )
