"""Worlds beside the mock's own: made, listed and dropped at the mock itself, not in one of them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mockserver.web.control.refusing import Invalid
from mockserver.web.hosts import base_url
from mockserver.web.paths import CONTROL_PREFIX, WORLDS_PREFIX
from mockserver.web.site import SITE, Site
from mockserver.web.worlds import TakenError, UnmadeError, Worlds


def register(blueprint: Blueprint, worlds: Worlds, ready: Callable[[Site, str], dict[str, Any]]) -> None:
    @blueprint.get("/worlds")
    def list_worlds() -> Response:
        _require_one_process_and_no_world()
        return jsonify(
            worlds=[{"name": name, **_urls(name), "unused": round(seconds, 1)} for name, seconds in worlds.unused()],
            most=worlds.most,
            dropped_after=worlds.unused_seconds,
        )

    @blueprint.post("/worlds/<name>")
    def make_world(name: str) -> tuple[Response, int]:
        _require_one_process_and_no_world()
        try:
            site = worlds.create(name)
        except UnmadeError as error:
            raise Invalid(409 if isinstance(error, TakenError) else 400, str(error)) from None
        return jsonify(ready(site, _urls(name)["url"])), 201

    @blueprint.delete("/worlds/<name>")
    def drop_world(name: str) -> tuple[str, int]:
        _require_one_process_and_no_world()
        if not worlds.drop(name):
            raise Invalid(404, f"there is no world {name}; those that there are stand in GET /_mock/worlds")
        return "", 204


def _require_one_process_and_no_world() -> None:
    """Raises Invalid(404 | 409)."""
    if SITE in request.environ:
        raise Invalid(404, "a world has no worlds of its own: they are made at the mock's own /_mock/worlds")
    if request.environ["wsgi.multiprocess"]:
        raise Invalid(409, "worlds live in one process, and this mock has several: start it without --workers")


def _urls(name: str) -> dict[str, str]:
    url = f"{base_url(request.environ)}{WORLDS_PREFIX}{name}"
    return {"url": url, "control_url": f"{url}{CONTROL_PREFIX}"}
