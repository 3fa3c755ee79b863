"""Rate limits: who has used what; switch them, change the algorithm, leave a subject as much as a test wants."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from mockserver.application.admin import Admin
from mockserver.application.admin.limits import Limits
from mockserver.application.refusals import UnknownError
from mockserver.domain.instants import render_instant
from mockserver.limits.limiter import Usage
from mockserver.ports import SECOND
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import read_body
from mockserver.web.control.refusing import Invalid


def register(blueprint: Blueprint, admin: Admin, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/limits")
    def show_limits() -> Response:
        return _all(admin.limits.show())

    @blueprint.put("/limits")
    def set_limits() -> Response:
        body = read_body(body_schema, "setLimits")
        try:
            return _all(admin.limits.set(body.get("enabled"), body.get("algorithm")))
        except ValueError as error:
            raise Invalid(400, str(error)) from None

    @blueprint.put("/limits/<policy>/<path:subject>")
    def set_remaining(policy: str, subject: str) -> Response:
        remaining = read_body(body_schema, "setRemaining")["remaining"]
        try:
            subject, usage = admin.limits.set_remaining(policy, subject, remaining)
        except UnknownError as error:
            raise Invalid(404, str(error)) from None
        except ValueError as error:
            raise Invalid(400, str(error)) from None
        return jsonify(_shown(subject, usage))

    @blueprint.delete("/limits")
    def clear_limits() -> tuple[str, int]:
        admin.limits.clear()
        return "", 204


def _all(limits: Limits) -> Response:
    return jsonify(
        enabled=limits.enabled,
        algorithm=limits.algorithm,
        policies=[
            {"policy": p.name, "limit": p.limit, "window": p.window // SECOND, "scope": p.scope}
            for p in limits.policies
        ],
        counters=[_shown(subject, usage) for subject, usage in limits.usages],
    )


def _shown(subject: str, usage: Usage) -> dict[str, Any]:
    return {
        "policy": usage.policy.name,
        "subject": subject,
        "used": usage.policy.limit - usage.remaining,
        "remaining": usage.remaining,
        "reset": render_instant(usage.reset_seconds),
    }
