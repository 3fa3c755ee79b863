"""The control API below `/_mock`: how a test or a developer looks at the mock and moves it."""

from collections.abc import Callable

from flask import Blueprint

from mockserver.mock import Mock
from mockserver.web.app import CONTROL_PREFIX
from mockserver.web.control import bookings, keys, limits, requests, server, state, time
from mockserver.web.control.access import Access
from mockserver.web.control.problems import Invalid, problem_reply
from mockserver.web.validation import Validator


def control(mock: Mock, access: Access, body_schema: Callable[[str], Validator]) -> Blueprint:
    """`body_schema` gives the compiled schema of an operation's body by its operationId."""
    blueprint = Blueprint("control", __name__, url_prefix=CONTROL_PREFIX)
    blueprint.before_request(access.check)
    blueprint.register_error_handler(Invalid, problem_reply)
    server.register(blueprint, mock)
    requests.register(blueprint, mock)
    bookings.register(blueprint, mock)
    for topic in (keys, time, limits, state):
        topic.register(blueprint, mock, body_schema)
    return blueprint
