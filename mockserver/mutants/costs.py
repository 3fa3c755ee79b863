"""Requests that take more or less than one unit of their limit, for the operation or the method that they are."""

from collections.abc import Callable
from dataclasses import replace

from mockserver.mutants.charges import gives_back
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.web.api.exchange import Exchange
from mockserver.web.api.rate_limits import RateLimits


def doubled(when: Callable[[Exchange], bool]) -> Apply:
    """Such requests take two units of each of their policies."""

    class Doubled(RateLimits):
        def admit(self, exchange: Exchange) -> None:
            super().admit(exchange)
            if when(exchange):
                super().admit(exchange)

    return lambda parts: replace(parts, rate_limits=Doubled)


def of(operation: str) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.matched.operation == operation


MUTANTS = (
    Mutant(
        "reads-take-two",
        "limits.public_general",
        "Every read with a public key takes two of its requests.",
        doubled(lambda exchange: exchange.method == "GET" and exchange.matched.key_kind == "public"),
    ),
    Mutant(
        "availability-takes-two",
        "limits.public_general",
        "A question for slots takes two requests of its key.",
        doubled(of("getAvailability")),
    ),
    Mutant(
        "head-takes-two",
        "http.head",
        "HEAD takes two requests where GET takes one.",
        doubled(lambda exchange: exchange.method == "HEAD"),
    ),
    Mutant(
        "conflict-is-free",
        "limits.failed_request_counts",
        "A creation that finds its slot taken is charged to nobody.",
        gives_back(lambda reply: reply.status == 409),
    ),
    Mutant(
        "list-of-one-takes-two",
        "limits.platform_minute",
        "A list with a limit of its own takes two requests of its organization.",
        doubled(lambda exchange: of("listBookings")(exchange) and "limit=" in exchange.environ["QUERY_STRING"]),
    ),
    Mutant(
        "reschedule-takes-two",
        "limits.self_service",
        "A booking that is moved takes two requests of its client.",
        doubled(of("rescheduleBooking")),
    ),
)
