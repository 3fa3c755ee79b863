"""The journal as an HTTP Archive (HAR 1.2), for browsers' tools and whatever else reads it; secrets masked."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact, redact_query
from mockserver.ports import SECOND
from mockserver.web.control.journal import shown_body, shown_headers

UNKNOWN = -1  # HAR's word for it


def har(entries: Iterable[Entry], version: str) -> dict[str, Any]:
    """`version` is kordkit's."""
    creator = {"name": "kordkit", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(entry) for entry in entries]}}


def _entry(entry: Entry) -> dict[str, Any]:
    milliseconds = entry.took / 1e6
    return {
        "startedDateTime": datetime.fromtimestamp(entry.arrived / SECOND, UTC).isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(entry),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        # Members of our own begin with an underscore, as HAR has it.
        "_request_id": redact(entry.request_id),
        "_operation": entry.operation,
        "_organization": entry.organization,
        "_key": entry.key_id,
        "_cause": entry.cause,
    }


def _request(entry: Entry) -> dict[str, Any]:
    headers, query = shown_headers(entry.headers), redact_query(entry.query)
    path = redact(entry.path)
    request = {
        "method": redact(entry.method),
        "url": f"http://{headers.get('host', 'localhost')}{path}{'?' if query else ''}{query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(headers.items()),
        "queryString": _named(parse_qsl(query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": len(entry.body),
    }
    if entry.body:
        # Its declared type is not kept: it is no header to WSGI.
        request["postData"] = {"mimeType": "", "text": shown_body(entry.body)}
    return request


def _response(entry: Entry) -> dict[str, Any]:
    headers = shown_headers(entry.answer_headers)
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return {
        "status": entry.status,
        "statusText": _PHRASES.get(entry.status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(headers.items()),
        "content": {"size": len(entry.answer), "mimeType": kind, "text": shown_body(entry.answer)},
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": len(entry.answer),
    }


_PHRASES: Mapping[int, str] = {status.value: status.phrase for status in HTTPStatus}


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
