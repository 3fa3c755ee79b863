"""The clock: look at it, move it forward, let it stand or run."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from mockserver.adapters.clock import MovedBackError
from mockserver.application.world import World
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND
from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import Invalid, instant, read_body


def register(blueprint: Blueprint, mock: World, reader: Reader, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/clock")
    def show_clock() -> Response:
        return jsonify(now=render_instant(mock.clock.now() // SECOND), frozen=mock.clock.frozen)

    @blueprint.put("/clock")
    def set_clock() -> Response:
        body = read_body(body_schema, "setClock")
        if "now" in body:
            moment = instant(body, "now", reader) * SECOND
            _forward(mock, lambda: mock.clock.move_to(moment, frozen=body.get("frozen")))
        elif "frozen" in body:
            mock.clock.freeze() if body["frozen"] else mock.clock.run()
        return show_clock()

    @blueprint.post("/clock/advance")
    def advance_clock() -> Response:
        seconds = read_body(body_schema, "advanceClock")["seconds"]
        _forward(mock, lambda: mock.clock.advance(round(seconds * SECOND)))
        return show_clock()


def _forward(mock: World, move: Callable[[], None]) -> None:
    try:
        move()
    except MovedBackError:
        shown = render_instant(mock.clock.now() // SECOND)
        raise Invalid(
            409, f"the clock shows {shown} and does not go back; PUT /_mock/state with an exported state does"
        ) from None
    except ValueError as error:
        raise Invalid(400, str(error)) from None
    mock.forget_expired()
