"""How every error is told: one shape, its status in it, and a type for programs. Watches, which send nothing."""

from collections.abc import Iterator, Mapping

from contracts.observe import errors
from contracts.rules.access.auth import kinds, missing_key
from contracts.rules.access.tenancy import foreign_organization, unknown_organization
from contracts.rules.bookings.cancellation import already_canceled
from contracts.rules.bookings.refusals import taken_slot
from contracts.rules.http.errors import missing_field
from contracts.rules.http.http import media_type, method_not_allowed, payload_too_large, unknown_path
from contracts.rules.limits.limits import exceeded
from contracts.rules.rule import Rule, watch
from contracts.spec.contract import Contract

PROVOKED: Mapping[str, Rule] = {
    "missing_field": missing_field,
    "missing_key": missing_key,
    "wrong_key_kind": kinds,
    "foreign_organization": foreign_organization,
    "unknown_organization": unknown_organization,
    "unknown_path": unknown_path,
    "method_not_allowed": method_not_allowed,
    "slot_not_offered": taken_slot,
    "payload_too_large": payload_too_large,
    "unsupported_media_type": media_type,
    "already_canceled": already_canceled,
    "rate_limited": exceeded,
}
"""The rule that brings a cause about, for causes that have among them each status and each type."""

envelope = watch(
    "envelope.envelope",
    "An error that belongs to no operation has the shape of all others",
    errors.ENVELOPE,
    follows=[unknown_path, method_not_allowed],
)


def envelope_rules(contract: Contract) -> Iterator[Rule]:
    """One for each status and each type of those causes."""
    statuses: dict[int, list[Rule]] = {}
    types: dict[str, list[Rule]] = {}
    for cause, rule in PROVOKED.items():
        statuses.setdefault(contract.errors[cause].status, []).append(rule)
        types.setdefault(contract.errors[cause].type, []).append(rule)
    for status, follows in statuses.items():
        title = f"The body of a {status} has the status {status}"
        yield watch(f"envelope.status-{status}", title, errors.status(status), follows=follows)
    for name, follows in types.items():
        title = f"Programs can tell by its type that it is a {name}"
        watched = errors.type_of_error(contract, name)
        yield watch(f"envelope.type-{name.replace('_', '-')}", title, watched, follows=follows)
