"""Errors of the control API: problem+json (RFC 9457), so that nobody takes them for the Booking API's."""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request

from mockserver.web.validation import Validator, first_problem


class Invalid(Exception):  # noqa: N818 - an answer, not an error of ours
    """A control request that cannot be carried out, with the HTTP status and one sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


TITLES = {400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found", 409: "Conflict"}


def problem_reply(problem: Invalid) -> Response:
    body = {"title": TITLES[problem.status], "status": problem.status, "detail": problem.detail}
    return Response(orjson.dumps(body), status=problem.status, mimetype="application/problem+json")


def read_body(body_schema: Callable[[str], Validator], operation: str) -> dict[str, Any]:
    """The request's JSON object, valid against the control contract. Raises Invalid(400)."""
    try:
        body = orjson.loads(request.get_data() or b"{}")
    except orjson.JSONDecodeError as error:
        raise Invalid(400, f"the body is not valid JSON: {error}") from None
    sentence = first_problem(body_schema(operation), body)
    if sentence is not None:
        raise Invalid(400, sentence)
    valid: dict[str, Any] = body
    return valid
