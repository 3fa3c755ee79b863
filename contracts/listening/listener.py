"""Takes deliveries: knows those that came before, looks at each, and answers what was asked for."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from contracts.delivery import Delivery, Reply
from contracts.observe.deliveries import header_problem, is_signed, payload_problems
from contracts.spec.webhooks import Webhooks

Verdict = Literal["verified", "wrong", "not checked"]


@dataclass(frozen=True, slots=True)
class Answering:
    """With which status, and after how many seconds. `failing`: so are only the first so many of each id answered, and
    the others at once with `success`."""

    success: int
    status: int
    hang: float = 0.0
    failing: int | None = None

    def reply(self, attempt: int) -> Reply:
        if self.failing is not None and attempt > self.failing:
            return Reply(self.success)
        return Reply(self.status, self.hang)


@dataclass(frozen=True, slots=True)
class Seen:
    """A delivery as it is told of. `attempt` counts those of the same id; a `duplicate` was taken before, and should
    be passed over now. `problems` read on from "the delivery"."""

    delivery: Delivery
    id: str
    attempt: int
    duplicate: bool
    signature: Verdict
    problems: tuple[str, ...]
    reply: Reply


class Listener:
    """`tell` is called with one delivery at a time. Without a secret no signature is verified."""

    def __init__(
        self, webhooks: Webhooks, answering: Answering, tell: Callable[[Seen], None], secret: str | None = None
    ) -> None:
        self.secret = secret
        self.count = self.duplicates = self.wrong = 0
        self._webhooks = webhooks
        self._answering = answering
        self._tell = tell
        self._attempts: dict[str, int] = {}
        self._taken: set[str] = set()
        self._turn = threading.Lock()

    def take(self, delivery: Delivery) -> Reply:
        with self._turn:
            seen = self._seen(delivery)
            self.count += 1
            self.duplicates += seen.duplicate
            self.wrong += seen.signature == "wrong"
            self._tell(seen)
        return seen.reply

    def _seen(self, delivery: Delivery) -> Seen:
        identity = delivery.header(self._webhooks.headers["delivery_id"]) or ""
        attempt = self._attempts.get(identity, 0) + 1 if identity else 1
        duplicate = identity in self._taken
        reply = self._answering.reply(attempt)
        if identity:
            self._attempts[identity] = attempt
            if self._counts_as_taken(reply):
                self._taken.add(identity)
        return Seen(delivery, identity, attempt, duplicate, self._verdict(delivery), self._problems(delivery), reply)

    def _counts_as_taken(self, reply: Reply) -> bool:
        return reply.status in self._webhooks.success and reply.after < self._webhooks.timeout_seconds

    def _verdict(self, delivery: Delivery) -> Verdict:
        if self.secret is None:
            return "not checked"
        return "verified" if is_signed(self._webhooks, delivery, self.secret) else "wrong"

    def _problems(self, delivery: Delivery) -> tuple[str, ...]:
        headers = (header_problem(self._webhooks, role, delivery) for role in self._webhooks.headers)
        return (*filter(None, headers), *payload_problems(self._webhooks, delivery))
