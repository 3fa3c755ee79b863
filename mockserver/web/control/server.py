"""What there is, health, reset, and the contract in force."""

from flask import Blueprint, Response, current_app, jsonify

from mockserver.application.admin import Admin
from mockserver.web.control.glances import health_of
from mockserver.web.dashboard.entry import redirect_of_browsers


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
        return jsonify(health_of(admin.world))

    @blueprint.post("/reset")
    def reset() -> tuple[str, int]:
        admin.reset()
        return "", 204

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(admin.document)
