"""Faults: what goes wrong on purpose, until it is removed."""

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, jsonify

from mockserver.application.admin import Admin
from mockserver.application.refusals import UnknownError
from mockserver.ports import StandingFault
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import read_body
from mockserver.web.control.refusing import Invalid


def register(blueprint: Blueprint, admin: Admin, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/faults")
    def list_faults() -> Response:
        return _all(admin.faults.all())

    @blueprint.post("/faults")
    def add_faults() -> tuple[Response, int]:
        body = read_body(body_schema, "addFaults")
        try:
            return _all(admin.faults.add(body)), 201
        except ValueError as error:
            raise Invalid(400, str(error)) from None

    @blueprint.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        admin.faults.clear()
        return "", 204

    @blueprint.delete("/faults/<fault_id>")
    def remove_fault(fault_id: str) -> tuple[str, int]:
        try:
            admin.faults.remove(fault_id)
        except UnknownError as error:
            raise Invalid(404, str(error)) from None
        return "", 204


def _all(faults: Sequence[StandingFault]) -> Response:
    return jsonify(faults=[standing.values() for standing in faults])
