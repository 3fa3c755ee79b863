"""The whole state, out and in."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from mockserver.application import snapshot
from mockserver.application.world import World
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import Invalid, read_body


def register(blueprint: Blueprint, mock: World, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/state")
    def export_state() -> Response:
        return jsonify(snapshot.take(mock))

    @blueprint.put("/state")
    def import_state() -> tuple[str, int]:
        state = read_body(body_schema, "importState")
        try:
            snapshot.restore(mock, state)
        except snapshot.SnapshotError as error:
            raise Invalid(400, str(error)) from None
        return "", 204
