"""A mutant to ask, or the clean mock."""

from typing import Any

from werkzeug.test import TestResponse

from mockserver.domain.instants import parse_instant
from mockserver.parts import Parts
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import build

API = "/api/calendar/v1"
WEDNESDAY = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}


class Server:
    """A mock at 2025-12-01T08:00:00Z, its clock frozen. What it answers is not held against the contract."""

    def __init__(self, parts: Parts) -> None:
        settings = Settings(now=parse_instant("2025-12-01T08:00:00Z") * SECOND, frozen=True, seed=7, journal=0)
        self.built = build(settings, parts=parts)
        self._http = self.built.app.test_client()
        self._keys = {key.record.id: key.value for key in self.built.dataset.keys}

    def ask(self, method: str, path: str, key: str | None = "acme_public", **how: Any) -> TestResponse:
        headers = {"x-kordless-key": self._keys[f"key_{key}"]} if key else {}
        return self._http.open(f"{API}/{path}", method=method, headers={**headers, **how.pop("headers", {})}, **how)

    def get(self, path: str, key: str | None = "acme_public", **how: Any) -> TestResponse:
        return self.ask("GET", path, key, **how)

    def create(self, idempotency_key: str | None = None, **changes: Any) -> TestResponse:
        """The documentation's booking; a member that is changed to None is left out."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        body = {**self.example("CreateBooking"), **changes}
        sent = {name: value for name, value in body.items() if value is not None}
        return self.ask("POST", "public/bookings", headers=headers, json=sent)

    def example(self, name: str) -> Any:
        """What the contract's example of that name shows."""
        return self.built.contract.document["components"]["examples"][name]["value"]

    def booked(self, **changes: Any) -> str:
        """The confirmation number of a new booking."""
        return str(self.create(**changes).json["booking"]["confirmation_number"])  # type: ignore[index]

    def lookup(self, number: str, contact: str = "sarah@example.com") -> TestResponse:
        return self.get(f"public/bookings/confirmation/{number}", None, query_string={"contact": contact})

    def cancel(self, number: str) -> TestResponse:
        query = {"contact": "sarah@example.com"}
        return self.ask("POST", f"public/bookings/confirmation/{number}/cancel", None, query_string=query)

    def reschedule(self, number: str, start: str, end: str, **more: str) -> TestResponse:
        path, query = f"public/bookings/confirmation/{number}/reschedule", {"contact": "sarah@example.com"}
        return self.ask("POST", path, None, query_string=query, json={"start_at": start, "end_at": end, **more})

    def availability(self, service: str = "haircut", **query: Any) -> TestResponse:
        asked = {"org_slug": "acme-salon", "service_slug": service, **WEDNESDAY, **query}
        return self.get("public/availability", query_string=asked)

    def listed(self, organization: str = "abc123", **query: Any) -> TestResponse:
        return self.get("bookings", "acme_platform", headers={"x-organization-id": organization}, query_string=query)

    def starts(self, service: str = "haircut", **query: Any) -> list[str]:
        return [slot["startsAt"] for slot in self.availability(service, **query).json["slots"]]  # type: ignore[index]

    def advance(self, seconds: int) -> None:
        self.built.mock.clock.advance(seconds * SECOND)
