"""Limits that count wrong, and headers that tell wrong of limits that count right."""

from collections.abc import Sequence
from dataclasses import replace

from mockserver.counters import Policy
from mockserver.limits import Admission, Limiter, Usage
from mockserver.mutants.mutant import Mutant
from mockserver.ports import SECOND
from mockserver.web.exchange import Exchange, Reply
from mockserver.web.guards import RateLimits

Charges = Sequence[tuple[Policy, str]]

LENIENT = "public-general"


class AdmitsOneMore(Limiter):
    """Says 60 and means 61: `used <= limit` where `used < limit` was meant."""

    def admit(self, charges: Charges, now: int) -> Admission:
        stated = {policy.name: policy for policy, _ in charges}
        lenient = [(_one_more(policy) if policy.name == LENIENT else policy, subject) for policy, subject in charges]
        admission = super().admit(lenient, now)
        usage = admission.described
        if usage.policy.name == LENIENT:
            remaining = max(0, usage.remaining - 1)
            admission.described = usage._replace(policy=stated[LENIENT], remaining=remaining)
        return admission


def _one_more(policy: Policy) -> Policy:
    return replace(policy, limit=policy.limit + 1)


class OneCounterForAllKeys(Limiter):
    def admit(self, charges: Charges, now: int) -> Admission:
        return super().admit([(policy, _shared(policy, subject)) for policy, subject in charges], now)

    def leave(self, policy: Policy, subject: str, remaining: int, now: int) -> Usage:
        return super().leave(policy, _shared(policy, subject), remaining, now)


def _shared(policy: Policy, subject: str) -> str:
    return "every key" if policy.scope == "key" else subject


class PromisesTooEarly(Limiter):
    def admit(self, charges: Charges, now: int) -> Admission:
        admission = super().admit(charges, now)
        usage = admission.described
        admission.described = usage._replace(wait=max(0, usage.wait - SECOND))
        return admission


class ChargesForRefusals(Limiter):
    """Policies that have a unit left are charged although another one refuses."""

    def admit(self, charges: Charges, now: int) -> Admission:
        admission = super().admit(charges, now)
        if not admission.admitted:
            for charge in charges:
                super().admit([charge], now)
        return admission


class TellsWhatWasLeftBefore(RateLimits):
    def tell(self, exchange: Exchange, reply: Reply) -> None:
        admission = exchange.admission
        if admission is not None and admission.admitted:
            usage = admission.described
            before = min(usage.policy.limit, usage.remaining + 1)
            admission.described = usage._replace(remaining=before)
        super().tell(exchange, reply)


MUTANTS = (
    Mutant(
        "limit-off-by-one",
        "limits.public_general",
        "A public key gets one request a minute more than the headers say.",
        lambda parts: replace(parts, limiter=AdmitsOneMore),
    ),
    Mutant(
        "keys-share-a-counter",
        "limits.keys_independent",
        "What one key uses is missing from every other key's limit.",
        lambda parts: replace(parts, limiter=OneCounterForAllKeys),
    ),
    Mutant(
        "retry-after-too-short",
        "limits.retry_after",
        "Retry-After is one second too short: who waits that long is refused again.",
        lambda parts: replace(parts, limiter=PromisesTooEarly),
    ),
    Mutant(
        "remaining-too-high",
        "limits.header.remaining",
        "X-RateLimit-Remaining leaves out the request that it answers.",
        lambda parts: replace(parts, rate_limits=TellsWhatWasLeftBefore),
    ),
    Mutant(
        "refused-request-charged",
        "limits.refused_counts",
        "A creation refused by the creation limit still uses up the general limit.",
        lambda parts: replace(parts, limiter=ChargesForRefusals),
    ),
)
