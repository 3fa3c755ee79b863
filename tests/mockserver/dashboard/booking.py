"""A customer of a mock, as tests of the dashboard need one: books, moves and cancels over the API."""

from collections.abc import Mapping
from typing import Any

import requests

from mockserver.testing import Mock

RANGE = {"from": "2025-12-01T00:00:00Z", "to": "2025-12-08T00:00:00Z"}
CONTACT = {"name": "Ada Lovelace", "email": "ada@example.com"}


class Customer:
    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._public = f"{mock.url}/api/calendar/v1/public"

    def slots(self, service: str) -> list[dict[str, Any]]:
        asked = {"org_slug": "acme-salon", "service_slug": service, **RANGE}
        return list(self._ask("GET", "/availability", params=asked)["slots"])

    def book(self, service: str = "haircut", nth: int = 12, key: str | None = None, **body: Any) -> dict[str, Any]:
        """The nth slot of the week that is free. The twelfth is on a Monday, 15:00 in New York."""
        slot = self.slots(service)[nth]
        wanted = {
            "org_slug": "acme-salon",
            "service_slug": service,
            "starts_at": slot["startsAt"],
            "ends_at": slot["endsAt"],
            "timezone": "America/New_York",
            "contact": CONTACT,
            **body,
        }
        headers = {} if key is None else {"Idempotency-Key": key}
        made: dict[str, Any] = self._ask("POST", "/bookings", json=wanted, headers=headers)["booking"]
        return made

    def move(self, booking: Mapping[str, Any], nth: int = -1) -> dict[str, Any]:
        slot = self.slots("haircut")[nth]
        body = {"start_at": slot["startsAt"], "end_at": slot["endsAt"]}
        moved: dict[str, Any] = self._self_service(booking, "reschedule", json=body)["booking"]
        return moved

    def cancel(self, booking: Mapping[str, Any]) -> None:
        self._self_service(booking, "cancel")

    def _self_service(self, booking: Mapping[str, Any], act: str, **how: Any) -> Any:
        path = f"/bookings/confirmation/{booking['confirmation_number']}/{act}"
        return self._ask("POST", path, params={"contact": CONTACT["email"]}, **how)

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any) -> Any:
        sent = {"x-kordless-key": self._mock.key, **(headers or {})}
        answer = requests.request(method, f"{self._public}{path}", headers=sent, timeout=10, **how)
        answer.raise_for_status()
        return answer.json()
