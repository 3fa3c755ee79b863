"""Clients that ask a mock in this process through its pipeline, its clock frozen and moved by hand."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from mockserver.domain.instants import parse_instant, render_instant
from mockserver.parts import STANDARD
from mockserver.ports import SECOND, Answer, Post
from mockserver.settings import Settings
from mockserver.wiring import Built, build

API = "/api/calendar/v1"
NOW = "2025-12-01T08:00:00Z"
SECRET = "whsec_0123456789abcdef"
EVENTS = ["booking.created", "booking.cancelled"]
CONTACT = {"name": "Ada", "email": "ada@example.com"}


class Asking:
    """One client of a mock: what it asks, and how long it waits between."""

    def __init__(self, built: Built, kind: str = "public") -> None:
        self.built = built
        self.flask = built.app.test_client()
        self.key = next(k.value for k in built.dataset.keys if k.record.kind == kind and not k.record.revoked)

    def ask(self, path: str, method: str = "GET", key: str | None = "", **how: Any) -> Any:
        headers = how.pop("headers", {})
        sent = headers if key is None else {"x-kordless-key": key or self.key, **headers}
        return self.flask.open(f"{API}/{path}", method=method, headers=sent, **how)

    def free(self, service: str = "haircut", day: str = "2025-12-03", **query: str) -> list[dict[str, Any]]:
        start = f"{day}T00:00:00Z"
        span = {"from": start, "to": render_instant(parse_instant(start) + 86_400)}
        asked = urlencode({"org_slug": "acme-salon", "service_slug": service, **span, **query})
        slots: list[dict[str, Any]] = self.ask(f"public/availability?{asked}").get_json()["slots"]
        return slots

    def body(self, slot: dict[str, Any], service: str = "haircut", **changes: Any) -> dict[str, Any]:
        times = {"starts_at": slot["startsAt"], "ends_at": slot["endsAt"], "timezone": "UTC"}
        return {"org_slug": "acme-salon", "service_slug": service, **times, "contact": CONTACT, **changes}

    def book(self, body: dict[str, Any], idempotency_key: str | None = None, **headers: str) -> Any:
        keyed = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self.ask("public/bookings", "POST", json=body, headers={**keyed, **headers})

    def wait(self, seconds: float) -> None:
        self.built.mock.clock.advance(round(seconds * SECOND))

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        return self.flask.open(f"/_mock/{path}", method=method, json=body or None)

    def receive(self, how: str) -> str:
        """Register a receiver that does so, make a booking that it is told of, and give the webhook's id."""
        url, key = f"https://receiver.example/{how}", f"receive-{self.built.mock.clock.now()}"
        wanted: dict[str, Any] = {"organization": "acme-salon", "url": url, "events": EVENTS, "secret": SECRET}
        webhook: str = self.control("webhooks", **wanted).get_json()["id"]
        self.book(self.body(self.free("styling-class")[0], "styling-class"), key)
        self.wait(0)  # until what is due has been tried
        return webhook

    def advice(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.flask.get("/_mock/advice").get_json()["advice"]
        return found


class Receivers:
    """Of webhooks, in this process; each does what the last part of its address says."""

    def send(self, post: Post, seconds: float) -> Answer:
        how = post.url.rpartition("/")[2]
        if how == "hang":
            return Answer(round(seconds * SECOND), None, f"no answer within {seconds:g} seconds")
        if how == "refuse":
            return Answer(1000, None, "Connection refused")
        if how == "verify":
            timestamp = post.headers["X-Kordless-Timestamp"].encode()
            right = hmac.new(SECRET.encode(), timestamp + b"." + post.body, "sha256").hexdigest()
            return Answer(1000, 200 if hmac.compare_digest(right, post.headers["X-Kordless-Signature"]) else 401)
        return Answer(1000, 200 if how == "believe" else 500)


@contextmanager
def mock(**settings: Any) -> Iterator[Built]:
    chosen: dict[str, Any] = {"now": parse_instant(NOW) * SECOND, "frozen": True, "limits": False, "seed": 7}
    built = build(Settings(**{**chosen, **settings}), parts=replace(STANDARD, sender=Receivers))
    try:
        yield built
    finally:
        built.mock.close()
