"""The Flask application: ordinary blueprints, and the operations of the API as routes to its pipeline.

Requests for the API reach the pipeline either directly, before there is need of Flask (`front.py`), or through these
routes, so that its extensions see them. Both give the same answers.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Flask, Request, Response, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from mockserver.web.api.exchange import WIRE, Reply, Route
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.control.problems import problem_reply
from mockserver.web.control.refusing import Invalid
from mockserver.web.gate import Wsgi
from mockserver.web.paths import WORLDS_PREFIX, is_control

FROM_PIPELINE = "kordkit.from_pipeline"


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


class LazyRule(Rule):
    """URLs are built of few rules, and what builds them is most of what it takes to make an app: here when wanted.

    The name is private to werkzeug, whose `compile` both parses a rule and compiles what builds its URLs, and can be
    asked for neither alone. A test says so if another version no longer asks here: then this does nothing.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = lru_cache(maxsize=1)(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, *arguments: Any, **values: Any) -> tuple[str, str]:
            return compiled()(rule, *arguments, **values)

        return build


class MockApp(Flask):
    """The whole mock for who calls it: `served` is what a server calls, and hands over what is Flask's to answer."""

    json_provider_class = OrjsonProvider
    url_rule_class = LazyRule

    def __init__(self, served: Wsgi) -> None:
        super().__init__("mockserver", static_folder=None)
        self.wsgi_app = served  # type: ignore[method-assign, assignment]  # as Flask has it

    def dispatched(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """By Flask, whatever stands before it."""
        return super().wsgi_app(environ, start_response)


def create_app(
    served: Wsgi,
    asked: Pipeline,
    routes: Iterable[Route],
    blueprints: Sequence[Blueprint],
    stamp: Callable[[Request, Response], Response],
    control_error: Callable[[HTTPException], Response],
) -> MockApp:
    """An app with every operation as a route of its own, so that `flask routes` and `url_for` know them.

    `served` is the mock as a server calls it, `asked` the pipeline of the world which Flask's current request is for.
    `stamp` puts what every response has onto those that do not come from the pipeline; `control_error` answers for
    paths and methods that the control API does not have.
    """
    app = MockApp(served)
    app.url_map.merge_slashes = False

    def through_pipeline(**_: str) -> Response:
        request.environ[FROM_PIPELINE] = True
        reply = asked.handle(request.environ)
        if reply.wire is not None:
            request.environ[WIRE] = reply.wire
        return _response(reply)

    def unrouted(error: HTTPException) -> Response:
        # Flask keeps it with the request, which the frames of both hold: a circle.
        error.with_traceback(None).__context__ = None
        # What Flask does not understand, or has no route or method for: outside the control API, and below no world,
        # that is the pipeline's 404, 405 or OPTIONS.
        if request.path.startswith(WORLDS_PREFIX):
            return _no_such_world(request.path)
        return control_error(error) if is_control(request.path) else through_pipeline()

    @app.after_request
    def stamped(response: Response) -> Response:
        return response if FROM_PIPELINE in request.environ else stamp(request, response)

    for route in routes:
        app.add_url_rule(
            route.path.replace("{", "<").replace("}", ">"),
            endpoint=route.operation,
            view_func=through_pipeline,
            methods=[route.method],
            provide_automatic_options=False,
        )
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, unrouted)
    return app


def _no_such_world(path: str) -> Response:
    name = path.removeprefix(WORLDS_PREFIX).partition("/")[0]
    sentence = f"there is no world {name}, or no more: POST /_mock/worlds/{name} makes one"
    return problem_reply(Invalid(HTTPStatus.NOT_FOUND, sentence))


def _response(reply: Reply) -> Response:
    response = Response(reply.body, status=reply.status)
    response.headers.clear()
    response.headers.extend(reply.headers)
    return response
