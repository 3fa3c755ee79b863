"""The rate limits of an operation: charged before it, told of after it."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from mockserver.domain.errors import Refused
from mockserver.limits.algorithms import Policy, divide_up
from mockserver.limits.limiter import Limiter
from mockserver.ports import SECOND, StateUnavailableError
from mockserver.web.api.exchange import Exchange, Reply

GUESSES = frozenset({"contact_mismatch", "unknown_booking"})
"""Causes that answer a contact which was looked at and did not match; a number of nobody has none that does."""


class RateLimits:
    """Charges every policy of the operation at once, and tells in the headers what is left.

    `free` says of which answers nothing stays charged but a guess; None: of none.
    """

    def __init__(
        self,
        limiter: Limiter,
        headers: Mapping[str, str],
        client: Callable[[Exchange], str],
        free: Callable[[Reply], bool] | None = None,
    ) -> None:
        self._limiter = limiter
        self._free = free
        self._limit, self._remaining, self._reset = headers["limit"], headers["remaining"], headers["reset"]
        self._client = client
        self._last_reset = (-1, (self._reset, ""))  # the same for all requests of a window

    def admit(self, exchange: Exchange) -> None:
        policies = exchange.matched.policies
        if not policies or not self._limiter.enabled:
            return
        charges = []
        for policy in policies:
            charges.append((policy, self._subject(exchange, policy)))
        admission = exchange.admission = self._limiter.admit(charges, exchange.arrived)
        if not admission.admitted:
            raise Refused("rate_limited", retry_after=admission.retry_after)

    def guessed(self, exchange: Exchange) -> bool:
        """Was a contact looked at that did not match?"""
        return exchange.refusal is not None and exchange.refusal.cause in GUESSES

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        """What counts failed verifications gets its unit back, unless this was one."""
        admission = exchange.admission
        if admission is None:
            return
        if self._free is not None and admission.admitted and self._free(reply):
            guessed = self.guessed(exchange)
            with suppress(StateUnavailableError):
                self._limiter.refund(admission, lambda policy: not (policy.refundable and guessed))
        elif admission.admitted and exchange.matched.refundable and not self.guessed(exchange):
            # What the request did is done, and told: that the unit stays charged is the smaller harm.
            with suppress(StateUnavailableError):
                self._limiter.refund(admission)
        policy, remaining, reset, _ = admission.described
        told, full_again = self._last_reset
        if reset != told:
            full_again = (self._reset, str(divide_up(reset, SECOND)))
            self._last_reset = (reset, full_again)
        reply.headers += ((self._limit, str(policy.limit)), (self._remaining, str(remaining)), full_again)

    def _subject(self, exchange: Exchange, policy: Policy) -> str:
        key = exchange.key
        match policy.scope:
            case "key" if key:
                return key.id
            case "organization" if key:
                return key.organization
            case "confirmation_number":
                return exchange.parameters["confirmation_number"].casefold()
            case _:
                return self._client(exchange)
