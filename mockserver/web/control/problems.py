"""Errors of the control API: problem+json (RFC 9457), so that nobody takes them for the Booking API's."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import orjson
from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from mockserver.domain.errors import Refused
from mockserver.ports import StateUnavailableError
from mockserver.web.api.exchange import decode
from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator, first_problem
from mockserver.web.control.refusing import Invalid, body_limit

MAX_DEPTH = 100
_WHOLE_NUMBER = re.compile(r"[0-9]+", re.ASCII)


def problem_reply(problem: Invalid, more: Mapping[str, Any] = MappingProxyType({})) -> Response:
    """`more` are members beside those of every problem."""
    title = HTTPStatus(problem.status).phrase
    body = {"title": title, "status": problem.status, "detail": problem.detail, **more}
    return Response(orjson.dumps(body), status=problem.status, mimetype="application/problem+json")


def unavailable(error: StateUnavailableError) -> Response:
    reply = problem_reply(Invalid(503, "the state cannot be reached just now"))
    reply.headers["Retry-After"] = str(error.retry_after)
    return reply


def http_problem(error: HTTPException) -> Response:
    """What Flask could not route, in our words; a 405 with the `Allow` that belongs to it."""
    if isinstance(error, NotFound):
        return problem_reply(Invalid(404, "the control API has no such path"))
    if isinstance(error, MethodNotAllowed):
        allow = ", ".join(sorted(error.valid_methods or ()))
        reply = problem_reply(Invalid(405, f"the path does not know this method; it knows {allow}"))
        reply.headers["Allow"] = allow
        return reply
    return problem_reply(Invalid(error.code or 500, error.description or error.name))


def limit(default: str | None) -> int | None:
    """How many are wanted by the query, None for all. Raises Invalid(400)."""
    wanted = request.args.get("limit", default)
    if wanted is None:
        return None
    if not _WHOLE_NUMBER.fullmatch(wanted):
        raise Invalid(400, "limit must be a whole number")
    return int(wanted) if len(wanted) < 10 else None


def instant(body: Mapping[str, Any], field: str, reader: Reader) -> int:
    """Unix seconds. Raises Invalid(400)."""
    try:
        return reader.instant(body, field)
    except Refused as refusal:
        raise Invalid(400, f"{field} {refusal.details['problem']}") from None


def read_body(body_schema: Callable[[str], Validator], operation: str) -> dict[str, Any]:
    """The request's JSON object, valid against the control contract. Raises Invalid(400), RequestEntityTooLarge."""
    request.max_content_length = body_limit(request.environ)
    try:
        body = decode(request.get_data() or b"{}", MAX_DEPTH)
    except ValueError as error:
        raise Invalid(400, f"the body is not valid JSON: {error}") from None
    sentence = first_problem(body_schema(operation), body)
    if sentence is not None:
        raise Invalid(400, sentence)
    valid: dict[str, Any] = whole(body)
    return valid


def whole(value: Any) -> Any:
    """JSON knows no integers: 5.0 is one to a schema, and becomes one here."""
    if isinstance(value, dict):
        return {name: whole(member) for name, member in value.items()}
    if isinstance(value, list):
        return [whole(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
