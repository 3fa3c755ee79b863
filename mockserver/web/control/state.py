"""The whole state, out and in."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from mockserver.application.admin import Admin
from mockserver.application.snapshot import SnapshotError
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import read_body
from mockserver.web.control.refusing import Invalid


def register(blueprint: Blueprint, admin: Admin, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/state")
    def export_state() -> Response:
        return jsonify(admin.export_state())

    @blueprint.put("/state")
    def import_state() -> tuple[str, int]:
        state = read_body(body_schema, "importState")
        try:
            admin.import_state(state)
        except SnapshotError as error:
            raise Invalid(400, str(error)) from None
        return "", 204
