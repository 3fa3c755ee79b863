"""Webhooks, and the log of what was delivered to them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mockserver.application.admin import Admin
from mockserver.application.admin.webhooks import Sought, Wanted
from mockserver.application.refusals import TooEarlyError, TooManyError, UnknownError
from mockserver.domain.instants import render_instant
from mockserver.domain.webhooks import Attempt, Delivery, Webhook
from mockserver.ports import SECOND
from mockserver.web.api.exchange import decode
from mockserver.web.api.validation import Validator
from mockserver.web.control.problems import MAX_DEPTH, limit, read_body
from mockserver.web.control.refusing import Invalid

_STATES = ("pending", "delivered", "given up")


def register(blueprint: Blueprint, admin: Admin, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/webhooks")
    def list_webhooks() -> Response:
        return jsonify(webhooks=[_shown(webhook) for webhook in admin.webhooks.all()])

    @blueprint.post("/webhooks")
    def register_webhook() -> tuple[Response, int]:
        body = read_body(body_schema, "registerWebhook")
        try:
            webhook = admin.webhooks.register(
                Wanted(body["organization"], body["url"], body["events"], body.get("secret"))
            )
        except ValueError as error:
            raise Invalid(400, str(error)) from None
        except TooManyError as error:
            raise Invalid(409, str(error)) from None
        return jsonify(**_shown(webhook), secret=webhook.secret), 201

    @blueprint.delete("/webhooks")
    def clear_webhooks() -> tuple[str, int]:
        admin.webhooks.clear()
        return "", 204

    @blueprint.delete("/webhooks/<webhook_id>")
    def remove_webhook(webhook_id: str) -> tuple[str, int]:
        try:
            admin.webhooks.remove(webhook_id)
        except UnknownError as error:
            raise Invalid(404, str(error)) from None
        return "", 204

    @blueprint.post("/webhooks/<webhook_id>/probe")
    def probe_webhook(webhook_id: str) -> Response:
        try:
            told = admin.webhooks.probe(webhook_id)
        except UnknownError as error:
            raise Invalid(404, str(error)) from None
        except TooEarlyError as error:
            raise Invalid(409, str(error)) from None
        answer = told.answer
        return jsonify(
            id=told.delivery_id,
            event=told.event,
            accepted=told.taken,
            **_attempt(Attempt(told.at, answer.took, answer.status, answer.error)),
        )

    @blueprint.get("/deliveries")
    def list_deliveries() -> Response:
        """Newest first; `?limit=`, `?booking=`, `?event=`, `?webhook=` and `?state=` narrow it down."""
        asked, state = request.args, request.args.get("state")
        if state is not None and state not in _STATES:
            raise Invalid(400, f"state must be one of {', '.join(_STATES)}")
        sought = Sought(asked.get("booking"), asked.get("event"), asked.get("webhook"), state)
        return jsonify(deliveries=[_told(one) for one in admin.webhooks.deliveries(sought, limit("100"))])

    @blueprint.post("/deliveries/<delivery_id>/resend")
    def resend_delivery(delivery_id: str) -> Response:
        try:
            return jsonify(_told(admin.webhooks.resend(delivery_id)))
        except UnknownError as error:
            raise Invalid(404, str(error)) from None


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "organization": webhook.organization,
        "url": webhook.url,
        "events": webhook.events,
        "secret_end": webhook.end,
        "created": render_instant(webhook.created_at),
    }


def _told(delivery: Delivery) -> dict[str, Any]:
    due = delivery.due
    return {
        "id": delivery.id,
        "webhook": delivery.webhook,
        "booking": delivery.booking,
        "event": delivery.event,
        "state": delivery.status,
        "created": render_instant(delivery.created_at // SECOND),
        "due": None if due is None else render_instant(due // SECOND),
        "attempts": [_attempt(attempt) for attempt in delivery.attempts],
        "payload": decode(delivery.payload, MAX_DEPTH),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": render_instant(attempt.at // SECOND),
        "ms": round(attempt.took / 1e6, 3),
        "status": attempt.status,
        "error": attempt.error,
    }
