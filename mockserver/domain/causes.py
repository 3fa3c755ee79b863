"""Every cause for which a request is refused: the keys of the contract's `x-errors`, as a type.

mypy holds whoever raises one to this list; `require_stated` holds the contract to it when a mock is built.
"""

from collections.abc import Collection
from typing import Literal, get_args

Cause = Literal[
    "malformed_body",
    "body_not_object",
    "missing_field",
    "invalid_field",
    "misspelled_field",
    "repeated_parameter",
    "missing_contact",
    "range_reversed",
    "range_too_long",
    "wrong_duration",
    "invalid_idempotency_key",
    "invalid_cursor",
    "missing_key",
    "unknown_key",
    "revoked_key",
    "expired_key",
    "foreign_organization",
    "wrong_key_kind",
    "organization_mismatch",
    "missing_organization_header",
    "contact_mismatch",
    "unknown_path",
    "unknown_organization",
    "unknown_service",
    "unknown_booking",
    "unknown_host",
    "unknown_team",
    "method_not_allowed",
    "same_time",
    "slot_not_offered",
    "not_a_slot",
    "party_too_large",
    "request_in_progress",
    "payload_too_large",
    "unsupported_media_type",
    "already_canceled",
    "already_begun",
    "inside_notice_period",
    "start_in_past",
    "beyond_booking_window",
    "idempotency_key_reused",
    "rate_limited",
    "server_error",
    "service_unavailable",
]

CAUSES: frozenset[str] = frozenset(get_args(Cause))
"""A contract may refuse nothing for some of them: whoever would raise such a one asks whether it is refused at all."""


def require_stated(stated: Collection[str]) -> None:
    """Raises ValueError, in one sentence, where the contract lacks a cause or states one that nobody raises."""
    for cause in sorted(CAUSES - set(stated)):
        raise ValueError(f"x-errors lacks the cause {cause}, which the mock raises")
    for cause in sorted(set(stated) - CAUSES):
        raise ValueError(f"x-errors has the cause {cause}, for which the mock refuses nothing")
