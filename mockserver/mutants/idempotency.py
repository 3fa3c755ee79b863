"""Retries that are not safe."""

from dataclasses import replace

from mockserver.idempotency import Claim, Idempotency
from mockserver.mutants.mutant import Mutant
from mockserver.ports import Outcome
from mockserver.web.exchange import Exchange, Handler, Reply
from mockserver.web.replay import Replay


class ComparesKeysOnly(Idempotency):
    def claim(self, scope: str, key: str, fingerprint: bytes, now: int) -> Claim | Outcome:
        return super().claim(scope, key, b"", now)


class HoldsOnToKeys(Idempotency):
    def release(self, claim: Claim) -> None:
        """The key stays with the request that failed, as if it were still running."""


class RepliesUnmarked(Replay):
    def around(self, handler: Handler) -> Handler:
        marked = super().around(handler)

        def unmarked(exchange: Exchange) -> Reply:
            reply = marked(exchange)
            reply.headers = [header for header in reply.headers if header != self._replayed]
            return reply

        return unmarked


MUTANTS = (
    Mutant(
        "replay-ignores-body",
        "errors.422.idempotency_key_reused",
        "An Idempotency-Key sent again with another body gets the first answer, not 422.",
        lambda parts: replace(parts, idempotency=ComparesKeysOnly),
    ),
    Mutant(
        "replay-unmarked",
        "idempotency.replayed_header",
        "A replayed answer has no Idempotency-Replayed header.",
        lambda parts: replace(parts, replay=RepliesUnmarked),
    ),
    Mutant(
        "key-not-released",
        "idempotency.released_by",
        "After a 400 the Idempotency-Key stays taken: the corrected request gets 409.",
        lambda parts: replace(parts, idempotency=HoldsOnToKeys),
    ),
)
