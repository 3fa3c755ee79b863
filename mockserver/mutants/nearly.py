"""Idempotency-Keys and bodies that are taken for one another, and keys that are let go too early."""

from dataclasses import replace
from hashlib import sha256
from urllib.parse import unquote

import orjson

from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Outcome
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.replay import Replay


class FoldsKeys(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, key.casefold(), fingerprint, now)


class CutsKeys(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, key[:36], fingerprint, now)


class OverlooksNotes(Replay):
    def fingerprint(self, exchange: Exchange) -> bytes:
        looked_at = {name: value for name, value in exchange.body.items() if name != "notes"}
        return sha256(orjson.dumps(looked_at, option=orjson.OPT_SORT_KEYS)).digest()


class ForgetsWhatChanged(Idempotency):
    """The key of a booking that was moved or canceled is free again."""

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        found = super().claim(scope, key, fingerprint, now)
        if isinstance(found, Claim) or found.status != 201:
            return found
        with self._state.work() as work:
            booking = work.bookings.get(orjson.loads(found.body)["booking"]["id"])
            if booking is None or booking.sequence == 0:
                return found
            work.replays.delete(scope, key)
        return super().claim(scope, key, fingerprint, now)


class UnwrapsKeys(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, key.strip('"'), fingerprint, now)


class DecodesKeys(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, unquote(key), fingerprint, now)


class RefusesToReplayTheCanceled(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        found = super().claim(scope, key, fingerprint, now)
        if isinstance(found, Outcome) and found.status == 201:
            with self._state.work() as work:
                booking = work.bookings.get(orjson.loads(found.body)["booking"]["id"])
            if booking is not None and not booking.active:
                raise Refused("slot_not_offered")
        return found


class KeepsKeysOfTheLimited(RateLimits):
    """An Idempotency-Key that came with a creation over the limit is taken for one in use."""

    def admit(self, exchange: Exchange) -> None:
        key, refused = exchange.header("HTTP_IDEMPOTENCY_KEY"), self.__dict__.setdefault("_refused", set())
        try:
            super().admit(exchange)
        except Refused:
            refused.add(key)
            raise
        if key is not None and key in refused:
            raise Refused("request_in_progress")


MUTANTS = (
    Mutant(
        "keys-unwrapped",
        "idempotency",
        "An Idempotency-Key in quotation marks is the one without them.",
        lambda parts: replace(parts, idempotency=UnwrapsKeys),
    ),
    Mutant(
        "keys-decoded",
        "idempotency",
        "What is percent-encoded in an Idempotency-Key is decoded first.",
        lambda parts: replace(parts, idempotency=DecodesKeys),
    ),
    Mutant(
        "canceled-booking-not-replayed",
        "idempotency.replay",
        "A creation sent again when its booking was canceled is refused.",
        lambda parts: replace(parts, idempotency=RefusesToReplayTheCanceled),
    ),
    Mutant(
        "limited-creation-keeps-key",
        "idempotency.released_by",
        "A creation over the limit leaves its Idempotency-Key in use.",
        lambda parts: replace(parts, rate_limits=KeepsKeysOfTheLimited),
    ),
    Mutant(
        "keys-in-any-case",
        "idempotency",
        "Idempotency-Keys that differ in upper and lower case are one.",
        lambda parts: replace(parts, idempotency=FoldsKeys),
    ),
    Mutant(
        "keys-cut-short",
        "idempotency",
        "Idempotency-Keys that differ after the first 36 characters are one.",
        lambda parts: replace(parts, idempotency=CutsKeys),
    ),
    Mutant(
        "notes-not-compared",
        "errors.422.idempotency_key_reused",
        "A reused key is answered with the first booking though the notes are others.",
        lambda parts: replace(parts, replay=OverlooksNotes),
    ),
    Mutant(
        "changed-booking-frees-key",
        "idempotency",
        "A creation sent again when its booking was changed makes another booking.",
        lambda parts: replace(parts, idempotency=ForgetsWhatChanged),
    ),
)
