"""API keys as the API's own settings page shows them (/platform/api-keys), and what each has used."""

from typing import Any, NamedTuple

from flask import Blueprint, jsonify, render_template, request, url_for

from mockserver.application.admin import Admin
from mockserver.application.admin.keys import KeyInUse, Wanted
from mockserver.application.promises import operations
from mockserver.application.refusals import UnknownError
from mockserver.ports import SECOND
from mockserver.web.dashboard import forms
from mockserver.web.dashboard.charts import span_of, told
from mockserver.web.dashboard.gauges import Gauge, gauges_of

DAY = 86400  # seconds


class Age(NamedTuple):
    """Whole days since a key was made; `advised` are those after which the documentation wants another in its place."""

    days: int
    advised: int | None

    @property
    def too_old(self) -> bool:
        return self.advised is not None and self.days > self.advised


def register(blueprint: Blueprint, admin: Admin) -> None:
    def age(held: KeyInUse) -> Age:
        rule = admin.document["x-rules"].get("auth.key.rotation_days")
        days = (admin.time().now // SECOND - held.key.created_at) // DAY
        return Age(days, None if rule is None else rule["value"])

    def page(**more: Any) -> str:
        held = admin.keys.all()
        return render_template("keys.html", keys=held, age=age, organizations=admin.organizations, **more)

    def one(key_id: str, **more: Any) -> str:
        held = _held(admin, key_id)
        chart = url_for("dashboard.keys_usage", key_id=key_id, span=span_of(request.args).name)
        return render_template(
            "keys_one.html", held=held, age=age(held), gauges=_gauges(admin, held), chart=chart, **more
        )

    @blueprint.get("/keys")
    def keys() -> str:
        return page()

    @blueprint.post("/keys")
    def keys_create() -> str:
        names = ("organization", "kind", "label", "environment")
        stated = {name: forms.text(name) for name in names} | {"expires_at": forms.moment("expires_at")}
        body = forms.valid("createKey", stated)
        wanted = Wanted(
            organization=body["organization"],
            kind=body["kind"],
            label=body["label"],
            environment=body.get("environment"),
            expires_at=forms.seconds(body, "expires_at"),
        )
        value, held = admin.keys.create(wanted)
        return page(created=held, value=value, notice=f"The key “{held.key.label}” is made.")

    @blueprint.get("/keys/<key_id>")
    def keys_one(key_id: str) -> str:
        return one(key_id)

    @blueprint.post("/keys/<key_id>/revoke")
    def keys_revoke(key_id: str) -> str:
        held = admin.keys.revoke(key_id)
        return page(notice=f"The key “{held.key.label}” is revoked: requests with it are refused from now on.")

    @blueprint.get("/keys/<key_id>/usage")
    def keys_usage(key_id: str) -> Any:
        held, span = _held(admin, key_id), span_of(request.args)
        found = admin.usage.over_time(span.seconds, span.stretches, key_id)
        names = {gauge.policy.name for gauge in _gauges(admin, held)}
        series = [
            {"label": name, "values": [sum(pair) for pair in zip(*counts, strict=True)]}
            for name, counts in found.policies.items()
            if name in names
        ]
        lines = [
            {"of": gauge.policy.name, "value": gauge.policy.limit}
            for gauge in _gauges(admin, held)
            if gauge.policy.window == span.seconds * SECOND and gauge.policy.name in found.policies
        ]
        return jsonify(told(found.begins, series, lines))


def _held(admin: Admin, key_id: str) -> KeyInUse:
    """Raises UnknownError."""
    for held in admin.keys.all():
        if held.key.id == key_id:
            return held
    raise UnknownError("There is no such key: those that there are stand on the page of API keys.")


def _gauges(admin: Admin, held: KeyInUse) -> list[Gauge]:
    """Of every policy that the key's requests are charged to."""
    charged = {
        policy
        for operation in operations(admin.document).values()
        if operation.get("x-key-kind") == held.key.kind
        for policy in operation.get("x-rate-limit", ())
    }
    subjects = {"key": held.key.id, "organization": held.key.organization}
    limits = admin.limits.show()
    return [
        gauge
        for policy in limits.policies
        if policy.name in charged and policy.scope in subjects
        for gauge in gauges_of(limits, policy, subjects[policy.scope])
    ]
