"""The replay rule: one key, one outcome (/api/bookings/create).

A key is claimed in one atomic step. Whoever holds the claim either completes it with an outcome that is given again to
every later request with the same body, or releases it as if nothing had happened.
"""

from dataclasses import dataclass

from mockserver.domain.errors import Refused
from mockserver.ports import SECOND, Outcome, ReplayRecord, Store

OVERTAKING = SECOND
"""Nanoseconds by which a request may be overtaken on its way here: so long what has expired is still kept for it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right, and the duty, to complete or release a key of one scope."""

    scope: str
    key: str
    record: ReplayRecord


class Idempotency:
    """`lifetime` in nanoseconds, from the arrival of the first request with a key."""

    def __init__(self, store: Store, lifetime: int) -> None:
        self._store = store
        self._lifetime = lifetime

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        """The outcome that was stored for the key, or the claim to it.

        Raises Refused(request_in_progress | idempotency_key_reused).
        """
        self.forget(now - OVERTAKING)
        record = ReplayRecord(fingerprint, now, None)
        known = self._store.replays.claim(scope, key, record, now - self._lifetime)
        if known is None:
            return Claim(scope, key, record)
        if known.outcome is None:
            raise Refused("request_in_progress")
        if known.fingerprint != fingerprint:
            raise Refused("idempotency_key_reused")
        return known.outcome

    def forget(self, now: int) -> None:
        """Drop every key whose lifetime is over."""
        self._store.replays.forget(now - self._lifetime)

    def complete(self, claim: Claim, outcome: Outcome) -> None:
        """Call it in the transaction that did the work: both happen, or none."""
        self._store.replays.save(claim.scope, claim.key, claim.record._replace(outcome=outcome))

    def release(self, claim: Claim) -> None:
        self._store.replays.delete(claim.scope, claim.key)
