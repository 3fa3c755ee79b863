"""The journal as it goes on, and one of its requests with all that is known of it."""

import threading
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.admin.requests import MOST_WATCHERS
from mockserver.application.promises import operations
from mockserver.application.refusals import UnknownError
from mockserver.observing.matching import Answered, Match, match_of_answer
from mockserver.web.control.refusing import Invalid
from mockserver.web.dashboard.opened import first_try, opened
from mockserver.web.dashboard.rows import Rows
from mockserver.web.streams import STREAM


def register(blueprint: Blueprint, admin: Admin) -> None:
    places = threading.BoundedSemaphore(MOST_WATCHERS)

    @blueprint.get("/traffic")
    def traffic() -> str | tuple[str, int]:
        error = None
        try:
            admin.requests.require_named(_wanted())
        except (UnknownError, ValueError) as unknown:
            error = str(unknown)
        page = render_template(
            "traffic.html",
            error=error if admin.requests.keeps else None,
            keeps=admin.requests.keeps,
            filters=request.args,
            keys=admin.keys.all(),
            organizations=admin.organizations,
            operations=operations(admin.document),
            causes=admin.document["x-errors"],
            example=first_try(admin, request.environ),
        )
        return (page, HTTPStatus.BAD_REQUEST) if error and admin.requests.keeps else page

    @blueprint.get("/traffic/stream")
    def traffic_stream() -> Response:
        if STREAM not in request.environ:
            raise Invalid(HTTPStatus.NOT_IMPLEMENTED, "only the server of kordkit mock itself can stream")
        try:
            match = _wanted()
            admin.requests.require_named(match)
        except (UnknownError, ValueError) as error:
            raise Invalid(HTTPStatus.BAD_REQUEST, str(error)) from None
        if request.method != "HEAD":
            if not places.acquire(blocking=False):
                raise Invalid(
                    HTTPStatus.SERVICE_UNAVAILABLE, f"{MOST_WATCHERS} pages watch the traffic already, and no more may"
                )
            request.environ[STREAM] = Rows(admin.requests, match, places.release)
        return Response(mimetype="text/event-stream")

    @blueprint.get("/traffic/request")
    def traffic_request() -> str:
        try:
            entry = admin.requests.find(request.args.get("id", ""))
        except UnknownError as error:
            raise Invalid(HTTPStatus.NOT_FOUND, str(error)) from None
        return render_template("traffic_request.html", opened=opened(entry, admin, request.environ))


def _wanted() -> Match[Answered]:
    """Raises ValueError. A field that is left empty says nothing."""
    return match_of_answer((word, wanted.strip()) for word, wanted in request.args.items(multi=True) if wanted.strip())
