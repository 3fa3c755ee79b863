"""Requests that take more or less than one unit of their limit, for the operation or the method that they are."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mockserver.mutants.charges import gives_back
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.web.api.exchange import Exchange, Reply, environ_name
from mockserver.web.api.pipeline import Pipeline, Step, Wrapping
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


class ChargesReplaysTwice(RateLimits):
    """When a replay has been answered, it is charged to the creation limit once more."""

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        super().tell(exchange, reply)
        if any(name == "Idempotency-Replayed" for name, _ in reply.headers):
            charged = [policy for policy in exchange.matched.policies if policy.name == "creation"]
            self._limiter.admit([(policy, self._subject(exchange, policy)) for policy in charged], exchange.arrived)


class CountsOptions(Pipeline):
    """OPTIONS with a key takes what GET takes."""

    def __init__(self, steps: Mapping[str, Step | Wrapping], *others: Any, **more: Any) -> None:
        router: Any = steps["route"]
        before: list[Any] = [steps["authentication"], steps["rate limit"]]

        def counted(exchange: Exchange) -> Reply | None:
            reply: Reply | None = router(exchange)
            route = router.__self__.find(exchange.path)[0].get("GET")
            if reply is not None and route is not None and exchange.header(environ_name("x-kordless-key")):
                exchange.matched = route
                for step in before:
                    step(exchange)
            return reply

        super().__init__({**steps, "route": counted}, *others, **more)


MUTANTS = (
    Mutant(
        "replay-takes-two-creations",
        "limits.creation",
        "A replay takes two of the creations that a key has.",
        lambda parts: replace(parts, rate_limits=ChargesReplaysTwice),
    ),
    Mutant(
        "options-counted",
        "auth.order",
        "OPTIONS with a key takes one of its requests.",
        lambda parts: replace(parts, pipeline=CountsOptions),
    ),
    Mutant(
        "bad-request-is-free",
        "limits.failed_request_counts",
        "A request that is invalid is charged to nobody.",
        gives_back(lambda reply: reply.status == 400),
    ),
    Mutant(
        "plain-text-is-free",
        "limits.failed_request_counts",
        "A body of another media type is charged to nobody.",
        gives_back(lambda reply: reply.status == 415),
    ),
    Mutant(
        "foreigner-is-free",
        "limits.failed_request_counts",
        "Who has no right to what is asked for is charged nothing.",
        gives_back(lambda reply: reply.status == 403),
    ),
    Mutant(
        "second-cancellation-is-free",
        "limits.failed_request_counts",
        "Canceling a canceled booking is charged to nobody.",
        gives_back(lambda reply: reply.status == 422),
    ),
    Mutant(
        "cancel-takes-two",
        "limits.self_service",
        "A booking that is canceled takes two requests of its client.",
        doubled(of("cancelBooking")),
    ),
    Mutant(
        "search-to-move-takes-two",
        "limits.self_service",
        "To ask what a booking could be moved to takes two requests of its client.",
        doubled(of("getRescheduleAvailability")),
    ),
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
        "head-of-list-takes-two",
        "limits.platform_minute",
        "HEAD of a list takes two requests where GET takes one.",
        doubled(lambda exchange: exchange.method == "HEAD" and of("listBookings")(exchange)),
    ),
    Mutant(
        "reschedule-takes-two",
        "limits.self_service",
        "A booking that is moved takes two requests of its client.",
        doubled(of("rescheduleBooking")),
    ),
)
