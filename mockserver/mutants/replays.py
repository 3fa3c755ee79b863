"""Replays that differ from the first answer, or answer another request."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from mockserver.application.idempotency import Claim, Idempotency
from mockserver.mutants.altered import finished
from mockserver.mutants.amended import amended, updated
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Outcome
from mockserver.web.api.exchange import Exchange, Handler, Reply, Syntax, encode, environ_name
from mockserver.web.api.replay import Replay
from mockserver.web.api.self_service import SelfServiceApi

REPLAYED = ("Idempotency-Replayed", "true")
FIRST_ID = "first request id"


class ComparesKeysOnly(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, key, b"", now)


class RepliesUnmarked(Replay):
    def replay(self, exchange: Exchange, syntax: Syntax, behind: Handler) -> Reply:
        reply = super().replay(exchange, syntax, behind)
        reply.headers = [header for header in reply.headers if header not in self._marks]
        return reply


class RepeatsTheRequestId(Replay):
    """A replay is called what the first request was called."""

    def replay(self, exchange: Exchange, syntax: Syntax, behind: Handler) -> Reply:
        def named(exchange: Exchange) -> Reply:
            reply = behind(exchange)
            reply.headers.append((FIRST_ID, exchange.request_id))
            return reply

        reply = super().replay(exchange, syntax, named)
        exchange.request_id = dict(reply.headers).get(FIRST_ID, exchange.request_id)
        reply.headers = [(name, value) for name, value in reply.headers if name != FIRST_ID]
        return reply


class ComparesBytes(Replay):
    def fingerprint(self, exchange: Exchange) -> bytes:
        return sha256(exchange.raw_body).digest()


class FillsInDefaults(Replay):
    def fingerprint(self, exchange: Exchange) -> bytes:
        filled = {"party_size": 1, "notes": None, **exchange.body}
        return sha256(orjson.dumps(filled, option=orjson.OPT_SORT_KEYS)).digest()


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
        "replay-not-created",
        "idempotency.replay_status",
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
        "changes-replayed",
        "idempotency.other_operations",
        "Canceling twice with one Idempotency-Key gives the first answer twice.",
        lambda parts: replace(parts, self_service=ReplaysChanges),
    ),
    Mutant(
        "replay-ignores-body",
        "errors.422.idempotency_key_reused",
        "An Idempotency-Key sent again with another body gets the first answer, not 422.",
        lambda parts: replace(parts, idempotency=ComparesKeysOnly),
    ),
    Mutant(
        "keys-of-organization",
        "idempotency.scope",
        "The API keys of an organization share their Idempotency-Keys.",
        amended(updated("$['x-idempotency']", scope="organization")),
    ),
)
