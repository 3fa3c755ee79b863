"""API keys: listed as the API's own settings page does, made, and revoked."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from mockserver.application.world import World
from mockserver.domain.instants import render_instant
from mockserver.domain.keys import ApiKey
from mockserver.domain.organizations import Organization
from mockserver.ports import SECOND
from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import Invalid, instant, read_body


def register(blueprint: Blueprint, mock: World, reader: Reader, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/keys")
    def list_keys() -> Response:
        return jsonify(keys=[_shown(mock, key) for key in mock.store.keys.all()])

    @blueprint.post("/keys")
    def create_key() -> tuple[Response, int]:
        body = read_body(body_schema, "createKey")
        organization = _organization(mock, body["organization"])
        environment = body.get("environment")
        value = mock.ids.key_value(environment)
        key = ApiKey.of_value(
            value,
            id=mock.ids.key_id(),
            organization=organization.id,
            kind=body["kind"],
            label=body["label"],
            environment=environment,
            created_at=mock.clock.now() // SECOND,
            expires_at=None if body.get("expires_at") is None else instant(body, "expires_at", reader),
        )
        mock.store.keys.save(key)
        return jsonify(**_shown(mock, key), key=value), 201

    @blueprint.post("/keys/<key_id>/revoke")
    def revoke_key(key_id: str) -> Response:
        key = mock.store.keys.get(key_id)
        if key is None:
            raise Invalid(404, f"there is no key {key_id}")
        revoked = key.revoke()
        mock.store.keys.save(revoked)
        return jsonify(_shown(mock, revoked))


def _organization(mock: World, slug: str) -> Organization:
    organization = mock.bookings.organizations.get(slug)
    if organization is None:
        raise Invalid(404, f"there is no organization {slug}")
    return organization


def _shown(mock: World, key: ApiKey) -> dict[str, Any]:
    last_used = mock.store.keys.last_used(key.id)
    slugs = {organization.id: organization.slug for organization in mock.bookings.organizations.values()}
    return {
        "id": key.id,
        "organization": slugs[key.organization],
        "kind": key.kind,
        "label": key.label,
        "environment": key.environment,
        "end": key.end,
        "created": render_instant(key.created_at),
        "expires": None if key.expires_at is None else render_instant(key.expires_at),
        "last_used": None if last_used is None else render_instant(last_used // SECOND),
        "status": key.status(mock.clock.now() // SECOND),
    }
