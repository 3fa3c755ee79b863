"""A client that does as the documentation says, whatever happens to it; and the habits that it would be bad without."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mockserver.application.admin.keys import Wanted
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND
from mockserver.web.api.exchange import Reply
from mockserver.web.site import Site

API = "/api/calendar/v1"
DAY = 86_400
LONGEST_WAIT = 30.0

Steps = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Habits:
    waits: bool = True
    """As long as Retry-After says."""
    backs_off: bool = True
    has_keys: bool = True
    """Of idempotency."""
    keeps_keys: bool = True
    """Of idempotency, over retries."""
    caches: bool = True
    asks_first: bool = True
    rotates: bool = True
    looks_seldom: bool = True


GOOD = Habits()


@dataclass
class GoodClient:
    """Of the site of a world, whose clock it moves by waiting. `jitter`, from 0 to 1, is added to what it waits."""

    site: Site
    key: str
    habits: Habits = GOOD
    jitter: float = 0.0
    numbers: list[str] = field(default_factory=list)
    decided: int = 0
    made_keys: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)
    key_since: int | None = None

    @property
    def now(self) -> int:
        """Whole seconds."""
        return self.site.world.clock.now() // SECOND

    def wait(self, seconds: float) -> None:
        self.site.world.clock.advance(round(seconds * SECOND))

    # --- what it wants

    def take(self, step: tuple[Any, ...]) -> None:
        what, *how = step
        self._renew()
        getattr(self, what)(*how)

    def organization(self) -> None:
        if not self.habits.caches or self.now - self.kept.get("organization", -DAY) > 300:
            self.ask("GET", "public/org/acme-salon")
            self.kept["organization"] = self.now

    def book(self, day: int, which: int) -> None:
        start = (self.now // DAY + 2 + day) * DAY
        span = {"from": render_instant(start), "to": render_instant(start + 3 * DAY)}
        query = urlencode({"org_slug": "acme-salon", "service_slug": "styling-class", **span})
        answer = self.ask("GET", f"public/availability?{query}", guessing=not self.habits.asks_first)
        found = [] if answer is None else orjson.loads(answer.body)["slots"]
        if not found:
            return
        slot = found[which % len(found)]
        self.decided += 1
        self.made_keys += 1
        body = {
            "org_slug": "acme-salon",
            "service_slug": "styling-class",
            "starts_at": slot["startsAt"],
            "ends_at": slot["endsAt"],
            "timezone": "America/New_York",
            "contact": {"name": "Ada", "email": f"ada+{self.decided}@example.com", "phone": "+15551234567"},
        }
        made = self.ask("POST", "public/bookings", body, idempotent=True)
        if made is not None and 200 <= made.status < 300:
            self.numbers.append(orjson.loads(made.body)["booking"]["confirmation_number"])

    def look(self, which: int) -> None:
        self._seldom(f"look {which}", "GET", which)

    def cancel(self, which: int) -> None:
        self._seldom(f"cancel {which}", "POST", which, "/cancel")

    def list(self) -> None:
        self._seldom("list", "GET")

    def idle(self, seconds: float) -> None:
        self.wait(seconds)

    def trouble(self, action: Mapping[str, Any], times: int, operation: str | None = None) -> None:
        match = {} if operation is None else {"operation": operation}
        self.site.admin.faults.add({"match": match, "action": dict(action), "times": times})

    def _seldom(self, name: str, method: str, which: int | None = None, rest: str = "") -> None:
        """What has been asked is asked again after a while; there are webhooks for the time between."""
        if self.habits.looks_seldom and self.now - self.looked.get(name, -DAY) < 120:
            return
        self.looked[name] = self.now
        if which is None:
            self.ask(method, "bookings", platform=True)
        elif self.numbers:
            contact = quote("+15551234567", safe="")
            number = self.numbers[which % len(self.numbers)]
            self.ask(method, f"public/bookings/confirmation/{number}{rest}?contact={contact}", keyless=True)

    # --- how it asks

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        idempotent: bool = False,
        platform: bool = False,
        keyless: bool = False,
        guessing: bool = False,
    ) -> Reply | None:
        """Tries until there is an answer, and gives up in the end. `guessing`: by another client's eyes."""
        key = self._new_key("platform" if platform else "public") if platform or guessing else self.key
        for attempt in range(6):
            headers = {} if keyless else {"HTTP_X_KORDLESS_KEY": key}
            if platform:
                headers["HTTP_X_ORGANIZATION_ID"] = "abc123"
            if idempotent and self.habits.has_keys:
                if not self.habits.keeps_keys:
                    self.made_keys += 1
                headers["HTTP_IDEMPOTENCY_KEY"] = f"booking-{self.made_keys}"
            reply = self.site.pipeline.handle(environ(method, path, body, headers))
            said = next((int(value) for name, value in reply.headers if name == "Retry-After"), None)
            if reply.status < 500 and said is None and not _unusable(reply):
                return reply
            wait = min(0.5 * 2**attempt * (1 + self.jitter / 2), LONGEST_WAIT) if self.habits.backs_off else 0.5
            self.wait(max(wait, said or 0) if self.habits.waits else wait)
        return None

    def _renew(self) -> None:
        """Its key, when it is eighty days old; never between two tries, as idempotency keys belong to an API key."""
        if self.habits.rotates and (self.key_since is None or self.now - self.key_since > 80 * DAY):
            self.key, self.key_since = self._new_key("public"), self.now

    def _new_key(self, kind: Any) -> str:
        return self.site.admin.keys.create(Wanted("acme-salon", kind, "Tests", "development", None))[0]


def environ(method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> dict[str, Any]:
    sent = b"" if body is None else orjson.dumps(body)
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"{API}/{path}",
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json" if sent else "",
        "CONTENT_LENGTH": str(len(sent)) if sent else "",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(sent),
        **headers,
    }


def _unusable(reply: Reply) -> bool:
    """Did the connection end too early, or is what came not JSON?"""
    wire = reply.wire
    if wire is not None and (wire.close or wire.reset or wire.cut is not None):
        return True
    try:
        orjson.loads(reply.body)
    except ValueError:
        return True
    return dict(reply.headers).get("Content-Type") != "application/json"
