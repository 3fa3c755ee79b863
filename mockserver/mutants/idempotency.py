"""Retries that are not safe."""

from dataclasses import replace
from hashlib import sha256
from time import sleep
from typing import Any

import orjson

from mockserver.domain.errors import Refused
from mockserver.idempotency import Claim, Idempotency
from mockserver.mutants.altered import answered, finished
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Outcome, ReplayRecord, Store
from mockserver.web.exchange import Exchange, Handler, Reply, encode, environ_name
from mockserver.web.replay import Replay
from mockserver.web.self_service import SelfServiceApi

REPLAYED = ("Idempotency-Replayed", "true")
FIRST_ID = "first request id"
LONGEST_KEY = 64


class ComparesKeysOnly(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, key, b"", now)


class HoldsOnToKeys(Idempotency):
    def release(self, claim: Claim) -> None:
        """The key stays with the request that failed, as if it were still running."""


class SharesKeys(Idempotency):
    """Whoever has used an Idempotency-Key, it is used."""

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim("", key, fingerprint, now)


class ForgetsAfterAnHour(Idempotency):
    def __init__(self, store: Store, lifetime: int) -> None:
        super().__init__(store, lifetime // 24)


class KeepsForTwoDays(Idempotency):
    def __init__(self, store: Store, lifetime: int) -> None:
        super().__init__(store, 2 * lifetime)


class LooksThenActs(Idempotency):
    """A request does not see another one that is still running. Each lets others run before it acts itself."""

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        try:
            claim = super().claim(scope, key, fingerprint, now)
        except Refused as refusal:
            if refusal.cause != "request_in_progress":
                raise
            claim = Claim(scope, key, ReplayRecord(fingerprint, now, None))
        sleep(0)
        return claim


class RepliesUnmarked(Replay):
    def around(self, handler: Handler) -> Handler:
        marked = super().around(handler)

        def unmarked(exchange: Exchange) -> Reply:
            reply = marked(exchange)
            reply.headers = [header for header in reply.headers if header != self._replayed]
            return reply

        return unmarked


class IgnoresKeys(Replay):
    def around(self, handler: Handler) -> Handler:
        return handler


class WantsKeys(Replay):
    def around(self, handler: Handler) -> Handler:
        replaying = super().around(handler)

        def wanting(exchange: Exchange) -> Reply:
            if exchange.header(self._variable) is None:
                raise Refused("missing_field", field=self._header)
            return replaying(exchange)

        return wanting


class RepeatsTheRequestId(Replay):
    """A replay is called what the first request was called."""

    def around(self, handler: Handler) -> Handler:
        def named(exchange: Exchange) -> Reply:
            reply = handler(exchange)
            reply.headers.append((FIRST_ID, exchange.request_id))
            return reply

        replaying = super().around(named)

        def repeating(exchange: Exchange) -> Reply:
            reply = replaying(exchange)
            exchange.request_id = dict(reply.headers).get(FIRST_ID, exchange.request_id)
            reply.headers = [(name, value) for name, value in reply.headers if name != FIRST_ID]
            return reply

        return repeating


class ComparesBytes(Replay):
    def fingerprint(self, exchange: Exchange) -> bytes:
        return sha256(exchange.raw_body).digest()


class FillsInDefaults(Replay):
    def fingerprint(self, exchange: Exchange) -> bytes:
        filled = {"party_size": 1, "notes": None, **exchange.body}
        return sha256(orjson.dumps(filled, option=orjson.OPT_SORT_KEYS)).digest()


class KeepsSuccessesOnly(Replay):
    def keeps(self, status: int) -> bool:
        return status < 300


class KeepsFailures(Replay):
    """Every outcome but a crash."""

    def keeps(self, status: int) -> bool:
        return status < 500


class TakesShortKeysOnly(Replay):
    def _well_formed(self, key: str) -> bool:
        return super()._well_formed(key) and len(key) <= LONGEST_KEY


class TakesEveryKey(Replay):
    def _well_formed(self, key: str) -> bool:
        return True


class ReplaysChanges(SelfServiceApi):
    """Canceling and rescheduling heed an Idempotency-Key too."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._answers: dict[tuple[str, str], bytes] = {}

    def cancel_booking(self, exchange: Exchange) -> Reply:
        return self._once(exchange, super().cancel_booking)

    def reschedule_booking(self, exchange: Exchange) -> Reply:
        return self._once(exchange, super().reschedule_booking)

    def _once(self, exchange: Exchange, operation: Handler) -> Reply:
        key = exchange.header(environ_name("Idempotency-Key"))
        if key is None:
            return operation(exchange)
        known = self._answers.get((exchange.path, key))
        if known is None:
            known = self._answers[exchange.path, key] = operation(exchange).body
        return Reply.encoded(known)


def not_created_again(reply: Reply) -> None:
    if REPLAYED in reply.headers and reply.status == 201:
        reply.status = 200


def encoded_anew(reply: Reply) -> None:
    """The same JSON in other bytes."""
    if REPLAYED in reply.headers:
        reply.body = encode(dict(sorted(orjson.loads(reply.body).items(), reverse=True)))


MUTANTS = (
    Mutant(
        "idempotency-key-ignored",
        "idempotency",
        "An Idempotency-Key changes nothing: a retry books again.",
        lambda parts: replace(parts, replay=IgnoresKeys),
    ),
    Mutant(
        "idempotency-key-required",
        "idempotency.optional",
        "A booking without an Idempotency-Key is 400.",
        lambda parts: replace(parts, replay=WantsKeys),
    ),
    Mutant(
        "replay-not-created",
        "idempotency.replay",
        "The replay of a 201 is 200.",
        finished(not_created_again),
    ),
    Mutant(
        "replay-encoded-anew",
        "idempotency.replay",
        "A replay has the members of its body in another order.",
        finished(encoded_anew),
    ),
    Mutant(
        "replay-unmarked",
        "idempotency.replayed_header",
        "A replayed answer has no Idempotency-Replayed header.",
        lambda parts: replace(parts, replay=RepliesUnmarked),
    ),
    Mutant(
        "replay-with-old-request-id",
        "idempotency.fresh_on_replay",
        "A replay has the X-Request-Id of the first request.",
        lambda parts: replace(parts, replay=RepeatsTheRequestId),
    ),
    Mutant(
        "fingerprint-of-bytes",
        "idempotency.fingerprint",
        "The same JSON with its members in another order counts as another body.",
        lambda parts: replace(parts, replay=ComparesBytes),
    ),
    Mutant(
        "fingerprint-with-defaults",
        "idempotency.fingerprint",
        "A body with a default written out counts as the same body.",
        lambda parts: replace(parts, replay=FillsInDefaults),
    ),
    Mutant(
        "idempotency-scope-shared",
        "idempotency.scope",
        "All API keys share their Idempotency-Keys.",
        lambda parts: replace(parts, idempotency=SharesKeys),
    ),
    Mutant(
        "idempotency-for-an-hour",
        "idempotency.lifetime",
        "An Idempotency-Key is forgotten after an hour.",
        lambda parts: replace(parts, idempotency=ForgetsAfterAnHour),
    ),
    Mutant(
        "idempotency-for-two-days",
        "idempotency.lifetime",
        "An Idempotency-Key is kept for two days.",
        lambda parts: replace(parts, idempotency=KeepsForTwoDays),
    ),
    Mutant(
        "refusal-not-stored",
        "idempotency.stored",
        "A 409 or 422 is not replayed: the retry is judged anew.",
        lambda parts: replace(parts, replay=KeepsSuccessesOnly),
    ),
    Mutant(
        "key-not-released",
        "idempotency.released_by",
        "After a 400 the Idempotency-Key stays taken: the corrected request gets 409.",
        lambda parts: replace(parts, idempotency=HoldsOnToKeys),
    ),
    Mutant(
        "failure-stored",
        "idempotency.released_by",
        "A 400 or 404 is stored: the corrected request with its key gets 422.",
        lambda parts: replace(parts, replay=KeepsFailures),
    ),
    Mutant(
        "changes-replayed",
        "idempotency.other_operations",
        "Canceling twice with one Idempotency-Key gives the first answer twice.",
        lambda parts: replace(parts, self_service=ReplaysChanges),
    ),
    Mutant(
        "long-key-refused",
        "idempotency.key_syntax",
        "An Idempotency-Key of more than 64 characters is refused.",
        lambda parts: replace(parts, replay=TakesShortKeysOnly),
    ),
    Mutant(
        "every-key-taken",
        "idempotency.key_syntax",
        "An Idempotency-Key of any length and any characters is taken.",
        lambda parts: replace(parts, replay=TakesEveryKey),
    ),
    Mutant(
        "invalid-key-unprocessable",
        "errors.400.invalid_idempotency_key",
        "A malformed Idempotency-Key is 422.",
        answered("invalid_idempotency_key", status=422, type="unprocessable"),
    ),
    Mutant(
        "replay-ignores-body",
        "errors.422.idempotency_key_reused",
        "An Idempotency-Key sent again with another body gets the first answer, not 422.",
        lambda parts: replace(parts, idempotency=ComparesKeysOnly),
    ),
    Mutant(
        "running-request-overlooked",
        "errors.409.request_in_progress",
        "A retry while the first request is still running books again.",
        lambda parts: replace(parts, idempotency=LooksThenActs),
    ),
)
