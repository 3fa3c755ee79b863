"""The replay rule: one key, one outcome (/api/bookings/create).

A key is claimed in one atomic step. Whoever holds the claim either completes it with an outcome that is given again to
every later request with the same body, or releases it as if nothing had happened.
"""

from typing import NamedTuple

from mockserver.domain.errors import Refused
from mockserver.ports import SECOND, Outcome, ReplayRecord, State, Work

OVERTAKING = SECOND
"""Nanoseconds by which a request may be overtaken on its way here: so long what has expired is still kept for it."""


class Claim(NamedTuple):
    """The right, and the duty, to complete or release a key of one scope."""

    scope: str
    key: str
    record: ReplayRecord


class Idempotency:
    """`lifetime` in nanoseconds, from the arrival of the first request with a key.

    `any_body`: whoever comes with a key gets its outcome, whatever the body is.
    """

    def __init__(self, state: State, lifetime: int, *, any_body: bool = False) -> None:
        self._state = state
        self._lifetime = lifetime
        self._any_body = any_body

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        """The outcome that was stored for the key, or the claim to it.

        Raises Refused(request_in_progress | idempotency_key_reused).
        """
        record = ReplayRecord(fingerprint, now, None)
        with self._state.work() as work:
            replays = work.replays
            known = replays.claim(scope, key, record, now - self._lifetime)
            if known is None:
                # Only newcomers make the state grow, so it is they who see to it that the forgotten go.
                replays.forget(now - OVERTAKING - self._lifetime)
        if known is None:
            return Claim(scope, key, record)
        if known.outcome is None:
            raise Refused("request_in_progress")
        if known.fingerprint != fingerprint and not self._any_body:
            raise Refused("idempotency_key_reused")
        return known.outcome

    def complete(self, claim: Claim, outcome: Outcome, work: Work) -> None:
        """In the unit of work that did the work: both happen, or none."""
        scope, key, record = claim
        work.replays.save(scope, key, ReplayRecord(record.fingerprint, record.arrived, outcome))

    def release(self, claim: Claim) -> None:
        with self._state.work() as work:
            work.replays.delete(claim.scope, claim.key)

    def next_due(self) -> int | None:
        """When the first key expires."""
        with self._state.look() as work:
            oldest = work.replays.oldest()
        return None if oldest is None else oldest + self._lifetime

    def fulfil(self, until: int) -> bool:
        """Forget every key whose lifetime is over."""
        with self._state.work() as work:
            work.replays.forget(until - self._lifetime)
        return True
