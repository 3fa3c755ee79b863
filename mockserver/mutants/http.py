"""HTTP that is not quite HTTP."""

import re
from collections.abc import Mapping
from dataclasses import replace

from mockserver.domain.errors import Refused
from mockserver.mutants.altered import finished
from mockserver.mutants.amended import ruled
from mockserver.mutants.mutant import Mutant
from mockserver.web.api.exchange import Exchange, Reply, Route
from mockserver.web.api.problems import Problems
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.routing import Router


class KeepsMethodsSecret(Problems):
    def reply(self, refusal: Refused) -> Reply:
        reply = super().reply(refusal)
        reply.headers = [(name, value) for name, value in reply.headers if name != "Allow"]
        return reply


class NamesNothing(RequestIds):
    def echo(self, exchange: Exchange, reply: Reply) -> None:
        """No answer says which request it belongs to."""


class NamesItself(RequestIds):
    def choose(self, given: str | None) -> str:
        return super().choose(None)


class ForgivesATrailingSlash(Router):
    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        return super().find(path.rstrip("/"))


class MergesSlashes(Router):
    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        return super().find(re.sub("//+", "/", path))


class NeedsNoVersion(Router):
    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        return super().find(re.sub("^/api/calendar/(?!v1/)", "/api/calendar/v1/", path))


class KnowsNoHead(Router):
    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        methods, parameters = super().find(path)
        return {method: route for method, route in methods.items() if method != "HEAD"}, parameters


class KnowsNoHeadOfBookings(Router):
    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        methods, parameters = super().find(path)
        booking = "confirmation_number" in parameters
        return {name: route for name, route in methods.items() if not booking or name != "HEAD"}, parameters


class KnowsNoOptions(Router):
    def step(self, exchange: Exchange) -> Reply | None:
        options = super().step(exchange)
        if options is not None:
            raise Refused("method_not_allowed", allow=dict(options.headers)["Allow"].removesuffix(", OPTIONS"))
        return None


class AnswersOptionsWith200(Router):
    def step(self, exchange: Exchange) -> Reply | None:
        options = super().step(exchange)
        if options is not None:
            options.status = 200
        return options


def let_every_page_read(reply: Reply) -> None:
    reply.headers.append(("Access-Control-Allow-Origin", "*"))


def created(reply: Reply) -> None:
    if reply.status == 200:
        reply.status = 201


MUTANTS = (
    Mutant(
        "allow-missing",
        "http.allow",
        "A 405 does not say in Allow which methods there are.",
        lambda parts: replace(parts, problems=KeepsMethodsSecret),
    ),
    Mutant(
        "request-id-missing",
        "http.request_id",
        "No answer has an X-Request-Id.",
        lambda parts: replace(parts, request_ids=NamesNothing),
    ),
    Mutant(
        "request-id-not-echoed",
        "http.request_id.echo",
        "A client's X-Request-Id is replaced by the server's own.",
        lambda parts: replace(parts, request_ids=NamesItself),
    ),
    Mutant(
        "version-optional",
        "api.version",
        "A path without the version is served like the one that has it.",
        lambda parts: replace(parts, router=NeedsNoVersion),
    ),
    Mutant(
        "trailing-slash-forgiven",
        "http.slashes",
        "A trailing slash makes no difference.",
        lambda parts: replace(parts, router=ForgivesATrailingSlash),
    ),
    Mutant(
        "slashes-merged",
        "http.slashes",
        "Several slashes in a row are taken for one.",
        lambda parts: replace(parts, router=MergesSlashes),
    ),
    Mutant(
        "head-unknown",
        "http.head",
        "HEAD is 405 where GET is not.",
        lambda parts: replace(parts, router=KnowsNoHead),
    ),
    Mutant(
        "head-of-bookings-unknown",
        "http.head",
        "HEAD of a booking is 405 where GET is not.",
        lambda parts: replace(parts, router=KnowsNoHeadOfBookings),
    ),
    Mutant(
        "options-unknown",
        "http.options",
        "OPTIONS is 405.",
        lambda parts: replace(parts, router=KnowsNoOptions),
    ),
    Mutant(
        "options-ok",
        "http.options",
        "OPTIONS is 200, not 204.",
        lambda parts: replace(parts, router=AnswersOptionsWith200),
    ),
    Mutant(
        "cors-for-everybody",
        "http.cors",
        "Pages of every origin may read the answers, key and all.",
        finished(let_every_page_read),
    ),
    Mutant(
        "post-always-created",
        "http.success_statuses",
        "Canceling and rescheduling are 201, as if something had been created.",
        finished(created, "cancelBooking rescheduleBooking"),
    ),
    Mutant(
        "unknown-parameters-refused",
        "http.unknown_parameters",
        "A parameter of the query that nobody knows is 400.",
        ruled("http.unknown_parameters", "refused"),
    ),
    Mutant(
        "organization-tagged",
        "http.caching",
        "An organization has an ETag.",
        ruled("http.caching", "etag"),
    ),
    Mutant(
        "nothing-cached",
        "http.caching",
        "Answers have Cache-Control: no-store.",
        ruled("http.caching", "no-store"),
    ),
)
