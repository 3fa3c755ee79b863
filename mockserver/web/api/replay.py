"""Idempotency over HTTP: fingerprints a request, and stores what was answered to be answered again."""

from collections.abc import Set
from hashlib import sha256

import orjson

from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.errors import Refused
from mockserver.ports import Outcome, State
from mockserver.web.api.exchange import Exchange, Handler, Reply, environ_name
from mockserver.web.api.problems import Problems
from mockserver.web.api.validation import Validator


class Replay:
    """`stored` are the statuses of outcomes that are kept."""

    def __init__(
        self,
        idempotency: Idempotency,
        state: State,
        problems: Problems,
        header: str,
        replayed_header: str,
        syntax: Validator,
        stored: Set[int],
    ) -> None:
        self._idempotency = idempotency
        self._state = state
        self._problems = problems
        self._header = header
        self._variable = environ_name(header)
        self._replayed = (replayed_header, "true")
        self._syntax = syntax
        self._stored = stored

    def around(self, handler: Handler) -> Handler:
        def replaying(exchange: Exchange) -> Reply:
            key = exchange.header(self._variable)
            if key is None or exchange.key is None:
                return handler(exchange)
            if not self._well_formed(key):
                raise Refused("invalid_idempotency_key", field=self._header)
            claim = self._idempotency.claim(exchange.key.id, key, self.fingerprint(exchange), exchange.arrived)
            if isinstance(claim, Outcome):
                return Reply(claim.status, claim.body, [*claim.headers, self._replayed])
            return self._first(claim, handler, exchange)

        return replaying

    def keeps(self, status: int) -> bool:
        """Is an outcome of that status given again? Any other releases the key."""
        return status in self._stored

    def fingerprint(self, exchange: Exchange) -> bytes:
        """Of the parsed JSON as sent: members in another order are the same body, any other difference is not."""
        return sha256(orjson.dumps(exchange.body, option=orjson.OPT_SORT_KEYS)).digest()

    def _well_formed(self, key: str) -> bool:
        return self._syntax.is_valid(key)

    def _first(self, claim: Claim, handler: Handler, exchange: Exchange) -> Reply:
        kept = False
        try:
            with self._state.work():
                try:
                    reply = handler(exchange)
                except Refused as refusal:
                    reply = self._problems.reply(refusal)
                storing = self.keeps(reply.status)
                if storing:
                    outcome = Outcome(reply.status, tuple(reply.headers), reply.body)
                    self._idempotency.complete(claim, outcome)
            kept = storing
        finally:
            if not kept:
                self._idempotency.release(claim)
        return reply
