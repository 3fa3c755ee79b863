"""The control API below `/_mock`: how a test or a developer looks at the mock and moves it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from mockserver.application.admin import Admin
from mockserver.ports import StateUnavailableError
from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator
from mockserver.web.control import (
    advice,
    bookings,
    faults,
    keys,
    limits,
    requests,
    server,
    state,
    time,
    webhooks,
    worlds,
)
from mockserver.web.control.access import Access
from mockserver.web.control.problems import http_problem, problem_reply, unavailable
from mockserver.web.control.refusing import Invalid
from mockserver.web.paths import CONTROL_PREFIX
from mockserver.web.site import Site
from mockserver.web.worlds import Worlds


def control(
    admin: Admin,
    beside: Worlds,
    ready: Callable[[Site, str], dict[str, Any]],
    access: Access,
    reader: Reader,
    body_schema: Callable[[str], Validator],
) -> Blueprint:
    """`ready` tells of a world at a URL; `body_schema` gives the compiled schema of an operation's body by its
    operationId."""
    blueprint = Blueprint("control", __name__, url_prefix=CONTROL_PREFIX)
    blueprint.before_request(partial(_refused, access))
    blueprint.register_error_handler(Invalid, problem_reply)
    blueprint.register_error_handler(StateUnavailableError, unavailable)
    blueprint.register_error_handler(
        UnicodeDecodeError, lambda _: problem_reply(Invalid(400, "the query is not UTF-8"))
    )
    server.register(blueprint, admin)
    requests.register(blueprint, admin, body_schema)
    advice.register(blueprint, admin)
    bookings.register(blueprint, admin)
    keys.register(blueprint, admin, reader, body_schema)
    time.register(blueprint, admin, reader, body_schema)
    limits.register(blueprint, admin, body_schema)
    faults.register(blueprint, admin, body_schema)
    webhooks.register(blueprint, admin, body_schema)
    state.register(blueprint, admin, body_schema)
    worlds.register(blueprint, beside, ready)
    return blueprint


def unrouted(access: Access) -> Callable[[HTTPException], Response]:
    """Answers for a path or method that the control API does not have; access comes before even that is told."""
    return lambda error: _refused(access) or http_problem(error)


def _refused(access: Access) -> Response | None:
    """The answer to Flask's current request if it may not steer the mock."""
    try:
        access.require(request.environ)
    except Invalid as problem:
        return problem_reply(problem)
    return None
