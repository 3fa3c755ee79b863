"""The Flask application: two doors to one pipeline, and ordinary blueprints beside them.

Requests for the API reach the pipeline either directly, before Flask pushes its contexts, or through routes that Flask
dispatches, so that its extensions see them. Both give the same answers.
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
from mockserver.web.api.pipeline import STATUS_LINES, Pipeline
from mockserver.web.control.problems import Invalid, problem_reply
from mockserver.web.paths import API_PREFIX, WORLDS_PREFIX, is_control
from mockserver.web.site import SITE, Site
from mockserver.web.worlds import Worlds

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
    """Flask whose requests for the API go to the pipeline directly, to that of the world that they are for."""

    json_provider_class = OrjsonProvider
    url_rule_class = LazyRule

    def __init__(self, pipeline: Pipeline, worlds: Worlds, *, direct: bool) -> None:
        super().__init__("mockserver", static_folder=None)
        self.pipeline = pipeline
        self.worlds = worlds
        self.direct = direct

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        site: Site | None = environ.get(SITE)  # where its body was waited for, it was led there before
        if site is None and path.startswith(WORLDS_PREFIX):
            site = self.worlds.enter(environ)
            path = environ["PATH_INFO"]
        # Flask takes leading slashes off, however many; to us `//_mock` is another path than `/_mock`.
        if not (self.direct and path.startswith(API_PREFIX)) and not path.startswith("//"):
            environ["PATH_INFO"] = path or "/"  # an empty one is the root (RFC 9110, 4.2.3); Flask would redirect
            return super().wsgi_app(environ, start_response)
        pipeline = self.pipeline if site is None else site.pipeline
        reply = pipeline.handle(environ)
        if reply.wire is not None:
            environ[WIRE] = reply.wire
        start_response(STATUS_LINES.get(reply.status) or f"{reply.status} Unassigned", reply.headers)
        return [reply.body]


def create_app(
    pipeline: Pipeline,
    asked: Pipeline,
    worlds: Worlds,
    routes: Iterable[Route],
    blueprints: Sequence[Blueprint],
    stamp: Callable[[Request, Response], Response],
    control_error: Callable[[HTTPException], Response],
    *,
    direct: bool = True,
) -> MockApp:
    """An app with every operation as a route of its own, so that `flask routes` and `url_for` know them.

    `pipeline` is the mock's own, `asked` that of the world which Flask's current request is for. `stamp` puts what
    every response has onto those that do not come from the pipeline; `control_error` answers for paths and methods that
    the control API does not have.
    """
    app = MockApp(pipeline, worlds, direct=direct)
    app.url_map.merge_slashes = False

    def through_pipeline(**_: str) -> Response:
        request.environ[FROM_PIPELINE] = True
        reply = asked.handle(request.environ)
        if reply.wire is not None:
            request.environ[WIRE] = reply.wire
        return _response(reply)

    def unrouted(error: HTTPException) -> Response:
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
