"""API keys: listed as the API's own settings page does, made, and revoked."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from mockserver.application.admin import Admin
from mockserver.application.admin.keys import KeyInUse, Wanted
from mockserver.application.refusals import UnknownError
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND
from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import instant, read_body
from mockserver.web.control.refusing import Invalid


def register(blueprint: Blueprint, admin: Admin, reader: Reader, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/keys")
    def list_keys() -> Response:
        return jsonify(keys=[_shown(key) for key in admin.keys.all()])

    @blueprint.post("/keys")
    def create_key() -> tuple[Response, int]:
        body = read_body(body_schema, "createKey")
        wanted = Wanted(
            organization=body["organization"],
            kind=body["kind"],
            label=body["label"],
            environment=body.get("environment"),
            expires_at=None if body.get("expires_at") is None else instant(body, "expires_at", reader),
        )
        try:
            value, key = admin.keys.create(wanted)
        except UnknownError as error:
            raise Invalid(404, str(error)) from None
        return jsonify(**_shown(key), key=value), 201

    @blueprint.post("/keys/<key_id>/revoke")
    def revoke_key(key_id: str) -> Response:
        try:
            return jsonify(_shown(admin.keys.revoke(key_id)))
        except UnknownError as error:
            raise Invalid(404, str(error)) from None


def _shown(held: KeyInUse) -> dict[str, Any]:
    key, last_used = held.key, held.last_used
    return {
        "id": key.id,
        "organization": held.organization,
        "kind": key.kind,
        "label": key.label,
        "environment": key.environment,
        "end": key.end,
        "created": render_instant(key.created_at),
        "expires": None if key.expires_at is None else render_instant(key.expires_at),
        "last_used": None if last_used is None else render_instant(last_used // SECOND),
        "status": held.status,
    }
