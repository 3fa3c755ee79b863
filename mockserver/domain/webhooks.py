"""Webhooks and what is delivered to them (/api/webhooks/setup)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self
from urllib.parse import SplitResult, urlsplit

from mockserver.domain.loopback import is_loopback

LONGEST_URL = 2000
SHORTEST_SECRET = 8
VISIBLE_END = 4
"""Characters of a secret that are shown again."""

DeliveryStatus = Literal["pending", "delivered", "given up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where an organization (a slug) wants to be told of which events. `created_at` is in Unix seconds."""

    id: str
    organization: str
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    created_at: int

    @property
    def end(self) -> str:
        return self.secret[-VISIBLE_END:]


def url_problem(url: str, *, https_only: bool, http_on_loopback: bool) -> str | None:
    """What is wrong with the address of a receiver, to follow its name; None: nothing is."""
    if len(url) > LONGEST_URL or not all("!" <= character <= "~" for character in url):
        return f"must have at most {LONGEST_URL} characters, ASCII and no spaces"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "must be https://HOST/… or http://HOST/…"
    if "@" in parts.netloc or parts.fragment:
        return "must have no user, password or fragment"
    return _scheme_problem(parts, https_only, http_on_loopback)


def _scheme_problem(parts: SplitResult, https_only: bool, http_on_loopback: bool) -> str | None:
    if parts.scheme == "https" or not https_only:
        return None
    if not http_on_loopback:
        return "must be https://HOST/…"
    return None if is_loopback(parts.hostname) else "must be https://HOST/…: http is for receivers on this machine"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`at` by the mock's clock, `took` in real time, both nanoseconds; what was answered, or why nothing was."""

    at: int
    took: int
    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook, and what became of it. Moments in nanoseconds of the mock's clock.

    `sequence` is that of the booking when it had happened: deliveries of one booking come in this order. `due` is when
    it is to be sent, None: it is settled. `tries` are those since it was last begun with.
    """

    id: str
    webhook: str
    booking: str
    event: str
    sequence: int
    payload: bytes = field(repr=False)
    created_at: int
    due: int | None
    delivered: bool = False
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()

    @property
    def status(self) -> DeliveryStatus:
        if self.due is not None:
            return "pending"
        return "delivered" if self.delivered else "given up"

    def after(self, attempt: Attempt, *, taken: bool, retries: Sequence[int]) -> Self:
        """`retries` are nanoseconds from a failed try to the next."""
        due = attempt.at + retries[self.tries] if not taken and self.tries < len(retries) else None
        attempts = (*self.attempts, attempt)
        return replace(self, attempts=attempts, tries=self.tries + 1, due=due, delivered=self.delivered or taken)

    def again(self, now: int) -> Self:
        """To be sent once more, whatever became of it, and with all its retries."""
        return replace(self, due=now, tries=0, delivered=False)

    def give_up(self) -> Self:
        return replace(self, due=None)
