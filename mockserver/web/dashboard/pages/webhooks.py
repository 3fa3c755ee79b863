"""Webhooks, and what became of each delivery."""

import json
from http import HTTPStatus

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.admin.webhooks import Sought, Wanted
from mockserver.domain.webhooks import Delivery
from mockserver.web.control.refusing import Invalid
from mockserver.web.dashboard import forms

MOST = 100
STATES = ("pending", "delivered", "given up")


def register(blueprint: Blueprint, admin: Admin) -> None:
    blueprint.add_app_template_filter(_readable, "readable")

    def page(**more: str) -> str:
        return render_template(
            "webhooks.html",
            webhooks=admin.webhooks.all(),
            events=admin.webhooks.events,
            deliveries=_deliveries(admin),
            asked=request.args,
            states=STATES,
            most=MOST,
            **more,
        )

    @blueprint.get("/webhooks")
    def webhooks() -> str:
        """`?booking=`, `?event=`, `?webhook=` and `?state=` narrow the deliveries down."""
        return page()

    @blueprint.post("/webhooks/register")
    def webhooks_register() -> str:
        stated = {name: forms.text(name) for name in ("organization", "url", "secret")}
        body = forms.valid("registerWebhook", {**stated, "events": request.form.getlist("events")})
        try:
            made = admin.webhooks.register(
                Wanted(body["organization"], body["url"], body["events"], body.get("secret"))
            )
        except ValueError as error:
            raise Invalid(HTTPStatus.BAD_REQUEST, str(error)) from None
        return page(notice=f"The webhook {made.id} is registered.", secret=made.secret)

    @blueprint.post("/webhooks/<webhook_id>/remove")
    def webhooks_remove(webhook_id: str) -> str:
        admin.webhooks.remove(webhook_id)
        return page(notice=f"The webhook {webhook_id} is removed.")

    @blueprint.post("/webhooks/<webhook_id>/probe")
    def webhooks_probe(webhook_id: str) -> str:
        told = admin.webhooks.probe(webhook_id)
        answer = told.answer.error or f"it answered {told.answer.status}"
        did = "took" if told.taken else "did not take"
        judged = ": it should refuse it" if told.taken else ""
        return page(notice=f"{webhook_id} {did} a delivery whose signature is wrong ({answer}){judged}.")

    @blueprint.post("/webhooks/deliveries/<delivery_id>/resend")
    def webhooks_resend(delivery_id: str) -> str:
        status = admin.webhooks.resend(delivery_id).status
        return page(notice=f"{delivery_id} was sent again and is {status}.")


def _readable(payload: bytes) -> str:
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)


def _deliveries(admin: Admin) -> list[Delivery]:
    asked = request.args
    sought = Sought(*(asked.get(name) or None for name in ("booking", "event", "webhook", "state")))
    return list(admin.webhooks.deliveries(sought, MOST))
