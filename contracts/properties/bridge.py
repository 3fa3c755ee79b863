"""The target as a WSGI application: what Schemathesis sends goes out as every request of a check does.

So the limits' pace, the budgets, the ledger and the guard of a read-only check hold for it too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import orjson

from contracts.exchange import Answer, Request
from contracts.harness.check import Check
from contracts.harness.ledger import Intent
from contracts.outcome import BudgetError
from contracts.properties.sent import meant
from contracts.target.clock import ServerClock

OURS = frozenset({"host", "content-length", "user-agent", "x-schemathesis-testcaseid", "accept-encoding", "connection"})


class Enough(KeyboardInterrupt):
    """Nothing more is to be sent. Schemathesis ends at once for an interrupt, and for nothing else."""


class Patience(ServerClock):
    """Really waits, but no longer than something is still to be sent."""

    def __init__(self) -> None:
        super().__init__(None)
        self._over = Event()

    def wait(self, seconds: float) -> None:
        if seconds > 0 and self._over.wait(seconds):
            raise Enough

    def end(self) -> None:
        self._over.set()


class Bridge:
    """`ended` is the exception that a request ended in, where one did: it is to be raised again afterwards."""

    def __init__(self, check: Check, most: int) -> None:
        self._check = check
        self.mask = check.target.mask
        self._left = most
        self.sent = 0
        self.ended: BaseException | None = None

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._left <= 0 or self.ended is not None:
            raise Enough
        self._left -= 1
        try:
            answer = self._send(self._request(environ))
        except Enough:
            raise
        except BaseException as error:
            self.ended = error
            raise Enough from error
        self.sent += 1
        start_response(f"{answer.status} ?", list(answer.headers.items()))
        return [answer.body]

    def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Request:
        """As a report shows it: with the label of a key in place of the key."""
        credentials, key_header = self._check.credentials, self._check.target.key_header.lower()
        labels = {value: label for label, value in credentials.keys.items()}
        kept = {name: value for name, value in headers.items() if name.lower() not in OURS}
        key = next((labels.get(value) for name, value in kept.items() if name.lower() == key_header), None)
        if key is not None:
            kept = {name: value for name, value in kept.items() if name.lower() != key_header}
        operation, _ = meant(self._check.contract, method, urlsplit(url).path)
        return Request(method, url, operation or None, key, kept, content or None)

    def _request(self, environ: Mapping[str, Any]) -> Request:
        origin = "/".join(self._check.credentials.url.split("/")[:3])
        headers = {
            name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        query = environ.get("QUERY_STRING")
        url = origin + environ["REQUEST_URI"] + (f"?{query}" if query else "")
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        return self.request(environ["REQUEST_METHOD"], url, headers, content)

    def _send(self, request: Request) -> Answer:
        if request.method == "POST" and request.operation == "createBooking":
            return self._create(request)
        answer = self._check.target.send(request)
        if request.operation == "cancelBooking" and answer.status == 200:
            self._check.bookings.ledger.release(str(answer.member("booking", "confirmation_number")))
        return answer

    def _create(self, request: Request) -> Answer:
        """Byte for byte as it was generated, but in the ledger, and so with an idempotency key."""
        bookings, header = self._check.bookings, self._check.contract.idempotency.header
        body = _parsed(request.content)
        if not isinstance(body, dict):
            return self._check.target.send(request)
        bookings.spend()
        given = {name.lower(): value for name, value in request.headers.items()}.get(header.lower())
        token = given or self._check.fakes.idempotency_key()
        if given is None:
            request = replace(request, headers={**request.headers, header: token})
        bookings.ledger.intend(Intent(token, self._check.credentials.url, request.key or "public", body))
        try:
            answer = self._check.target.send(request)
        except (Enough, BudgetError):  # it never went out, or was refused for its pace
            bookings.ledger.settle(token)
            raise
        bookings.record(answer, body, token)
        return answer


def _parsed(content: bytes | None) -> Any:
    try:
        return orjson.loads(content or b"")
    except orjson.JSONDecodeError:
        return None
