"""How every error is told: one shape, its status in it, and a type for programs. Watches, which send nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from contracts.rules.access.auth import kinds, missing_key
from contracts.rules.access.tenancy import foreign_organization, unknown_organization
from contracts.rules.bookings.refusals import start_in_past, taken_slot
from contracts.rules.http.errors import missing_field
from contracts.rules.http.http import media_type, method_not_allowed, payload_too_large, unknown_path
from contracts.rules.limits.limits import exceeded
from contracts.rules.rule import Rule, watch
from contracts.target.exchange import Answer

if TYPE_CHECKING:
    from contracts.harness.check import Check


def is_error(answer: Answer) -> bool:
    """With a body that says so: an answer to HEAD has none."""
    return answer.status >= 400 and answer.request.method != "HEAD"


@watch(
    "errors.envelope",
    "An error that belongs to no operation has the shape of all others",
    of=lambda answer: is_error(answer) and answer.request.operation is None,
    follows=[unknown_path, method_not_allowed],
)
def envelope(check: Check, answer: Answer) -> None:
    schema = check.contract.validator(check.contract.document["components"]["schemas"]["Error"])
    problem = next(schema.problems(answer.json), None)
    if problem is not None:
        check.expect(False, f"{problem.field or 'a body'} as in every error", str(answer), answer)


def _status(status: int, follows: Iterable[Rule]) -> Rule:
    """That errors of a status say so in their body."""

    def ask(check: Check) -> None:
        check.watch(lambda answer: is_error(answer) and answer.status == status, judge)

    def judge(check: Check, answer: Answer) -> None:
        if isinstance(answer.member("status"), int):  # if not, the envelope is broken
            check.expect_member(answer, status, "status")

    title = f"The body of a {status} has the status {status}"
    return Rule(
        f"envelope.status-{status}", f"errors.{status}", title, ask, frozenset(), follows=tuple(follows), requests=0
    )


def _type(name: str, follows: Iterable[Rule]) -> Rule:
    """That errors of the statuses that this type belongs to have it."""

    def ask(check: Check) -> None:
        statuses = {error.status for error in check.contract.errors.values() if error.type == name}
        check.watch(lambda answer: is_error(answer) and answer.status in statuses, judge)

    def judge(check: Check, answer: Answer) -> None:
        found = answer.member("type")
        known = {error.type for error in check.contract.errors.values() if error.status == answer.status}
        if isinstance(found, str) and found:  # if not, the envelope is broken
            check.expect(found in known, f"the type {' or '.join(sorted(known))}", str(answer), answer)

    identity, title = f"envelope.type-{name.replace('_', '-')}", f"Programs can tell by its type that it is a {name}"
    return Rule(identity, f"errors.type.{name}", title, ask, frozenset(), follows=tuple(follows), requests=0)


status_400 = _status(400, [missing_field])
status_401 = _status(401, [missing_key])
status_403 = _status(403, [kinds, foreign_organization])
status_404 = _status(404, [unknown_organization, unknown_path])
status_405 = _status(405, [method_not_allowed])
status_409 = _status(409, [taken_slot])
status_413 = _status(413, [payload_too_large])
status_415 = _status(415, [media_type])
status_422 = _status(422, [start_in_past])
status_429 = _status(429, [exceeded])

validation_error = _type("validation_error", [missing_field])
authentication_error = _type("authentication_error", [missing_key])
permission_error = _type("permission_error", [kinds, foreign_organization])
not_found = _type("not_found", [unknown_organization, unknown_path])
method_not_allowed_type = _type("method_not_allowed", [method_not_allowed])
conflict = _type("conflict", [taken_slot])
payload_too_large_type = _type("payload_too_large", [payload_too_large])
unsupported_media_type = _type("unsupported_media_type", [media_type])
unprocessable = _type("unprocessable", [start_in_past])
rate_limit_error = _type("rate_limit_error", [exceeded])
