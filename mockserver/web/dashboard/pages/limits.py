"""Rate limits as they fill up, the clock that empties them, and what falls due next."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for

from mockserver.application.admin import Admin, Time
from mockserver.domain.instants import render_instant
from mockserver.limits.algorithms import ALGORITHMS
from mockserver.ports import SECOND, MovedBackError
from mockserver.web.control.refusing import Invalid
from mockserver.web.dashboard import forms
from mockserver.web.dashboard.charts import span_of, told
from mockserver.web.dashboard.gauges import names_of, standings

DUE_SHOWN = 8


def register(blueprint: Blueprint, admin: Admin) -> None:
    def page(**more: Any) -> str:
        limits, names = admin.limits.show(), names_of(admin)
        return render_template(
            "limits.html",
            limits=limits,
            algorithms=ALGORITHMS,
            standings=standings(limits),
            names=names,
            due=admin.upcoming(DUE_SHOWN),
            chart=url_for("dashboard.limits_usage", span=span_of(request.args).name),
            span=span_of(request.args),
            **more,
        )

    def moved(move: Callable[[], Time]) -> str:
        try:
            now = render_instant(move().now // SECOND)
        except MovedBackError:
            raise Invalid(
                HTTPStatus.CONFLICT, "The clock does not go back: choose a later moment, or reset the mock."
            ) from None
        except ValueError as error:
            raise Invalid(HTTPStatus.BAD_REQUEST, str(error)) from None
        return page(notice=f"The clock shows {now}.")

    @blueprint.get("/limits")
    def limits() -> str:
        return page()

    @blueprint.post("/limits")
    def limits_set() -> str:
        body = forms.valid(
            "setLimits",
            {
                "enabled": {"on": True, "off": False}.get(forms.text("enabled") or ""),
                "algorithm": forms.text("algorithm"),
            },
        )
        limits = admin.limits.set(body.get("enabled"), body.get("algorithm"))
        return page(notice=f"Limits are {'on' if limits.enabled else 'off'}, and counted by {limits.algorithm}.")

    @blueprint.post("/limits/remaining")
    def limits_remaining() -> str:
        remaining = forms.valid("setRemaining", {"remaining": forms.number("remaining")})["remaining"]
        try:
            subject, usage = admin.limits.set_remaining(
                forms.text("policy") or "", forms.text("subject") or "", remaining
            )
        except ValueError as error:
            raise Invalid(HTTPStatus.BAD_REQUEST, str(error)) from None
        whose = names_of(admin).get(subject, subject)
        return page(notice=f"{usage.remaining} of {usage.policy.limit} are left of {usage.policy.name} to {whose}.")

    @blueprint.post("/limits/clear")
    def limits_clear() -> str:
        admin.limits.clear()
        return page(notice="Everybody has all of every limit again.")

    @blueprint.get("/limits/usage")
    def limits_usage() -> Any:
        span = span_of(request.args)
        found = admin.usage.over_time(span.seconds, span.stretches)
        both = [
            [sum(each) for each in zip(*columns, strict=True)] for columns in zip(*found.policies.values(), strict=True)
        ]
        admitted, refused = both
        return jsonify(
            told(
                found.begins,
                [
                    {"label": "admitted", "values": admitted, "tone": "good"},
                    {"label": "refused", "values": refused, "tone": "bad"},
                ],
            )
        )

    @blueprint.post("/limits/clock")
    def limits_clock() -> str:
        body = forms.valid(
            "setClock",
            {"now": forms.moment("now"), "frozen": {"yes": True, "no": False}.get(forms.text("frozen") or "")},
        )
        moment = forms.seconds(body, "now")
        return moved(lambda: admin.set_time(None if moment is None else moment * SECOND, body.get("frozen")))

    @blueprint.post("/limits/clock/advance")
    def limits_clock_advance() -> str:
        seconds = forms.valid("advanceClock", {"seconds": forms.number("seconds")})["seconds"]
        return moved(lambda: admin.advance(seconds * SECOND))
