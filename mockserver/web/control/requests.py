"""The journal, as others may read it: without keys, e-mail addresses and phone numbers."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mockserver.application.admin import Admin
from mockserver.domain.instants import render_instant
from mockserver.observing.journal import MAX_BODY, Entry, header_name
from mockserver.observing.matching import Answered, Match, match_of_answer
from mockserver.observing.redaction import redact, redact_body, redact_header, redact_query, without_last_word
from mockserver.ports import SECOND
from mockserver.web.control.problems import Invalid

_WHOLE_NUMBER = re.compile(r"[0-9]+", re.ASCII)


def register(blueprint: Blueprint, admin: Admin) -> None:
    @blueprint.get("/requests")
    def list_requests() -> Response:
        """Newest first; `?limit=` and any of the words that requests are matched by."""
        limit = request.args.get("limit", "100")
        if not _WHOLE_NUMBER.fullmatch(limit):
            raise Invalid(400, "limit must be a whole number")
        found = admin.list_requests(_match_of_query(), int(limit) if len(limit) < 10 else None)
        return jsonify(requests=[shown(entry) for entry in found])

    @blueprint.delete("/requests")
    def forget_requests() -> tuple[str, int]:
        admin.forget_requests()
        return "", 204


def _match_of_query() -> Match[Answered]:
    """Raises Invalid(400)."""
    try:
        return match_of_answer((word, wanted) for word, wanted in request.args.items(multi=True) if word != "limit")
    except ValueError as error:
        raise Invalid(400, str(error)) from None


def shown(entry: Entry) -> dict[str, Any]:
    return {
        "request_id": redact(entry.request_id),
        "arrived": render_instant(entry.arrived // SECOND),
        "ms": round(entry.took / 1e6, 3),
        "client": entry.client,
        "method": redact(entry.method),
        "path": redact(entry.path),
        "query": redact_query(entry.query),
        "headers": _headers(entry.headers),
        "body": _body(entry.body),
        "operation": entry.operation,
        "organization": entry.organization,
        "key": entry.key_id,
        "status": entry.status,
        "cause": entry.cause,
        "hint": entry.hint,
        "fault": entry.fault,
        "answer": {
            "headers": _headers(entry.answer_headers),
            "body": _body(entry.answer),
        },
    }


def _body(body: bytes) -> str:
    """A word that was cut in two is left out: half a secret does not look like one."""
    shown = redact_body(body)
    return without_last_word(shown) if len(body) >= MAX_BODY else shown


def _headers(flat: tuple[str, ...]) -> dict[str, str]:
    named = zip(map(header_name, flat[::2]), flat[1::2], strict=True)
    return {name: redact_header(name.lower(), value) for name, value in named}
