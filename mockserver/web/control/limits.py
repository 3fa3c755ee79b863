"""Rate limits: who has used what; switch them, change the algorithm, leave a subject as much as a test wants."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from mockserver.application.world import Mock
from mockserver.domain.instants import render_instant
from mockserver.limits.algorithms import ALGORITHMS
from mockserver.limits.limiter import Usage
from mockserver.ports import SECOND
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import Invalid, read_body


def register(blueprint: Blueprint, mock: Mock, body_schema: Callable[[str], Validator]) -> None:
    limiter, policies = mock.limiter, mock.policies

    @blueprint.get("/limits")
    def show_limits() -> Response:
        return jsonify(
            enabled=limiter.enabled,
            algorithm=limiter.algorithm,
            policies=[
                {"policy": p.name, "limit": p.limit, "window": p.window // SECOND, "scope": p.scope}
                for p in policies.values()
            ],
            counters=[_shown(subject, usage) for subject, usage in limiter.usages(policies.values(), mock.clock.now())],
        )

    @blueprint.put("/limits")
    def set_limits() -> Response:
        body = read_body(body_schema, "setLimits")
        algorithm = body.get("algorithm", limiter.algorithm)
        if algorithm not in ALGORITHMS:
            raise Invalid(400, f"there is no algorithm {algorithm}; there are {', '.join(ALGORITHMS)}")
        if algorithm != limiter.algorithm:
            limiter.use(algorithm)
        limiter.enabled = body.get("enabled", limiter.enabled)
        return show_limits()

    @blueprint.put("/limits/<policy>/<path:subject>")
    def set_remaining(policy: str, subject: str) -> Response:
        remaining = read_body(body_schema, "setRemaining")["remaining"]
        if policy not in policies:
            raise Invalid(404, f"there is no policy {policy}; there are {', '.join(policies)}")
        if policies[policy].scope == "confirmation_number":
            subject = subject.casefold()
        try:
            usage = limiter.set_remaining(policies[policy], subject, remaining, mock.clock.now())
        except ValueError as error:
            raise Invalid(400, str(error)) from None
        return jsonify(_shown(subject, usage))

    @blueprint.delete("/limits")
    def clear_limits() -> tuple[str, int]:
        limiter.clear()
        return "", 204


def _shown(subject: str, usage: Usage) -> dict[str, Any]:
    return {
        "policy": usage.policy.name,
        "subject": subject,
        "used": usage.policy.limit - usage.remaining,
        "remaining": usage.remaining,
        "reset": render_instant(usage.reset_seconds),
    }
