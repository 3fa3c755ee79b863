"""Limits that admit too many or too few."""

from collections.abc import Sequence
from dataclasses import replace

from mockserver.limits.algorithms import Algorithm, Decision, Policy
from mockserver.limits.limiter import Admission, Charge, Limiter, Usage
from mockserver.mutants.amended import amended, answered, removed, updated
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.ports import CounterState

Charges = Sequence[Charge]
RATE_LIMITS = "$['x-rate-limits']"


def admits(more: int, name: str) -> Apply:
    """So many requests more than the policy says; the headers go on telling its own limit."""

    class Miscounts(Limiter):
        def _take(
            self, algorithm: Algorithm, state: CounterState, policy: Policy, now: int
        ) -> tuple[CounterState, Decision]:
            if policy.name != name:
                return super()._take(algorithm, state, policy, now)
            taken, decision = super()._take(algorithm, state, replace(policy, limit=policy.limit + more), now)
            return taken, decision._replace(remaining=max(0, decision.remaining - more))

    return lambda parts: replace(parts, limiter=Miscounts)


class OneCounterForAllKeys(Limiter):
    def admit(self, charges: Charges, now: int) -> Admission:
        return super().admit([(policy, _shared(policy, subject)) for policy, subject in charges], now)

    def set_remaining(self, policy: Policy, subject: str, remaining: int, now: int) -> Usage:
        return super().set_remaining(policy, _shared(policy, subject), remaining, now)


def _shared(policy: Policy, subject: str) -> str:
    return "every key" if policy.scope == "key" else subject


def charges_refusals(name: str) -> Apply:
    """What is charged to that policy is charged to whichever has a unit left, although another one refuses."""

    class ChargesRefusals(Limiter):
        def admit(self, charges: Charges, now: int) -> Admission:
            admission = super().admit(charges, now)
            if not admission.admitted and any(policy.name == name for policy, _ in charges):
                for charge in charges:
                    super().admit([charge], now)
            return admission

    return lambda parts: replace(parts, limiter=ChargesRefusals)


class BeginsAnewWhenRefused(Limiter):
    """Whoever is refused waits the whole window again, and is told so."""

    def admit(self, charges: Charges, now: int) -> Admission:
        admission = super().admit(charges, now)
        if admission.admitted:
            return admission
        for policy, subject in charges:
            if policy.name == admission.described.policy.name:
                self.set_remaining(policy, subject, policy.limit, now)
                usage = self.set_remaining(policy, subject, 0, now)
                admission.described = usage._replace(wait=usage.reset - now)
        return admission


class ChargesOneAfterAnother(Limiter):
    """From the last policy to the first, and when one refuses, those before it keep what they took."""

    def admit(self, charges: Charges, now: int) -> Admission:
        admission = super().admit(charges, now)
        if not admission.admitted:
            for charge in reversed(charges):
                if not super().admit([charge], now).admitted:
                    break
        return admission


MUTANTS = (
    Mutant(
        "limit-off-by-one",
        "limits.public_general",
        "A public key gets one request a minute more than the headers say.",
        admits(1, "public-general"),
    ),
    Mutant(
        "limit-one-short",
        "limits.public_general",
        "A public key gets one request a minute less than the headers say.",
        admits(-1, "public-general"),
    ),
    Mutant(
        "creation-limit-off-by-one",
        "limits.creation",
        "A public key makes one booking a minute more than the headers say.",
        admits(1, "creation"),
    ),
    Mutant(
        "creation-limit-one-short",
        "limits.creation",
        "A public key makes one booking a minute less than the headers say.",
        admits(-1, "creation"),
    ),
    Mutant(
        "platform-minute-off-by-one",
        "limits.platform_minute",
        "A platform key gets one request a minute more than the headers say.",
        admits(1, "platform-minute"),
    ),
    Mutant(
        "platform-hour-off-by-one",
        "limits.platform_hour",
        "A platform key gets one request an hour more than the headers say.",
        admits(1, "platform-hour"),
    ),
    Mutant(
        "platform-day-off-by-one",
        "limits.platform_day",
        "An organization gets one request a day more than the headers say.",
        admits(1, "platform-day"),
    ),
    Mutant(
        "self-service-off-by-one",
        "limits.self_service",
        "A client gets one self-service request a minute more than the headers say.",
        admits(1, "self-service"),
    ),
    Mutant(
        "verification-off-by-one",
        "limits.verification",
        "A contact may be guessed once more a minute than the headers say.",
        admits(1, "verification"),
    ),
    Mutant(
        "window-slides",
        "limits.algorithm",
        "Requests are counted in the last minute, not in a window that begins with the first.",
        amended(updated(RATE_LIMITS, algorithm="sliding-window")),
    ),
    Mutant(
        "window-weighted",
        "limits.algorithm",
        "Requests of the clock's minute count, and those of the one before by the part still in.",
        amended(updated(RATE_LIMITS, algorithm="sliding-window-counter")),
    ),
    Mutant(
        "tokens-refill",
        "limits.algorithm",
        "Units come back one by one, not all at the end of a window.",
        amended(updated(RATE_LIMITS, algorithm="token-bucket")),
    ),
    Mutant(
        "window-on-the-minute",
        "limits.window_start",
        "Windows begin on the minute, not with a key's first request.",
        amended(updated(RATE_LIMITS, algorithm="aligned-fixed-window")),
    ),
    Mutant(
        "creation-counted-once",
        "limits.creation_counts_twice",
        "A creation uses up the creation limit only, not the general one.",
        amended(removed("$.paths[*].post['x-rate-limit'][?@=='public-general']")),
    ),
    Mutant(
        "refused-request-charged",
        "limits.refused_counts",
        "A creation refused by the creation limit still uses up the general limit.",
        charges_refusals("creation"),
    ),
    Mutant(
        "refused-guess-charged",
        "limits.refused_counts",
        "A lookup refused by the limit of guesses still uses up that of self-service.",
        charges_refusals("verification"),
    ),
    Mutant(
        "refusal-prolongs-wait",
        "limits.refused_counts",
        "A refused request begins the window anew: who keeps asking waits for ever.",
        lambda parts: replace(parts, limiter=BeginsAnewWhenRefused),
    ),
    Mutant(
        "policies-charged-in-turn",
        "limits.all_or_none",
        "A creation refused by the general limit still uses up the creation limit.",
        lambda parts: replace(parts, limiter=ChargesOneAfterAnother),
    ),
    Mutant(
        "keys-share-a-counter",
        "limits.keys_independent",
        "What one key uses is missing from every other key's limit.",
        lambda parts: replace(parts, limiter=OneCounterForAllKeys),
    ),
    Mutant(
        "limit-unavailable",
        "errors.429.exceeded",
        "A request over the limit is 503.",
        answered("rate_limited", status=503, type="service_unavailable"),
    ),
)
