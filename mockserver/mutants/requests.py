"""Requests that are judged too kindly, or refused with the wrong status."""

from dataclasses import replace

from mockserver.domain.errors import Refused
from mockserver.mutants.amended import answered, ruled
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.body import Body
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.validation import Checker

CRASHED = {"status": 500, "type": "server_error", "detail": "Internal server error"}
INVALID = {"status": 400, "type": "validation_error"}
UNPROCESSABLE = {"status": 422, "type": "unprocessable"}


class TakesTheLastValue(Checker):
    def check(self, exchange: Exchange) -> None:
        exchange.query = {
            name: value[-1] if isinstance(value, list) else value for name, value in exchange.query.items()
        }
        super().check(exchange)


class ExplainsNoMisspelling(Checker):
    def _missing(self, field: str, name: str, holder: object) -> Refused:
        return super()._missing(field, name, {})


class TakesAnythingForJson(Body):
    def _require_json(self, content_type: str) -> None:
        """Whatever it was declared as, it is tried as JSON."""


MUTANTS = (
    Mutant(
        "malformed-body-unprocessable",
        "errors.400.malformed_body",
        "A body that is not JSON is 422.",
        answered("malformed_body", **UNPROCESSABLE),
    ),
    Mutant(
        "list-body-unprocessable",
        "errors.400.body_not_object",
        "A body that is JSON, but no object, is 422.",
        answered("body_not_object", **UNPROCESSABLE),
    ),
    Mutant(
        "missing-field-crashes",
        "errors.400.missing_field",
        "A missing field is 500.",
        answered("missing_field", **CRASHED),
    ),
    Mutant(
        "invalid-field-crashes",
        "errors.400.invalid_field",
        "A field with an invalid value is 500.",
        answered("invalid_field", **CRASHED),
    ),
    Mutant(
        "misspelling-not-explained",
        "errors.400.misspelled_field",
        "A misspelled field is only said to be missing.",
        lambda parts: replace(parts, checker=ExplainsNoMisspelling),
    ),
    Mutant(
        "repeated-parameter-taken",
        "errors.400.repeated_parameter",
        "Of a query parameter given twice the last one counts.",
        lambda parts: replace(parts, checker=TakesTheLastValue),
    ),
    Mutant(
        "unknown-path-forbidden",
        "errors.404.path",
        "An unknown path is 403, as with some gateways.",
        answered("unknown_path", status=403, type="permission_error", detail="Insufficient permissions"),
    ),
    Mutant(
        "unknown-method-not-found",
        "errors.405.method",
        "A method that a path does not know is 404.",
        answered("method_not_allowed", status=404, type="not_found", detail="Path not found"),
    ),
    Mutant(
        "large-body-bad-request",
        "errors.413.body",
        "A body that is too long is 400.",
        answered("payload_too_large", **INVALID),
    ),
    Mutant(
        "body-limit-one-byte-short",
        "http.max_body_bytes",
        "A body of exactly the greatest length is refused.",
        ruled("http.max_body_bytes", 65_535),
    ),
    Mutant(
        "body-limit-doubled",
        "http.max_body_bytes",
        "A body may be twice as long as promised.",
        ruled("http.max_body_bytes", 131_072),
    ),
    Mutant(
        "json-shallow",
        "http.max_json_depth",
        "JSON nested deeper than 64 levels is refused.",
        ruled("http.max_json_depth", 64),
    ),
    Mutant(
        "json-deep",
        "http.max_json_depth",
        "JSON may be nested twice as deep as promised.",
        ruled("http.max_json_depth", 200),
    ),
    Mutant(
        "media-type-ignored",
        "errors.415.media_type",
        "A JSON body is taken whatever it was declared as.",
        lambda parts: replace(parts, body=TakesAnythingForJson),
    ),
)
