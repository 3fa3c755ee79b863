"""Idempotency over HTTP: fingerprints a request, and stores what was answered to be answered again."""

from collections.abc import Set
from hashlib import sha256

import orjson

from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.errors import Refused
from mockserver.ports import Outcome, State
from mockserver.web.api.exchange import Exchange, Handler, Reply, Syntax, environ_name
from mockserver.web.api.pipeline import Step
from mockserver.web.api.problems import Problems


class Replayed(Reply):
    """An answer that was given before."""

    __slots__ = ()


class Replay:
    """`stored` are the statuses of outcomes that are kept.

    What is given again is marked with `replayed_header`, if there is one, and a success has the status `success`, if
    there is one. Keys are an organization's own where they are `shared` by its API keys.
    """

    def __init__(
        self,
        idempotency: Idempotency,
        state: State,
        problems: Problems,
        header: str,
        replayed_header: str | None,
        stored: Set[int],
        success: int | None = None,
        shared: bool = False,
    ) -> None:
        self._idempotency = idempotency
        self._state = state
        self._problems = problems
        self._header = header
        self._variable = environ_name(header)
        self._marks = [] if replayed_header is None else [(replayed_header, "true")]
        self._success = success
        self._shared = shared
        self._stored = stored

    def around(self, behind: Handler) -> Step:
        def replaying(exchange: Exchange) -> Reply | None:
            syntax = exchange.matched.idempotency_key
            return None if syntax is None else self.replay(exchange, syntax, behind)

        return replaying

    def replay(self, exchange: Exchange, syntax: Syntax, behind: Handler) -> Reply:
        """What was answered to the same key and body before, or what is answered now."""
        key = exchange.header(self._variable)
        if key is None or exchange.key is None:
            return behind(exchange)
        if not self._well_formed(key, syntax):
            raise Refused("invalid_idempotency_key", field=self._header)
        scope = exchange.key.organization if self._shared else exchange.key.id
        claim = self._idempotency.claim(scope, key, self.fingerprint(exchange), exchange.arrived)
        if isinstance(claim, Outcome):
            status = claim.status if self._success is None or claim.status >= 300 else self._success
            return Replayed(status, claim.body, [*claim.headers, *self._marks])
        return self._first(claim, behind, exchange)

    def keeps(self, status: int) -> bool:
        """Is an outcome of that status given again? Any other releases the key."""
        return status in self._stored

    def fingerprint(self, exchange: Exchange) -> bytes:
        """Of the parsed JSON as sent: members in another order are the same body, any other difference is not."""
        return sha256(orjson.dumps(exchange.body, option=orjson.OPT_SORT_KEYS)).digest()

    def _well_formed(self, key: str, syntax: Syntax) -> bool:
        return syntax.is_valid(key)

    def _first(self, claim: Claim, behind: Handler, exchange: Exchange) -> Reply:
        kept = False
        try:
            with self._state.work() as work:
                try:
                    reply = behind(exchange)
                except Refused as refusal:
                    reply = self._problems.refuse(exchange, refusal)
                storing = self.keeps(reply.status)
                if storing:
                    outcome = Outcome(reply.status, tuple(reply.headers), reply.body)
                    self._idempotency.complete(claim, outcome, work)
            kept = storing
        finally:
            if not kept:
                self._idempotency.release(claim)
        return reply
