"""The journal: what it holds, whether what was expected came to pass, and as a HAR."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mockserver import __version__
from mockserver.application.admin import Admin
from mockserver.application.refusals import TooManyError, UnknownError
from mockserver.observing.matching import Answered, Match, match_of_answer
from mockserver.observing.redaction import redact
from mockserver.observing.verification import Times, Verdict
from mockserver.web.api.validation import Validator
from mockserver.web.control.events import Events
from mockserver.web.control.har import har
from mockserver.web.control.journal import shown
from mockserver.web.control.problems import limit, problem_reply, read_body
from mockserver.web.control.refusing import Invalid
from mockserver.web.streams import STREAM


def register(blueprint: Blueprint, admin: Admin, body_schema: Callable[[str], Validator]) -> None:
    @blueprint.get("/requests")
    def list_requests() -> Response:
        """Newest first; `?limit=` and any of the words that requests are matched by."""
        found = admin.requests.newest(_match_of_query(), limit("100"))
        return jsonify(reading=admin.reading, requests=[shown(entry) for entry in found])

    @blueprint.get("/requests/har")
    def export_requests() -> Response:
        """Oldest first, as HAR wants it; all of them unless `?limit=` says otherwise."""
        newest_first = admin.requests.newest(_match_of_query(), limit(None))
        return jsonify(har(reversed(newest_first), __version__))

    @blueprint.get("/requests/stream")
    def stream_requests() -> Response:
        if STREAM not in request.environ:
            raise Invalid(501, "only the server of kordkit mock itself can stream")
        try:
            feed, close = admin.requests.watch(_match_of_query())
        except UnknownError as error:
            raise Invalid(400, str(error)) from None
        except TooManyError as error:
            raise Invalid(503, str(error)) from None
        answer = Response(mimetype="text/event-stream", headers={"Cache-Control": "no-store"})
        if request.method == "HEAD":
            close()
        else:
            request.environ[STREAM] = Events(feed, close)
        return answer

    @blueprint.post("/requests/verify")
    def verify_requests() -> Response:
        stated = read_body(body_schema, "verifyRequests")
        if ("order" in stated) == ("match" in stated) or {"order", "count"} <= stated.keys():
            raise Invalid(400, "give match, with a count if you like, or order")
        try:
            if "order" in stated:
                verdict = admin.requests.verify_order([match_of_answer(_pairs(one)) for one in stated["order"]])
            else:
                verdict = admin.requests.verify(match_of_answer(_pairs(stated["match"])), _times(stated.get("count")))
        except (UnknownError, ValueError) as error:
            raise Invalid(400, str(error)) from None
        return _told(verdict)

    @blueprint.delete("/requests")
    def forget_requests() -> tuple[str, int]:
        admin.requests.forget()
        return "", 204


def _pairs(stated: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of a match in JSON, where headers stand by name; null: it was sent, whatever it says."""
    for word, wanted in stated.items():
        if word == "header":
            yield from ((word, name if value is None else f"{name}: {value}") for name, value in wanted.items())
        else:
            yield word, str(wanted)


def _times(stated: int | Mapping[str, int] | None) -> Times:
    if stated is None:
        return Times()
    if isinstance(stated, int):
        return Times(stated, stated)
    return Times(stated.get("at_least", 0), stated.get("at_most"))


def _told(verdict: Verdict) -> Response:
    """What did not come to pass is a 409: a test that forgets to look would else pass."""
    result = {
        "detail": verdict.detail,
        "count": len(verdict.found),
        "requests": [redact(entry.request_id) for entry in verdict.found],
        "near_misses": [
            {
                "count": len(miss.entries),
                "detail": str(miss),
                "unmet": [criterion.word for criterion in miss.unmet],
                "requests": [redact(entry.request_id) for entry in miss.entries],
            }
            for miss in verdict.near_misses
        ],
    }
    return jsonify(result) if verdict.verified else problem_reply(Invalid(409, verdict.detail), result)


def _match_of_query() -> Match[Answered]:
    """Raises Invalid(400)."""
    try:
        return match_of_answer((word, wanted) for word, wanted in request.args.items(multi=True) if word != "limit")
    except ValueError as error:
        raise Invalid(400, str(error)) from None
