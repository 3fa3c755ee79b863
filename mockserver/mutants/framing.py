"""Answers that are framed wrongly, or have headers twice or in the wrong place; methods that are kept secret."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.mutants.altered import finished, with_header
from mockserver.mutants.mutant import Apply, Mutant
from mockserver.web.api.exchange import Exchange, Reply, Route
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.api.replay import Replay
from mockserver.web.api.routing import Router

LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


class SendsBodiesWithHead(Pipeline):
    def handle(self, environ: dict[str, Any]) -> Reply:
        method = "GET" if environ["REQUEST_METHOD"] == "HEAD" else environ["REQUEST_METHOD"]
        return super().handle({**environ, "REQUEST_METHOD": method})


class AnnouncesLess(Pipeline):
    """What is not found is one byte longer than Content-Length says."""

    def handle(self, environ: dict[str, Any]) -> Reply:
        reply = super().handle(environ)
        if reply.status == 404:
            with_header("Content-Length", lambda length: str(int(length) - 1))(reply)
        return reply


class CancelsWithDelete(Router):
    """DELETE of a booking cancels it, and Allow says nothing of it."""

    def _add(self, route: Route) -> None:
        super()._add(route)
        if route.operation == "cancelBooking":
            super()._add(replace(route, method="DELETE", path=route.path.removesuffix("/cancel")))

    def step(self, exchange: Exchange) -> Reply | None:
        reply = super().step(exchange)
        if reply is not None:
            with_header("Allow", lambda allow: allow.replace("DELETE, ", ""))(reply)
        return reply


class TellsFirstAnswersReplayed(Replay):
    """A refusal says from the first that it was given before."""

    def replay(self, *request: Any) -> Reply:
        reply = super().replay(*request)
        if self.keeps(reply.status) and reply.status >= 400 and not set(self._marks) & set(reply.headers):
            reply.headers += self._marks
        return reply


def added(name: str, value: str, when: Callable[[Reply], bool], operations: str = "") -> Apply:
    """Such answers of these operations have this header, too."""

    def add(reply: Reply) -> None:
        if when(reply):
            reply.headers.append((name, value))

    return finished(add, operations)


def with_a_body(reply: Reply) -> None:
    if reply.status == 204:
        reply.body = b"{}"


def with_put(reply: Reply) -> None:
    with_header("Allow", lambda allow: f"{allow}, PUT")(reply)


def limits_on_401(reply: Reply) -> None:
    if reply.status == 401:
        reply.headers += ((name, "60") for name in LIMITS)


def date_twice(reply: Reply) -> None:
    reply.headers += [header for header in reply.headers if header[0] == "Date"]


def in_latin_1(reply: Reply) -> None:
    with_header("Content-Type", lambda media_type: f"{media_type}; charset=iso-8859-1")(reply)


def problems_as_text(reply: Reply) -> None:
    if reply.status >= 400:
        with_header("Content-Type", lambda _: "text/plain")(reply)


def is_200(reply: Reply) -> bool:
    return reply.status == 200


MUTANTS = (
    Mutant(
        "head-with-body",
        "http.framing",
        "An answer to HEAD has the body that GET has.",
        lambda parts: replace(parts, pipeline=SendsBodiesWithHead),
    ),
    Mutant(
        "no-content-with-body",
        "http.framing",
        "A 204 is followed by two bytes of body.",
        finished(with_a_body),
    ),
    Mutant(
        "length-one-short",
        "http.framing",
        "Content-Length of a 404 is one byte less than its body has.",
        lambda parts: replace(parts, pipeline=AnnouncesLess),
    ),
    Mutant(
        "json-in-another-charset",
        "http.media_type",
        "Answers say that they are written in ISO 8859-1.",
        finished(in_latin_1),
    ),
    Mutant(
        "problems-as-plain-text",
        "http.media_type",
        "Errors say that they are plain text.",
        finished(problems_as_text),
    ),
    Mutant(
        "date-twice",
        "http.single_headers",
        "Every answer has the header Date twice.",
        finished(date_twice),
    ),
    Mutant(
        "limits-told-to-strangers",
        "http.header_places",
        "A 401 has rate-limit headers, though no limit was drawn from.",
        finished(limits_on_401),
    ),
    Mutant(
        "retry-after-success",
        "http.header_places",
        "What was served says in Retry-After when to come again.",
        added("Retry-After", "1", is_200),
    ),
    Mutant(
        "reads-say-replayed",
        "http.header_places",
        "A booking that is looked up is said to be a replay.",
        added("Idempotency-Replayed", "true", is_200, "lookupBooking"),
    ),
    Mutant(
        "location-of-what-is-found",
        "http.header_places",
        "An organization that is found has a Location, as if it had been made.",
        added("Location", "/elsewhere", is_200, "getOrganization"),
    ),
    Mutant(
        "allow-names-put",
        "http.allow",
        "Allow names PUT, which is refused.",
        finished(with_put),
    ),
    Mutant(
        "delete-kept-secret",
        "http.allow",
        "DELETE of a booking cancels it, and Allow does not name it.",
        lambda parts: replace(parts, router=CancelsWithDelete),
    ),
    Mutant(
        "first-refusal-says-replayed",
        "idempotency.replayed_header",
        "A refusal that is stored says from the first that it is a replay.",
        lambda parts: replace(parts, replay=TellsFirstAnswersReplayed),
    ),
)
