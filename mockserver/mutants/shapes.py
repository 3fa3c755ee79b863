"""What mutants share: requests and answers altered where they meet their operation, and checks that see too little.

Answers are altered in front of replay: a replayed one is altered alike.
No operations named: all of them.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import orjson

from mockserver.mutants.altered import Json, inserted
from mockserver.mutants.mutant import Apply
from mockserver.web.api.exchange import Exchange, Handler, Reply, Route, encode
from mockserver.web.api.pipeline import Step
from mockserver.web.api.routing import Router

Change = Callable[[Json], Json]
"""Makes another object of one, which it leaves as it is."""


# --- changes of an object


def without(*members: str) -> Change:
    return lambda it: {name: value for name, value in it.items() if name not in members}


def renamed(old: str, new: str) -> Change:
    return lambda it: {new if name == old else name: value for name, value in it.items()}


def having(**members: Any) -> Change:
    return lambda it: {**it, **members}


def mapped(change: Callable[[Any], Any], *members: str) -> Change:
    """Of these members, those that are there."""
    return lambda it: {**it, **{name: change(it[name]) for name in members if name in it}}


# --- routes and what goes through them


def rerouted(change: Callable[[Route], Route], *operations: str) -> Apply:
    class Rerouted(Router):
        def _add(self, route: Route) -> None:
            super()._add(change(route) if not operations or route.operation in operations else route)

    return lambda parts: replace(parts, router=Rerouted)


def absent(operation: str) -> Apply:
    """Its path is unknown, or its method is."""

    class Lacks(Router):
        def _add(self, route: Route) -> None:
            if route.operation != operation:
                super()._add(route)

    return lambda parts: replace(parts, router=Lacks)


def with_method(method: str, operation: str) -> Apply:
    return rerouted(lambda route: replace(route, method=method), operation)


def handled(wrap: Callable[[Handler], Handler], *operations: str) -> Apply:
    """Around idempotency, validation and the operation itself."""

    class Wrapped:
        def around(self, behind: Handler) -> Step:
            wrapped = wrap(behind)

            def chosen(exchange: Exchange) -> Reply | None:
                mine = not operations or exchange.matched.operation in operations
                return wrapped(exchange) if mine else None

            return chosen

    return inserted(Wrapped(), "idempotency")


def asked(change: Callable[[Exchange], None], *operations: str) -> Apply:
    """`change` sees the request before the operation does. It may raise Refused."""

    def wrap(handler: Handler) -> Handler:
        def asking(exchange: Exchange) -> Reply:
            change(exchange)
            return handler(exchange)

        return asking

    return handled(wrap, *operations)


def queries(change: Change, *operations: str) -> Apply:
    def altered(exchange: Exchange) -> None:
        exchange.query = change(dict(exchange.query))

    return asked(altered, *operations)


def bodies(change: Change, *operations: str) -> Apply:
    def altered(exchange: Exchange) -> None:
        exchange.body = change(exchange.body)

    return asked(altered, *operations)


def replies(change: Callable[[Reply], Reply], *operations: str) -> Apply:
    """Of what succeeds."""

    def wrap(handler: Handler) -> Handler:
        def replying(exchange: Exchange) -> Reply:
            reply = handler(exchange)
            return change(reply) if reply.status < 300 else reply

        return replying

    return handled(wrap, *operations)


def answers(change: Callable[[Any], Any], *operations: str) -> Apply:
    """Of the JSON of what succeeds."""
    return replies(
        lambda reply: Reply(reply.status, encode(change(orjson.loads(reply.body))), reply.headers), *operations
    )


def objects(names: str, change: Change, *operations: str) -> Apply:
    """Of every object in the answers that stands under one of these names, or in a list under it."""
    return answers(lambda answer: changed(answer, names.split(), change), *operations)


def changed(value: Any, names: Collection[str], change: Change) -> Any:
    """A JSON value with every such object in it changed."""
    if isinstance(value, list):
        return [changed(item, names, change) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: changed(member, names, change) for name, member in value.items()}
    return {name: _each(member, change) if name in names else member for name, member in inner.items()}


def _each(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    return change(value) if isinstance(value, dict) else value
