"""Headers that tell wrong of limits that count right."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Admission, Limiter, Usage
from mockserver.mutants.altered import finished, with_header, without_headers
from mockserver.mutants.amended import amended, updated
from mockserver.mutants.mutant import Mutant
from mockserver.ports import SECOND
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.pipeline import DateHeader
from mockserver.web.api.rate_limits import RateLimits

LIMIT, REMAINING, RESET = HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
RETRY_AFTER = "Retry-After"
LAG = 90 * SECOND


class TellsWhatWasLeftBefore(RateLimits):
    def tell(self, exchange: Exchange, reply: Reply) -> None:
        admission = exchange.admission
        if admission is not None and admission.admitted:
            usage = admission.described
            before = min(usage.policy.limit, usage.remaining + 1)
            admission.described = usage._replace(remaining=before)
        super().tell(exchange, reply)


class TellsAnOldCountNowAndThen(RateLimits):
    """Every fifth answer, as by a node that has not heard of the others' latest."""

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        admission = exchange.admission
        if admission is not None and admission.admitted and admission.described.remaining % 5 == 0:
            usage = admission.described
            admission.described = usage._replace(remaining=min(usage.policy.limit, usage.remaining + 2))
        super().tell(exchange, reply)


class TellsSecondsToGo(RateLimits):
    def tell(self, exchange: Exchange, reply: Reply) -> None:
        super().tell(exchange, reply)
        with_header(RESET, lambda reset: str(max(0, int(reset) - exchange.now)))(reply)


class TellsAWindowFromNow(RateLimits):
    """Each request seems to begin the window anew."""

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        if exchange.admission is not None and exchange.admission.admitted:
            usage = exchange.admission.described
            exchange.admission.described = usage._replace(reset=exchange.arrived + usage.policy.window)
        super().tell(exchange, reply)


class PromisesTooEarly(Limiter):
    def admit(self, charges: Sequence[tuple[Policy, str]], now: int) -> Admission:
        admission = super().admit(charges, now)
        usage = admission.described
        admission.described = usage._replace(wait=max(0, usage.wait - SECOND))
        return admission


class PromisesNothingToWait(RateLimits):
    """Less than a second is rounded down to none."""

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        super().tell(exchange, reply)
        admission = exchange.admission
        if admission is not None and not admission.admitted and admission.described.wait < SECOND:
            with_header(RETRY_AFTER, lambda _: "0")(reply)


class DescribesTheFirstPolicy(Limiter):
    """The general one, however little the others leave."""

    def admit(self, charges: Sequence[tuple[Policy, str]], now: int) -> Admission:
        admission = super().admit(charges, now)
        if admission.admitted:
            admission.described = self._usage_of_first(admission)
        return admission

    def refund(self, admission: Admission, *given_back: Callable[[Policy], bool]) -> None:
        super().refund(admission, *given_back)
        admission.described = self._usage_of_first(admission)

    def _usage_of_first(self, admission: Admission) -> Usage:
        policy, subject = admission.charges[0]
        return dict(self.usages([policy], admission.at))[subject]


class KeepsAnotherTime(DateHeader):
    def at(self, moment: int) -> str:
        return super().at(max(0, moment - LAG))


MUTANTS = (
    Mutant(
        "limit-headers-missing",
        "limits.headers_exist",
        "No answer says what is left of the limits.",
        finished(without_headers(*HEADERS)),
    ),
    Mutant(
        "limit-headers-missing-when-refused",
        "limits.headers_on",
        "A 429 has no X-RateLimit headers.",
        finished(without_headers(*HEADERS, when=lambda status: status == 429)),
    ),
    Mutant(
        "limit-headers-missing-on-errors",
        "limits.headers_on",
        "Errors other than 429 have no X-RateLimit headers, although they were charged.",
        finished(without_headers(*HEADERS, when=lambda status: status >= 400 and status != 429)),
    ),
    Mutant(
        "limit-overstated",
        "limits.header.limit",
        "X-RateLimit-Limit tells one request more than are admitted.",
        finished(with_header(LIMIT, lambda limit: str(int(limit) + 1))),
    ),
    Mutant(
        "limit-header-renamed",
        "limits.header.limit",
        "X-RateLimit-Limit is called RateLimit-Limit, as in the IETF's draft.",
        amended(updated("$['x-rate-limits'].headers", limit="RateLimit-Limit")),
    ),
    Mutant(
        "remaining-too-high",
        "limits.header.remaining",
        "X-RateLimit-Remaining leaves out the request that it answers.",
        lambda parts: replace(parts, rate_limits=TellsWhatWasLeftBefore),
    ),
    Mutant(
        "reset-in-seconds-to-go",
        "limits.header.reset",
        "X-RateLimit-Reset is the number of seconds until then, not the time.",
        lambda parts: replace(parts, rate_limits=TellsSecondsToGo),
    ),
    Mutant(
        "reset-moves-along",
        "limits.header.reset",
        "X-RateLimit-Reset is a window from now, whenever the window began.",
        lambda parts: replace(parts, rate_limits=TellsAWindowFromNow),
    ),
    Mutant(
        "retry-after-too-short",
        "limits.retry_after",
        "Retry-After is one second too short: who waits that long is refused again.",
        lambda parts: replace(parts, limiter=PromisesTooEarly),
    ),
    Mutant(
        "retry-after-missing",
        "limits.retry_after",
        "A 429 does not say how long to wait.",
        finished(without_headers(RETRY_AFTER, when=lambda status: status == 429)),
    ),
    Mutant(
        "retry-after-zero",
        "limits.retry_after_minimum",
        "A wait of less than a second is told as Retry-After 0.",
        lambda parts: replace(parts, rate_limits=PromisesNothingToWait),
    ),
    Mutant(
        "first-policy-described",
        "limits.described_policy",
        "The headers of a creation describe the general limit, however little the other leaves.",
        lambda parts: replace(parts, limiter=DescribesTheFirstPolicy),
    ),
    Mutant(
        "remaining-rises",
        "limits.remaining_never_rises",
        "Every fifth X-RateLimit-Remaining is an old one: it rises within a window.",
        lambda parts: replace(parts, rate_limits=TellsAnOldCountNowAndThen),
    ),
    Mutant(
        "date-behind",
        "limits.date_is_the_clock",
        "Date is 90 seconds behind the clock that limits go by.",
        lambda parts: replace(parts, date=KeepsAnotherTime),
    ),
)
