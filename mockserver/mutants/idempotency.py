"""Idempotency-Keys that are not heeded, not kept, or kept from whoever needs them."""

from dataclasses import replace
from time import sleep
from typing import Any

from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.errors import Refused
from mockserver.mutants.amended import amended, answered, extended, removed, updated
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Outcome, ReplayRecord
from mockserver.web.api.exchange import Exchange, Handler, Reply, Syntax
from mockserver.web.api.replay import Replay, Replayed

HOUR = 3600
IDEMPOTENCY = "$['x-idempotency']"
KEY_SYNTAX = "$.paths[*].post.parameters[?@.name=='Idempotency-Key'].schema"
YIELDS = 20
"""Times that a thread stands back, so that requests sent together do run together."""


class HoldsOnToKeys(Idempotency):
    def release(self, claim: Claim) -> None:
        """The key stays with the request that failed, as if it were still running."""


class SharesKeys(Idempotency):
    """Whoever has used an Idempotency-Key, it is used."""

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim("", key, fingerprint, now)


class LooksThenActs(Idempotency):
    """A request does not see another one that is still running, and lets others in before it acts itself."""

    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        try:
            claim = super().claim(scope, key, fingerprint, now)
        except Refused as refusal:
            if refusal.cause != "request_in_progress":
                raise
            claim = Claim(scope, key, ReplayRecord(fingerprint, now, None))
        for _ in range(YIELDS):
            sleep(0)
        return claim


class WantsKeys(Replay):
    def replay(self, exchange: Exchange, syntax: Syntax, behind: Handler) -> Reply:
        if exchange.header(self._variable) is None:
            raise Refused("missing_field", field=self._header)
        return super().replay(exchange, syntax, behind)


class JudgesConflictsAnew(Replay):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._refused = set[str]()

    def keeps(self, status: int) -> bool:
        return status != 409 and super().keeps(status)

    def replay(self, exchange: Exchange, syntax: Syntax, behind: Handler) -> Reply:
        key, reply = exchange.header(self._variable), super().replay(exchange, syntax, behind)
        if key in self._refused and not isinstance(reply, Replayed):
            reply.headers += self._marks
        if key is not None and reply.status == 409:
            self._refused.add(key)
        return reply


MUTANTS = (
    Mutant(
        "idempotency-key-ignored",
        "idempotency",
        "An Idempotency-Key changes nothing: a retry books again.",
        amended(removed(f"{IDEMPOTENCY}.operations[*]")),
    ),
    Mutant(
        "idempotency-key-required",
        "idempotency.optional",
        "A booking without an Idempotency-Key is 400.",
        lambda parts: replace(parts, replay=WantsKeys),
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
        amended(updated(IDEMPOTENCY, lifetime=HOUR)),
    ),
    Mutant(
        "idempotency-for-two-days",
        "idempotency.lifetime",
        "An Idempotency-Key is kept for two days.",
        amended(updated(IDEMPOTENCY, lifetime=48 * HOUR)),
    ),
    Mutant(
        "refusal-not-stored",
        "idempotency.stored",
        "A 409 or 422 is not replayed: the retry is judged anew.",
        amended(removed(f"{IDEMPOTENCY}.stored[?@>=400]")),
    ),
    Mutant(
        "conflict-judged-anew",
        "idempotency.stored",
        "A retry of a 409 says that it is a replay, but books the slot once that is free.",
        lambda parts: replace(parts, replay=JudgesConflictsAnew),
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
        amended(extended(f"{IDEMPOTENCY}.stored", 400, 404)),
    ),
    Mutant(
        "long-key-refused",
        "idempotency.key_syntax",
        "An Idempotency-Key of more than 64 characters is refused.",
        amended(updated(KEY_SYNTAX, maxLength=64)),
    ),
    Mutant(
        "every-key-taken",
        "idempotency.key_syntax",
        "An Idempotency-Key of any length and any characters is taken.",
        amended(*(removed(f"{KEY_SYNTAX}.{keyword}") for keyword in ("minLength", "maxLength", "pattern"))),
    ),
    Mutant(
        "invalid-key-unprocessable",
        "errors.400.invalid_idempotency_key",
        "A malformed Idempotency-Key is 422.",
        answered("invalid_idempotency_key", status=422, type="unprocessable"),
    ),
    Mutant(
        "running-request-overlooked",
        "errors.409.request_in_progress",
        "A retry while the first request is still running books again.",
        lambda parts: replace(parts, idempotency=LooksThenActs),
    ),
)
