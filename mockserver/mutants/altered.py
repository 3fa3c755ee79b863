"""What mutants share: answers altered on their way out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Apply
from mockserver.web.api.exchange import Exchange, Reply, encode
from mockserver.web.api.pipeline import Pipeline, Step, Wrapping
from mockserver.web.api.problems import Problems

Change = Callable[[Reply], None]
Json = dict[str, Any]


def inserted(step: Step | Wrapping, before: str) -> Apply:
    """Another step in front of one of the pipeline's."""

    class Longer(Pipeline):
        def __init__(self, steps: Mapping[str, Step | Wrapping], *others: Any, **more: Any) -> None:
            longer: dict[str, Step | Wrapping] = {}
            for name, known in steps.items():
                longer |= {"mutant": step, name: known} if name == before else {name: known}
            super().__init__(longer, *others, **more)

    return lambda parts: replace(parts, pipeline=Longer)


# --- every answer, of whatever status


def finished(change: Change, operations: str = "") -> Apply:
    """`change` sees each answer last, with all its headers but Content-Length.

    Only those of these operations (names with spaces between them), if any are named.
    """

    def finish(exchange: Exchange, reply: Reply) -> None:
        if not operations or (exchange.route and exchange.route.operation in operations.split()):
            change(reply)

    class Finished(Pipeline):
        def __init__(self, steps: Any, finishes: Any, problems: Any, clock: Any, record: Any) -> None:
            super().__init__(steps, [*finishes, finish], problems, clock, record)

    return lambda parts: replace(parts, pipeline=Finished)


def altered(operations: str, change: Callable[[Json], Json]) -> Apply:
    """The JSON of the successful answers of these operations."""

    def alter(reply: Reply) -> None:
        if reply.status < 300:
            reply.body = encode(change(orjson.loads(reply.body)))

    return finished(alter, operations)


def with_header(name: str, change: Callable[[str], str]) -> Change:
    """Where the header is there, it has another value."""

    def alter(reply: Reply) -> None:
        reply.headers[:] = [(n, change(value) if n == name else value) for n, value in reply.headers]

    return alter


def without_headers(*names: str, when: Callable[[int], bool] = bool) -> Change:
    """Where the status is such."""

    def alter(reply: Reply) -> None:
        if when(reply.status):
            reply.headers[:] = [(name, value) for name, value in reply.headers if name not in names]

    return alter


# --- refusals


def told(status: int, instead: int) -> Apply:
    """Errors of that status tell another in their body."""

    class Tells(Problems):
        def reply(self, refusal: Refused) -> Reply:
            reply = super().reply(refusal)
            if reply.status == status:
                reply.body = encode({**orjson.loads(reply.body), "status": instead})
            return reply

    return lambda parts: replace(parts, problems=Tells)
