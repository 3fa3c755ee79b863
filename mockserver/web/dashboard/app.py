"""The application that has the pages: what all of them have in common."""

import logging
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

from flask import Blueprint, Flask, Response, request, url_for
from werkzeug.exceptions import HTTPException

from mockserver.application.refusals import TooEarlyError, TooManyError, UnknownError
from mockserver.ports import MovedBackError, StateUnavailableError
from mockserver.web.asked import Asked
from mockserver.web.control.refusing import MAX_BODY, Invalid
from mockserver.web.dashboard import reference, sending
from mockserver.web.dashboard.forms import Forms
from mockserver.web.dashboard.layout import Layout
from mockserver.web.dashboard.pages import PAGES
from mockserver.web.dashboard.reference import Reference
from mockserver.web.dashboard.visitors import Visitors
from mockserver.web.paths import DASHBOARD_PREFIX
from mockserver.web.worlds import Worlds

NAME = "dashboard"  # by which `url_for` knows its pages
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with none, forms would come from the origin `null`
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_log = logging.getLogger("kordkit.mock")


def pages_of(asked: Asked, beside: Worlds, visitors: Visitors, forms: Forms, read: Callable[[], Reference]) -> Flask:
    """`read` makes of the contract in force what people read."""
    app = Flask(__name__, static_url_path=f"{DASHBOARD_PREFIX}/assets")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["digest"] = _digest
    forms.keep(app.extensions)
    reference.keep(read, app.extensions)
    layout = Layout(asked.admin, beside, visitors)
    blueprint = Blueprint(NAME, __name__, url_prefix=DASHBOARD_PREFIX)

    @blueprint.get("/")
    def index() -> Response:
        return see_other(PAGES[0].endpoint)

    @blueprint.get("/sign-in")
    def sign_in() -> Response | tuple[str, int]:
        return layout.sign_in() if visitors.asks_for_token else see_other("index")

    @blueprint.post("/sign-in")
    def sign_in_with() -> Response | tuple[str, int]:
        if not visitors.signs_in(request.form.get("token", "").strip()):
            return layout.sign_in("That is not the admin token: it is what the mock was started with.")
        home = see_other("index")
        visitors.sign_in(request, home)
        return home

    @blueprint.post("/sign-out")
    def sign_out() -> Response:
        answer = see_other("sign_in")
        visitors.sign_out(answer)
        return answer

    for page in PAGES:
        page.register(blueprint, asked.admin)
    sending.register(blueprint, asked.admin, asked.pipeline, asked.names)
    app.register_blueprint(blueprint)
    _guard(app, layout, visitors)
    return app


def _digest(content: str) -> str:
    """Two parts of a page are the same where theirs are."""
    return sha256(content.encode()).hexdigest()[:16]


def see_other(endpoint: str) -> Response:
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for(f"{NAME}.{endpoint}")})


def _guard(app: Flask, layout: Layout, visitors: Visitors) -> None:
    """Who comes in, what goes out, and what is said when something goes wrong."""
    app.context_processor(layout.values)

    @app.before_request
    def may_enter() -> None:
        if request.endpoint != "static":  # styles and scripts, of which the page for signing in has need
            visitors.require(request)

    @app.after_request
    def guarded(response: Response) -> Response:
        visitors.keep_form_token(request, response)
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code >= HTTPStatus.BAD_REQUEST and request.method == "POST":
            response.headers["HX-Reswap"] = "none"  # the page stays, and with it what was filled in; the alert is told
        return response

    @app.errorhandler(Invalid)
    def invalid(problem: Invalid) -> tuple[str, int]:
        if problem.status == HTTPStatus.UNAUTHORIZED and visitors.asks_for_token:
            return layout.sign_in(None if request.method == "GET" else "Load the page again and sign in.")
        return layout.problem(problem.status, problem.detail)

    @app.errorhandler(UnknownError)
    def unknown(error: UnknownError) -> tuple[str, int]:
        return layout.problem(HTTPStatus.NOT_FOUND, str(error))

    @app.errorhandler(MovedBackError)
    @app.errorhandler(TooEarlyError)
    @app.errorhandler(TooManyError)
    def not_now(error: Exception) -> tuple[str, int]:
        return layout.problem(HTTPStatus.CONFLICT, str(error))

    @app.errorhandler(StateUnavailableError)
    def unavailable(_: StateUnavailableError) -> tuple[str, int]:
        return layout.problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "The state cannot be reached just now: try again in a moment."
        )

    @app.errorhandler(HTTPException)
    def unrouted(error: HTTPException) -> tuple[str, int]:
        sentence = (
            "There is no such page: choose one above." if error.code == HTTPStatus.NOT_FOUND else error.description
        )
        return layout.problem(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, sentence or error.name)

    @app.errorhandler(Exception)
    def failed(_: Exception) -> tuple[str, int]:
        _log.exception("the dashboard failed at %s", request.path)
        return layout.problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The dashboard failed: the mock's log says why.")
