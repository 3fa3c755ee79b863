"""The dashboard below `/_mock/dashboard`: pages for people, over the use cases that the control API has.

Nothing of it is loaded before somebody opens it: a mock that nobody looks at pays two routes for it.
"""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

from flask import Blueprint, Flask, Response, abort, request

from mockserver.web.paths import CONTROL_PREFIX, DASHBOARD_PREFIX


def dashboard(make: Callable[[], Flask]) -> Blueprint:
    """`make` makes the application that has the pages, when the first of them is asked for."""
    blueprint = Blueprint("dashboard", __name__)
    pages = cache(make)

    @blueprint.get(f"{CONTROL_PREFIX}/")
    def front() -> Response:
        return redirect_of_browsers() or abort(HTTPStatus.NOT_FOUND)

    @blueprint.route(f"{DASHBOARD_PREFIX}/", defaults={"rest": ""}, methods=["GET", "POST"])
    @blueprint.route(f"{DASHBOARD_PREFIX}/<path:rest>", methods=["GET", "POST"])
    def page(**_: str) -> Response:
        app = pages()
        with app.request_context(request.environ):
            return app.full_dispatch_request()

    return blueprint


def redirect_of_browsers() -> Response | None:
    """To the pages, of who asks for pages: programs take anything, and get JSON."""
    if all(kind != "text/html" for kind in request.accept_mimetypes.values()):
        return None
    return Response(status=302, headers={"Location": f"{request.script_root}{DASHBOARD_PREFIX}/", "Vary": "Accept"})
