"""What there is, health, reset, and the contract in force."""

from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Response, current_app, jsonify

from mockserver.application.admin import Admin
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND
from mockserver.web.dashboard import redirect_of_browsers


def register(blueprint: Blueprint, admin: Admin) -> None:
    @blueprint.get("")
    def index() -> Response:
        if (to_pages := redirect_of_browsers()) is not None:
            return to_pages
        rules = [rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith(f"{blueprint.name}.")]
        return jsonify(
            what="the control API of a kordkit mock",
            paths=sorted(f"{min((rule.methods or set()) - {'HEAD', 'OPTIONS'})} {rule.rule}" for rule in rules),
        )

    @blueprint.get("/health")
    def health() -> Response:
        return jsonify(
            status="ok",
            version=own_version(),
            contract=admin.contract_version,
            now=render_instant(admin.time().now // SECOND),
            seed=admin.seed,
            reading=admin.reading,
        )

    @blueprint.post("/reset")
    def reset() -> tuple[str, int]:
        admin.reset()
        return "", 204

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(admin.document)


def own_version() -> str:
    try:
        return version("kordkit")
    except PackageNotFoundError:
        return "unknown"
