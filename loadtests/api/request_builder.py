"""Requests as the API wants them written, each as a step."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

import orjson

from loadtests.api.endpoint import Credential, Endpoint
from loadtests.api.fakes import Contact
from loadtests.api.steps import Step
from loadtests.api.survey import Offer, Slot

NOBODY = "client"  # the label of who needs no key
_SEARCHED = timedelta(days=7)
_JSON = {"Content-Type": "application/json"}


class RequestBuilder:
    """A step for each operation, of one organization and the service that is on offer."""

    def __init__(self, endpoint: Endpoint, offer: Offer, organization: str) -> None:
        self.endpoint = endpoint
        self._offer = offer
        self._organization = organization
        self._looks: dict[tuple[str, str], Step] = {}  # requests that are always the same, by operation and key

    def get_organization(self, key: Credential) -> Step:
        return self._look("getOrganization", key)

    def get_service(self, key: Credential) -> Step:
        return self._look("getService", key, service_slug=self._offer.service)

    def _look(self, operation: str, key: Credential, **members: str) -> Step:
        known = self._looks.get((operation, key.label))
        if known is None:
            path = self.endpoint.path(operation, **{"org_slug": key.organization, **members})
            known = self._looks[operation, key.label] = self._step(operation, path, key)
        return known

    def get_availability(self, key: Credential, number: int) -> Step:
        week = self._weeks[number % len(self._weeks)]
        return self._step("getAvailability", f"{self.endpoint.path('getAvailability')}?{week}", key)

    @cached_property
    def _weeks(self) -> list[str]:
        """Queries for the slots of a week, one for each day on which there is a slot."""
        days = dict.fromkeys(slot.starts_at[:10] for slot in self._offer.slots) or {"2030-01-01": None}
        return [
            urlencode(
                {
                    "org_slug": self._organization,
                    "service_slug": self._offer.service,
                    "from": f"{day}T00:00:00Z",
                    "to": f"{datetime.fromisoformat(day) + _SEARCHED:%Y-%m-%d}T00:00:00Z",
                }
            )
            for day in days
        ]

    def create_booking(self, key: Credential, slot: Slot, contact: Contact, idempotency_key: str) -> Step:
        body = {
            "org_slug": key.organization,
            "service_slug": self._offer.service,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "timezone": self._offer.timezone,
            "contact": {"name": contact.name, "email": contact.email, "phone": contact.phone},
        }
        headers = {**_JSON, self.endpoint.idempotency_header: idempotency_key} if idempotency_key else _JSON
        path = self.endpoint.path("createBooking")
        return self._step("createBooking", path, key, headers, orjson.dumps(body))

    def list_bookings(self, key: Credential) -> Step:
        return self._look("listBookings", key)

    def lookup_booking(self, number: str, contact: str, refusal: str = "") -> Step:
        """`refusal`: the cause for which it should be refused."""
        return self._self_service("lookupBooking", number, contact, refusal=refusal)

    def cancel_booking(self, number: str, contact: str) -> Step:
        return self._self_service("cancelBooking", number, contact)

    def reschedule_booking(self, number: str, contact: str, slot: Slot) -> Step:
        body = orjson.dumps({"start_at": slot.starts_at, "end_at": slot.ends_at})
        return self._self_service("rescheduleBooking", number, contact, body)

    def _self_service(self, operation: str, number: str, contact: str, body: bytes = b"", refusal: str = "") -> Step:
        path = f"{self.endpoint.path(operation, confirmation_number=number)}?{urlencode({'contact': contact})}"
        return self._step(operation, path, None, _JSON if body else {}, body, refusal, number)

    def _step(
        self,
        operation: str,
        path: str,
        key: Credential | None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        refusal: str = "",
        subject: str = "",
    ) -> Step:
        method = self.endpoint.operations[operation][0]
        label = NOBODY if key is None else key.label
        statuses = self.endpoint.statuses
        expected = statuses.refusals[refusal] if refusal else statuses.successes[operation]
        return Step(operation, method, path, label, headers or {}, body, frozenset(expected), subject)
