"""The journal, as others may read it: without keys, e-mail addresses and phone numbers."""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mockserver.application.world import World
from mockserver.domain.instants import render_instant
from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact, redact_body, redact_header, redact_query
from mockserver.ports import SECOND
from mockserver.web.control.problems import Invalid

_WHOLE_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_FILTERS: Mapping[str, Callable[[Entry, str], bool]] = {
    "method": lambda entry, value: entry.method == value.upper(),
    "path": lambda entry, value: entry.path.startswith(value),
    "operation": lambda entry, value: entry.operation == value,
    "organization": lambda entry, value: entry.organization == value,
    "key": lambda entry, value: entry.key_id == value,
    "status": lambda entry, value: str(entry.status) == value,
    "request_id": lambda entry, value: entry.request_id == value,
}


def register(blueprint: Blueprint, mock: World) -> None:
    @blueprint.get("/requests")
    def list_requests() -> Response:
        """Newest first; `?limit=` and any of the filters."""
        wanted = {name: value for name, value in request.args.items() if name != "limit"}
        unknown = wanted.keys() - _FILTERS.keys()
        if unknown:
            raise Invalid(400, f"{min(unknown)} is no filter; there are {', '.join([*_FILTERS, 'limit'])}")
        limit = request.args.get("limit", "100")
        if not _WHOLE_NUMBER.fullmatch(limit):
            raise Invalid(400, "limit must be a whole number")
        newest_first = reversed(list(mock.journal.entries()))
        found = (e for e in newest_first if all(_FILTERS[name](e, value) for name, value in wanted.items()))
        return jsonify(requests=[shown(entry) for entry in islice(found, int(limit) if len(limit) < 10 else None)])

    @blueprint.delete("/requests")
    def forget_requests() -> tuple[str, int]:
        mock.journal.clear()
        return "", 204


def shown(entry: Entry) -> dict[str, Any]:
    return {
        "request_id": redact(entry.request_id),
        "arrived": render_instant(entry.arrived // SECOND),
        "ms": round(entry.took / 1e6, 3),
        "client": entry.client,
        "method": entry.method,
        "path": redact(entry.path),
        "query": redact_query(entry.query),
        "headers": _headers(entry.headers),
        "body": redact_body(entry.body),
        "operation": entry.operation,
        "organization": entry.organization,
        "key": entry.key_id,
        "status": entry.status,
        "answer": {
            "headers": _headers(entry.answer_headers),
            "body": redact_body(entry.answer),
        },
    }


def _headers(flat: tuple[str, ...]) -> dict[str, str]:
    named = zip(map(_header_name, flat[::2]), flat[1::2], strict=True)
    return {name: redact_header(name.lower(), value) for name, value in named}


def _header_name(name: str) -> str:
    """`x-request-id` for `HTTP_X_REQUEST_ID`; an answer's header as it was sent."""
    return name.removeprefix("HTTP_").replace("_", "-").lower() if name.startswith("HTTP_") else name
