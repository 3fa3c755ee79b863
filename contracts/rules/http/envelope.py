"""How every error is told: one shape, its status in it, and a type for programs. Watches, which send nothing."""

from collections.abc import Iterable

from contracts.observe import errors
from contracts.rules.access.auth import kinds, missing_key
from contracts.rules.access.tenancy import foreign_organization, unknown_organization
from contracts.rules.bookings.refusals import start_in_past, taken_slot
from contracts.rules.http.errors import missing_field
from contracts.rules.http.http import media_type, method_not_allowed, payload_too_large, unknown_path
from contracts.rules.limits.limits import exceeded
from contracts.rules.rule import Rule, watch

envelope = watch(
    "envelope.envelope",
    "An error that belongs to no operation has the shape of all others",
    errors.ENVELOPE,
    follows=[unknown_path, method_not_allowed],
)


def _status(status: int, follows: Iterable[Rule]) -> Rule:
    title = f"The body of a {status} has the status {status}"
    return watch(f"envelope.status-{status}", title, errors.status(status), follows=follows)


def _type(name: str, follows: Iterable[Rule]) -> Rule:
    identity, title = f"envelope.type-{name.replace('_', '-')}", f"Programs can tell by its type that it is a {name}"
    return watch(identity, title, errors.type_of_error(name), follows=follows)


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
