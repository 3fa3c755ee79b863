"""The clock: look at it, move it forward, let it stand or run."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from mockserver.application.admin import Admin, Time
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND, MovedBackError
from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator
from mockserver.web.control.glances import time_shown
from mockserver.web.control.problems import instant, read_body
from mockserver.web.control.refusing import Invalid


def register(blueprint: Blueprint, admin: Admin, reader: Reader, body_schema: Callable[[str], Validator]) -> None:
    def moved(move: Callable[[], Time]) -> Response:
        try:
            return _shown(move())
        except MovedBackError:
            shown = render_instant(admin.time().now // SECOND)
            raise Invalid(
                409, f"the clock shows {shown} and does not go back; PUT /_mock/state with an exported state does"
            ) from None
        except ValueError as error:
            raise Invalid(400, str(error)) from None

    @blueprint.get("/clock")
    def show_clock() -> Response:
        return _shown(admin.time())

    @blueprint.put("/clock")
    def set_clock() -> Response:
        body = read_body(body_schema, "setClock")
        moment = instant(body, "now", reader) * SECOND if "now" in body else None
        return moved(lambda: admin.set_time(moment, body.get("frozen")))

    @blueprint.post("/clock/advance")
    def advance_clock() -> Response:
        seconds = read_body(body_schema, "advanceClock")["seconds"]
        return moved(lambda: admin.advance(round(seconds * SECOND)))


def _shown(time: Time) -> Response:
    return jsonify(time_shown(*time))
