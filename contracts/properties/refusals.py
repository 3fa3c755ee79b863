"""Which rule of the contract a request breaks that its schema lets through: judged from the request alone.

A schema cannot say that `from` must be before `to`. Whoever generates requests from schemas therefore makes some that a
server rightly refuses. Here stands which, with the causes of `x-errors`, whose statuses are then what may be answered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from contracts.properties.known import Held, Known, Service
from contracts.properties.sent import Sent
from contracts.spec.contract import Contract
from contracts.spec.document import follow

DAY = 86_400
RANGES = frozenset({"getAvailability", "getRescheduleAvailability"})
ENDS = {"createBooking": ("starts_at", "ends_at"), "rescheduleBooking": ("start_at", "end_at")}


@dataclass(frozen=True, slots=True)
class Judge:
    """`key_header` is the name of the header that carries an API key."""

    contract: Contract
    known: Known
    key_header: str

    def causes(self, sent: Sent, now: int, slack: int = 0) -> set[str]:
        """The causes of `x-errors` that the request is to blame for, at a moment in Unix seconds.

        `slack` are seconds: more of them blame a request also for what it breaks only just, fewer spare it that.
        """
        return set(self._of_values(sent)) | set(self._of_booking(sent, now, slack)) | set(self._of_cursor(sent))

    def explains(self, sent: Sent, status: int, now: int) -> bool:
        """Whether a refusal with that status is what the request deserves, or got before with the same key."""
        if self.repeats(sent) == status:
            return True
        blamed = [self.contract.errors[cause] for cause in self.causes(sent, now, slack=1)]
        return any(status == error.status or status in error.also_accepted for error in blamed)

    def repeats(self, sent: Sent) -> int | None:
        """The status of the outcome that was stored for its idempotency key and this very body."""
        given = self.known.given(self.contract, sent, self.key_header)
        return given.status if given is not None and given.body == sent.body else None

    def _of_values(self, sent: Sent) -> Iterator[str]:
        forms = _forms(self.contract, sent.operation)
        if any(len(values) > 1 for name, values in sent.query.items() if name in forms):
            yield "repeated_parameter"
        for name, form in forms.items():
            value = sent.value(name)
            if not isinstance(value, str):
                continue
            if form == "date-time" and self._moment(value) is None:
                yield "invalid_field"
            if form == "iana-time-zone" and value not in _zones():
                yield "invalid_field"
        if len(sent.content) > self.contract.rule("http.max_body_bytes"):
            yield "payload_too_large"
        if _depth(sent.body) > self.contract.rule("http.max_json_depth"):
            yield "malformed_body"
        first, last = self._ends(sent, "from", "to")
        if sent.operation in RANGES and first is not None and last is not None:
            if first >= last:
                yield "range_reversed"
            if last - first > self.contract.longest_range:
                yield "range_too_long"

    def _of_booking(self, sent: Sent, now: int, slack: int) -> Iterator[str]:
        held = self.known.booking(sent)
        if sent.operation in {"cancelBooking", "rescheduleBooking"} and held is not None:
            yield from self._of_change(held, now, slack)
        if sent.operation not in ENDS:
            return
        start, end = self._ends(sent, *ENDS[sent.operation])
        service = self.known.services.get(held.service if held else str(sent.value("service_slug")))
        if start is not None and start <= now + slack:
            yield "start_in_past"
        if service is not None and start is not None:
            if end is not None and end - start != service.duration:
                yield "wrong_duration"
            if start > now + service.window - slack:
                yield "beyond_booking_window"
        given = self.known.given(self.contract, sent, self.key_header)
        if given is not None and given.body != sent.body:
            yield "idempotency_key_reused"

    def _of_change(self, held: Held, now: int, slack: int) -> Iterator[str]:
        service = self.known.services.get(held.service, Service(held.service, 0, 0, 0))
        if held.canceled:
            yield "already_canceled"
        if held.start <= now + slack:
            yield "already_begun"
        if held.start - now < service.notice + slack:
            yield "inside_notice_period"

    def _of_cursor(self, sent: Sent) -> Iterator[str]:
        cursors = sent.query.get("cursor", []) if sent.operation == "listBookings" else []
        if not self.known.cursors.issuperset(cursors):
            yield "invalid_cursor"

    def _ends(self, sent: Sent, first: str, last: str) -> tuple[int | None, int | None]:
        values = sent.value(first), sent.value(last)
        start, end = (self._moment(value) if isinstance(value, str) else None for value in values)
        return start, end

    def _moment(self, text: str) -> int | None:
        """Unix seconds, the fraction cut; None for a moment that the API does not know, a leap second among them."""
        years = self.contract.rule("time.years")
        try:
            moment = datetime.fromisoformat(text.upper())
            # The zone may lead out of the years that Python knows.
            seconds = (moment.replace(tzinfo=None, microsecond=0) - datetime(1970, 1, 1)) // timedelta(seconds=1)
            seconds -= int((moment.utcoffset() or timedelta()).total_seconds())
        except ValueError:
            return None
        first, last = _new_year(years["first"]), _new_year(years["last"] + 1)
        return seconds if first <= seconds < last else None


def _new_year(year: int) -> int:
    return (datetime(year, 1, 1) - datetime(1970, 1, 1)) // timedelta(seconds=1)


@cache
def _forms(contract: Contract, operation: str) -> Mapping[str, str | None]:
    """The form that each declared query parameter and each member of the body has beyond its type, if any."""
    found = contract.operations.get(operation)
    if found is None:
        return {}
    validators = [found.query] if found.body is None else [found.query, found.body]
    properties: dict[str, Any] = {}
    for validator in validators:
        properties |= follow(contract.document, validator.schema).get("properties", {})
    return {name: _form(contract.document, schema) for name, schema in properties.items()}


def _form(document: dict[str, Any], schema: Mapping[str, Any]) -> str | None:
    """Also of what may be null beside it."""
    stated = follow(document, schema)
    alternatives = [
        stated,
        *(follow(document, other) for other in (*stated.get("anyOf", ()), *stated.get("oneOf", ()))),
    ]
    return next((form for one in alternatives if (form := one.get("format") or one.get("x-format"))), None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())  # not what this machine has besides


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [child for node in level for child in _children(node)]:
        depth += 1
    return depth


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [*node.values()] or [None]
    return (node or [None]) if isinstance(node, list) else []
