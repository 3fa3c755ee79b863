"""Rate limits: who has used what; switch them, change the algorithm, leave a subject as much as a test wants."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from mockserver.application.world import Mock
from mockserver.domain.instants import render_instant
from mockserver.limits.algorithms import Policy
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
        if body.get("algorithm", limiter.algorithm) != limiter.algorithm:
            limiter.use(body["algorithm"])
        limiter.enabled = body.get("enabled", limiter.enabled)
        return show_limits()

    @blueprint.put("/limits/<policy>/<path:subject>")
    def set_remaining(policy: str, subject: str) -> Response:
        remaining = read_body(body_schema, "setRemaining")["remaining"]
        if policy not in policies:
            raise Invalid(404, f"there is no policy {policy}; there are {', '.join(policies)}")
        _require_known(mock, policies[policy], subject)
        if policies[policy].scope == "confirmation_number":
            subject = subject.casefold()
        try:
            usage = limiter.leave(policies[policy], subject, remaining, mock.clock.now())
        except ValueError as error:
            raise Invalid(400, str(error)) from None
        return jsonify(_shown(subject, usage))

    @blueprint.delete("/limits")
    def clear_limits() -> tuple[str, int]:
        limiter.clear()
        return "", 204


def _require_known(mock: Mock, policy: Policy, subject: str) -> None:
    """Addresses and confirmation numbers may come later; keys and organizations are there or mistyped.

    Raises Invalid(404), without a word of what was given: it may be a pasted API key.
    """
    keys = mock.store.keys
    if policy.scope == "key" and keys.get(subject) is None:
        raise Invalid(404, f"{policy.name} counts by key, and no key has that id: ids stand in GET /_mock/keys")
    if policy.scope == "organization" and all(o.id != subject for o in mock.calendar.organizations.values()):
        where = "the banner and the ready-file"
        raise Invalid(404, f"{policy.name} counts by organization, and none has that id: ids stand in {where}")


def _shown(subject: str, usage: Usage) -> dict[str, Any]:
    return {
        "policy": usage.policy.name,
        "subject": subject,
        "used": usage.policy.limit - usage.remaining,
        "remaining": usage.remaining,
        "reset": render_instant(usage.reset_seconds),
    }
