"""Errors in a shape, or with a word, that clients do not expect."""

from dataclasses import replace

import orjson

from mockserver.domain.errors import Refused
from mockserver.mutants.altered import told
from mockserver.mutants.amended import answered, typed
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Reply, encode
from mockserver.web.api.problems import Problems


class SaysMessage(Problems):
    def reply(self, refusal: Refused) -> Reply:
        reply = super().reply(refusal)
        envelope = orjson.loads(reply.body)
        reply.body = encode({"message": envelope.pop("detail"), **envelope})
        return reply


class NamesNoField(Problems):
    """Hints at misspellings are another matter."""

    def reply(self, refusal: Refused) -> Reply:
        if refusal.cause in ("missing_field", "invalid_field", "repeated_parameter"):
            anonymous = {**refusal.details, "field": "a field"}
            refusal = Refused(refusal.cause, retry_after=refusal.retry_after, **anonymous)
        return super().reply(refusal)


TOLD = {400: 422, 401: 403, 403: 401, 404: 400, 405: 404, 409: 422, 413: 400, 415: 400, 422: 400, 429: 503}
"""By HTTP status: what the body says instead."""

TYPED = {
    "validation_error": "invalid_request",
    "authentication_error": "unauthorized",
    "permission_error": "forbidden",
    "not_found": "missing",
    "conflict": "conflict_error",
    "unprocessable": "unprocessable_entity",
    "rate_limit_error": "too_many_requests",
    "method_not_allowed": "method_error",
    "payload_too_large": "request_too_large",
    "unsupported_media_type": "media_type_error",
}
"""By error type: what it is called instead."""

WORDS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "wrong-method",
    409: "conflict",
    413: "too-large",
    415: "media-type",
    422: "unprocessable",
    429: "rate-limited",
}

MUTANTS = (
    Mutant(
        "detail-called-message",
        "errors.envelope",
        "The sentence of an error is called `message`, not `detail`.",
        lambda parts: replace(parts, problems=SaysMessage),
    ),
    *(
        Mutant(
            f"status-of-{WORDS[status]}",
            f"errors.{status}",
            f"The body of a {status} says that its status is {instead}.",
            told(status, instead),
        )
        for status, instead in TOLD.items()
    ),
    *(
        Mutant(
            f"type-of-{type.replace('_', '-')}",
            f"errors.type.{type}",
            f"Errors of type `{type}` say `{instead}`.",
            typed(type, instead),
        )
        for type, instead in TYPED.items()
    ),
    Mutant(
        "field-not-named",
        "errors.names_field",
        "A 400 for a missing or invalid field does not say which.",
        lambda parts: replace(parts, problems=NamesNoField),
    ),
    Mutant(
        "detail-of-unauthorized",
        "errors.known_details",
        "The sentence of a 401 is another than the documentation shows.",
        answered("missing_key unknown_key revoked_key expired_key", detail="You are not signed in"),
    ),
    Mutant(
        "detail-of-forbidden",
        "errors.known_details",
        "The sentence of a 403 for a key is another than the documentation shows.",
        answered(
            "foreign_organization wrong_key_kind organization_mismatch missing_organization_header",
            detail="Access denied",
        ),
    ),
)
