"""Webhooks, and what became of each delivery."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.refusals import TooEarlyError, TooManyError, UnknownError
from mockserver.application.webhook_admin import Sought, Wanted
from mockserver.domain.webhooks import Delivery
from mockserver.web.dashboard.pages.faults import sentence

MOST = 100
STATES = ("pending", "delivered", "given up")


def register(blueprint: Blueprint, admin: Admin) -> None:
    blueprint.add_app_template_filter(_readable, "readable")

    def page(**said: Any) -> str:
        return render_template(
            "webhooks.html",
            webhooks=admin.webhooks.all(),
            events=admin.webhooks.events,
            deliveries=_deliveries(admin),
            asked=request.args,
            states=STATES,
            most=MOST,
            **{"given": {}, "chosen": (), **said},
        )

    def done(act: Callable[[], str]) -> str | tuple[str, int]:
        """`act` tells what has happened."""
        try:
            return page(notice=act())
        except (UnknownError, TooEarlyError) as error:
            return page(error=sentence(error)), 404 if isinstance(error, UnknownError) else 409

    @blueprint.get("/webhooks")
    def webhooks() -> str:
        """`?booking=`, `?event=`, `?webhook=` and `?state=` narrow the deliveries down."""
        return page()

    @blueprint.post("/webhooks/register")
    def webhooks_register() -> str | tuple[str, int]:
        form = request.form
        chosen = form.getlist("events")
        wanted = Wanted(form.get("organization", ""), form.get("url", "").strip(), chosen, form.get("secret") or None)
        try:
            made = admin.webhooks.register(wanted)
        except (ValueError, TooManyError) as error:
            return page(error=sentence(error), given=form, chosen=chosen), 400
        return page(notice=f"The webhook {made.id} is registered.", secret=made.secret)

    @blueprint.post("/webhooks/<webhook_id>/remove")
    def webhooks_remove(webhook_id: str) -> str | tuple[str, int]:
        def act() -> str:
            admin.webhooks.remove(webhook_id)
            return f"The webhook {webhook_id} is removed."

        return done(act)

    @blueprint.post("/webhooks/<webhook_id>/probe")
    def webhooks_probe(webhook_id: str) -> str | tuple[str, int]:
        def act() -> str:
            told = admin.webhooks.probe(webhook_id)
            answer = told.answer.error or f"it answered {told.answer.status}"
            if told.taken:
                return f"{webhook_id} took a delivery whose signature is wrong ({answer}): it should refuse it."
            return f"{webhook_id} did not take a delivery whose signature is wrong ({answer})."

        return done(act)

    @blueprint.post("/webhooks/deliveries/<delivery_id>/resend")
    def webhooks_resend(delivery_id: str) -> str | tuple[str, int]:
        def act() -> str:
            return f"{delivery_id} was sent again and is {admin.webhooks.resend(delivery_id).status}."

        return done(act)


def _readable(payload: bytes) -> str:
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)


def _deliveries(admin: Admin) -> list[Delivery]:
    asked = request.args
    sought = Sought(*(asked.get(name) or None for name in ("booking", "event", "webhook", "state")))
    return list(admin.webhooks.deliveries(sought, MOST))
