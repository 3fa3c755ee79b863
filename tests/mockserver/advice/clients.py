"""Clients that ask a mock in this process through its pipeline, its clock frozen and moved by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from mockserver.domain.instants import parse_instant, render_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build

API = "/api/calendar/v1"
NOW = "2025-12-01T08:00:00Z"
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

    def advice(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.flask.get("/_mock/advice").get_json()["advice"]
        return found


@contextmanager
def mock(**settings: Any) -> Iterator[Built]:
    chosen: dict[str, Any] = {"now": parse_instant(NOW) * SECOND, "frozen": True, "limits": False, "seed": 7}
    built = build(Settings(**{**chosen, **settings}))
    try:
        yield built
    finally:
        built.mock.state.close()
