"""A client of a mock that may fail at any moment, and what all clients together were told."""

import http.client
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

KEY = "kord_test_" + "Deployment".ljust(32, "0")
TIMEOUT = 30.0  # seconds for an answer
AGAIN = 0.05  # seconds until the next attempt
STUCK = 120.0  # seconds until a request that gets no final answer fails the test

Headers = Mapping[str, str] | None
Answer = tuple[int, Any]
"""Status and JSON; 0 and None where there was none."""


@dataclass
class Told:
    """What all clients together were told. `charged` and `unsure`: requests that were counted for certain, or maybe."""

    bookings: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by idempotency key
    slots: dict[str, tuple[str, str]] = field(default_factory=dict)  # service and start, by booking
    canceled: set[str] = field(default_factory=set)
    maybe_canceled: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)  # 0: no answer
    charged: int = 0
    unsure: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, retry_after: str | None) -> None:
        with self.lock:
            self.statuses[status] += 1
            self.charged += 0 < status < 500
            self.unsure += not 0 < status < 500
            assert status < 500 or status in (502, 503, 504), f"answered with {status}"
            assert status != 503 or retry_after, "a 503 says when to come again"


class Client:
    """One connection, opened anew when it is lost. Each `Client` belongs to one thread."""

    def __init__(self, url: str, told: Told, token: str | None = None) -> None:
        self._address = urlsplit(url)
        self._told = told
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: Any = None, headers: Headers = None) -> Answer:
        control = path.startswith("/_mock")
        sent = {"Content-Type": "application/json", **(headers or {})}
        if control and self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        elif not control:
            sent["x-kordless-key"] = KEY
        try:
            status, content, retry_after = self._exchange(method, path, body, sent)
        except (OSError, http.client.HTTPException):
            self.close()
            status, content, retry_after = 0, b"", None
        if not control:
            self._told.note(status, retry_after)
        with suppress(ValueError):  # a gateway's page
            return status, json.loads(content)
        return status, None

    def _exchange(self, method: str, path: str, body: Any, headers: Headers) -> tuple[int, bytes, str | None]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self._address.hostname or "", self._address.port, timeout=TIMEOUT
            )
        self._connection.request(method, path, None if body is None else json.dumps(body), headers or {})
        answer = self._connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("Retry-After")

    def insist(self, method: str, path: str, body: Any = None, headers: Headers = None) -> Answer:
        """Ask again, as clients do, while there is no answer, or one that says to come again."""
        deadline = time.monotonic() + STUCK
        while True:
            status, said = self.ask(method, path, body, headers)
            running = status == 409 and said is not None and "still running" in said["detail"]
            if 0 < status < 500 and not running:
                return status, said
            assert time.monotonic() < deadline, f"{method} {path} has no final answer: {status} {said}"
            time.sleep(AGAIN)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
