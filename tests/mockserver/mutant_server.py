"""A mock, clean or mutated, as scenarios ask it, and what a scenario is expected to see."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from contracts.delivery import Delivery
from contracts.harness.inbox import Inbox
from mockserver.domain.instants import parse_instant
from mockserver.mutants import Mutant
from mockserver.parts import STANDARD
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.handing_over import HandsOver

API = "/api/calendar/v1"
SALON = "public/org/acme-salon"
BEGIN = parse_instant("2025-12-01T08:00:00Z") * SECOND
WEDNESDAY = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}
OWN = {"x-organization-id": "abc123"}
RECEIVER = "https://receiver.example"
EVENTS = ("booking.created", "booking.updated", "booking.cancelled")


class Server:
    """A mock at 2025-12-01T08:00:00Z, its clock frozen. What it answers is not held against the contract.

    What it delivers arrives in its inbox.
    """

    def __init__(self, mutant: Mutant | None = None) -> None:
        self._inbox = Inbox(200, RECEIVER)
        parts = replace(STANDARD, sender=lambda: HandsOver(self._inbox))
        parts = mutant.apply(parts) if mutant else parts
        self.built = build(Settings(now=BEGIN, frozen=True, seed=7, journal=0), parts=parts)
        self._http = self.built.app.test_client()
        self._keys = {key.record.id: key.value for key in self.built.dataset.keys}

    def begin_anew(self) -> None:
        self.built.mock.reset()
        self.built.mock.clock.restore(BEGIN, frozen=True)

    # --- any request

    def key(self, name: str) -> str:
        return self._keys[f"key_{name}"]

    def ask(self, method: str, path: str, key: str | None = "acme_public", **how: Any) -> TestResponse:
        headers = {"x-kordless-key": self.key(key)} if key else {}
        headers |= how.pop("headers", {})
        return self._http.open(f"{how.pop('base', API)}/{path}", method=method, headers=headers, **how)

    def get(self, path: str, key: str | None = "acme_public", **how: Any) -> TestResponse:
        return self.ask("GET", path, key, **how)

    def control(self, method: str, path: str, **body: Any) -> Any:
        return self._http.open(f"/_mock/{path}", method=method, json=body or None).json

    def advance(self, seconds: float) -> None:
        self.built.mock.clock.advance(round(seconds * SECOND))

    def leave(self, policy: str, subject: str, remaining: int) -> None:
        self.control("PUT", f"limits/{policy}/{subject}", remaining=remaining)

    # --- bookings

    def example(self, name: str) -> Any:
        """What the contract's example of that name shows."""
        return self.built.contract.document["components"]["examples"][name]["value"]

    def wish(self, **changes: Any) -> dict[str, Any]:
        """The documentation's booking; what is changed to None is left out."""
        body = {**self.example("CreateBooking"), **changes}
        return {name: value for name, value in body.items() if value is not None}

    def create(self, idempotency_key: str | None = None, key: str = "acme_public", **changes: Any) -> TestResponse:
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self.ask("POST", "public/bookings", key, headers=headers, json=self.wish(**changes))

    def send(self, data: bytes | str, content_type: str = "application/json", **how: Any) -> TestResponse:
        """Some bytes as a booking."""
        return self.ask("POST", "public/bookings", data=data, content_type=content_type, **how)

    def booked(self, **changes: Any) -> str:
        """The confirmation number of a new booking."""
        return str(self.create(**changes).json["booking"]["confirmation_number"])  # type: ignore[index]

    def lookup(self, number: str, contact: str = "sarah@example.com", **how: Any) -> TestResponse:
        return self.get(f"public/bookings/confirmation/{number}", None, query_string={"contact": contact}, **how)

    def cancel(self, number: str, **how: Any) -> TestResponse:
        query = {"contact": "sarah@example.com"}
        return self.ask("POST", f"public/bookings/confirmation/{number}/cancel", None, query_string=query, **how)

    def reschedule(self, number: str, start: str, end: str, **more: str) -> TestResponse:
        path, query = f"public/bookings/confirmation/{number}/reschedule", {"contact": "sarah@example.com"}
        return self.ask("POST", path, None, query_string=query, json={"start_at": start, "end_at": end, **more})

    # --- availability and the platform

    def slots(self, service: str = "haircut", **query: Any) -> TestResponse:
        asked = {"org_slug": "acme-salon", "service_slug": service, **WEDNESDAY, **query}
        return self.get("public/availability", query_string=asked)

    def starts(self, service: str = "haircut", **query: Any) -> list[str]:
        return [slot["startsAt"] for slot in self.slots(service, **query).json["slots"]]  # type: ignore[index]

    def list(self, key: str = "acme_platform", headers: Mapping[str, str] = OWN, **query: Any) -> TestResponse:
        return self.get("bookings", key, headers=dict(headers), query_string=query)

    # --- webhooks

    def register(self, url: str, *events: str) -> Any:
        """Without events, for all of them."""
        wanted = {"organization": "acme-salon", "url": url, "events": events or EVENTS}
        return self.control("POST", "webhooks", **wanted)

    def endpoint(self, *events: str, answers: Sequence[int] = ()) -> "Endpoint":
        """It gives these answers, and 200 when there are no more."""
        path = self._inbox.new_path(answers)
        return Endpoint(path, self.register(f"{RECEIVER}{path}", *events)["secret"])

    def delivered(self, endpoint: "Endpoint", within: int = 0) -> Sequence[Delivery]:
        """All that has come to it when so many more seconds have gone by."""
        self.control("POST", "clock/advance", seconds=within)
        return self._inbox.at(endpoint.path)


class Endpoint(NamedTuple):
    path: str
    secret: str


class Case(NamedTuple):
    """`scenario` gives `right` on the clean mock, `wrong` on the mutant."""

    scenario: Callable[[Server], object]
    right: object
    wrong: object


ABSENT = object()


def at(answer: TestResponse, *path: str | int) -> Any:
    """What stands there in the JSON of an answer, or ABSENT."""
    value: Any = answer.json
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return ABSENT
    return value


def truths(scenarios: Mapping[str, Callable[[Server], None]]) -> dict[str, Case]:
    """Scenarios that assert what is true of the clean mock, whatever the mutant does instead."""
    return {name: Case(partial(_holds, scenario), True, False) for name, scenario in scenarios.items()}


def _holds(scenario: Callable[[Server], None], server: Server) -> bool:
    try:
        scenario(server)
    except AssertionError:
        return False
    return True


def refused(answer: TestResponse) -> bool:
    """For the time being: 429 by right."""
    return answer.status_code in (429, 503)


def admitted(ask: Callable[[], TestResponse]) -> int:
    """How many requests are admitted before one is refused; 200 is patience enough."""
    return next(number for number in range(200) if refused(ask()))


def numbers(answer: TestResponse) -> tuple[str | None, ...]:
    """Limit, Remaining and Reset as they stand in the headers."""
    return tuple(answer.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset"))


def nested(depth: int) -> str:
    """A booking's body with an unknown member, `depth` levels deep in all."""
    return json.dumps({"org_slug": "acme-salon", "x": 0}).replace("0", "[" * (depth - 1) + "]" * (depth - 1))
