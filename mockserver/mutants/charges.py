"""Requests that are charged and should not be, or the other way round: what failed, what is replayed, who guesses."""

from collections.abc import Callable
from dataclasses import replace

from mockserver.domain.errors import Refused
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter
from mockserver.mutants.amended import amended, removed
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.ports import SECOND, State
from mockserver.storage.counters import MemoryCounters
from mockserver.web.api.authentication import Authentication
from mockserver.web.api.exchange import Exchange, Reply, encode
from mockserver.web.api.rate_limits import RateLimits

FAILURES = Policy("failed-authentication", 60, 60 * SECOND, "client")


def gives_back(when: Callable[[Reply], bool]) -> Apply:
    """Requests with such answers cost nothing; what counts failed verifications is another matter."""

    class GivesBack(RateLimits):
        def tell(self, exchange: Exchange, reply: Reply) -> None:
            admission = exchange.admission
            if admission is not None and admission.admitted and when(reply):
                charges = [
                    (replace(policy, refundable=True), subject)
                    for policy, subject in admission.charges
                    if not policy.refundable
                ]
                given_back = replace(admission, charges=charges)
                self._limiter.refund(given_back)
                admission.described = given_back.described
            super().tell(exchange, reply)

    return lambda parts: replace(parts, rate_limits=GivesBack)


class CountsFailures(Authentication):
    """After sixty failed authentications in a minute a client gets 429 for the next ones."""

    def __init__(self, header: str, state: State) -> None:
        super().__init__(header, state)
        self._failures = Limiter(MemoryCounters(), "fixed-window")

    def __call__(self, exchange: Exchange) -> None:
        try:
            super().__call__(exchange)
        except Refused:
            admission = self._failures.admit([(FAILURES, exchange.environ["REMOTE_ADDR"])], exchange.arrived)
            if not admission.admitted:
                exchange.admission = admission
                raise Refused("rate_limited", retry_after=admission.retry_after) from None
            raise


class ChargesCustomersToo(RateLimits):
    """A contact that matches counts like one that does not."""

    def guessed(self, exchange: Exchange) -> bool:
        return super().guessed(exchange) or exchange.refusal is None


class CountsSpellings(RateLimits):
    """Each spelling of a confirmation number by itself, so that there are thousands of guesses."""

    def _subject(self, exchange: Exchange, policy: Policy) -> str:
        if policy.scope == "confirmation_number":
            return exchange.parameters["confirmation_number"]
        return super()._subject(exchange, policy)


class CountsWhatExists(RateLimits):
    """Numbers that do not exist may be guessed as often as one likes."""

    def guessed(self, exchange: Exchange) -> bool:
        known = exchange.refusal is None or exchange.refusal.cause != "unknown_booking"
        return known and super().guessed(exchange)


class CountsMissingContacts(RateLimits):
    """Who gives no contact is taken for somebody who guesses."""

    def guessed(self, exchange: Exchange) -> bool:
        return super().guessed(exchange) or (exchange.refusal is not None and not exchange.query.get("contact"))


class CountsEveryRefusal(RateLimits):
    """An owner who mistypes a time is taken for somebody who guesses."""

    def guessed(self, exchange: Exchange) -> bool:
        return super().guessed(exchange) or (exchange.refusal is not None and bool(exchange.query.get("contact")))


class LetsOwnersThrough(RateLimits):
    """When the guesses are used up, the contact is looked at all the same, and only a wrong one is refused."""

    def admit(self, exchange: Exchange) -> None:
        try:
            super().admit(exchange)
        except Refused:
            if exchange.admission is None or exchange.admission.described.policy.name != "verification":
                raise

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        super().tell(exchange, reply)
        admission = exchange.admission
        if admission is not None and not admission.admitted and self.guessed(exchange):
            reply.status = 429
            reply.body = encode({"detail": "Rate limit exceeded", "status": 429, "type": "rate_limit_error"})
            reply.headers.append(("Retry-After", str(admission.retry_after)))


MUTANTS = (
    Mutant(
        "replay-free",
        "limits.replay_counts",
        "A replayed creation costs nothing.",
        gives_back(lambda reply: any(name == "Idempotency-Replayed" for name, _ in reply.headers)),
    ),
    Mutant(
        "failure-free",
        "limits.failed_request_counts",
        "A request that ends in an error costs nothing.",
        gives_back(lambda reply: reply.status >= 400),
    ),
    Mutant(
        "failed-authentication-counted",
        "limits.failed_authentication_counts",
        "After sixty requests with a wrong key in a minute the next one is 429, not 401.",
        lambda parts: replace(parts, authentication=CountsFailures),
    ),
    Mutant(
        "verification-kept",
        "limits.verification_given_back",
        "A contact that matches uses up the guesses too.",
        lambda parts: replace(parts, rate_limits=ChargesCustomersToo),
    ),
    Mutant(
        "verification-of-missing-contacts",
        "limits.verification_given_back",
        "A request that gives no contact uses up a guess.",
        lambda parts: replace(parts, rate_limits=CountsMissingContacts),
    ),
    Mutant(
        "verification-of-mistyped-requests",
        "limits.verification_given_back",
        "A request with the right contact that is invalid otherwise uses up a guess.",
        lambda parts: replace(parts, rate_limits=CountsEveryRefusal),
    ),
    Mutant(
        "verification-by-spelling",
        "limits.verification_subject",
        "The same confirmation number in small letters has guesses of its own.",
        lambda parts: replace(parts, rate_limits=CountsSpellings),
    ),
    Mutant(
        "verification-of-known-numbers",
        "limits.verification_subject",
        "Guesses at confirmation numbers that do not exist are not counted.",
        lambda parts: replace(parts, rate_limits=CountsWhatExists),
    ),
    Mutant(
        "verification-lets-owners-through",
        "limits.verification_exhausted",
        "When the guesses are used up, the owner of the booking still gets an answer.",
        lambda parts: replace(parts, rate_limits=LetsOwnersThrough),
    ),
    Mutant(
        "self-service-unlimited",
        "limits.self_service_limited",
        "Who comes with a confirmation number instead of a key is not limited at all.",
        amended(removed("$.paths[*][?!@['x-key-kind']]['x-rate-limit'][*]")),
    ),
)
