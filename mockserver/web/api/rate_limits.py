"""The rate limits of an operation: charged before it, told of after it."""

from collections.abc import Callable, Mapping

from mockserver.domain.errors import Refused
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter
from mockserver.web.api.exchange import Exchange, Reply


class RateLimits:
    """Charges every policy of the operation at once, and tells in the headers what is left."""

    def __init__(self, limiter: Limiter, headers: Mapping[str, str], client: Callable[[Exchange], str]) -> None:
        self._limiter = limiter
        self._limit, self._remaining, self._reset = headers["limit"], headers["remaining"], headers["reset"]
        self._client = client

    def admit(self, exchange: Exchange) -> None:
        policies = exchange.matched.policies
        if not self._limiter.enabled or not policies:
            return
        charges = [(policy, self._subject(exchange, policy)) for policy in policies]
        exchange.admission = self._limiter.admit(charges, exchange.arrived)
        if not exchange.admission.admitted:
            raise Refused("rate_limited", retry_after=exchange.admission.retry_after)

    def verified(self, exchange: Exchange) -> None:
        """The contact matched: what counts failures gets its unit back."""
        if exchange.admission is not None:
            self._limiter.refund(exchange.admission)

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        if exchange.admission is None:
            return
        usage = exchange.admission.described
        reply.headers += (
            (self._limit, str(usage.policy.limit)),
            (self._remaining, str(usage.remaining)),
            (self._reset, str(usage.reset_seconds)),
        )

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
