"""An entry of the journal as others may read it: without keys, e-mail addresses and phone numbers."""

from typing import Any

from mockserver.domain.instants import render_instant
from mockserver.observing.journal import MAX_BODY, Entry, header_name
from mockserver.observing.redaction import redact, redact_body, redact_header, redact_query, without_last_word
from mockserver.ports import SECOND


def shown(entry: Entry) -> dict[str, Any]:
    return {
        "request_id": redact(entry.request_id),
        "arrived": render_instant(entry.arrived // SECOND),
        "ms": round(entry.took / 1e6, 3),
        "client": entry.client,
        "method": redact(entry.method),
        "path": redact(entry.path),
        "query": redact_query(entry.query),
        "headers": shown_headers(entry.headers),
        "body": shown_body(entry.body),
        "operation": entry.operation,
        "organization": entry.organization,
        "key": entry.key_id,
        "status": entry.status,
        "cause": entry.cause,
        "hint": entry.hint,
        "fault": entry.fault,
        "answer": {
            "headers": shown_headers(entry.answer_headers),
            "body": shown_body(entry.answer),
        },
    }


def shown_body(body: bytes) -> str:
    """A word that was cut in two is left out: half a secret does not look like one."""
    shown = redact_body(body)
    return without_last_word(shown) if len(body) >= MAX_BODY else shown


def shown_headers(flat: tuple[str, ...]) -> dict[str, str]:
    named = zip(map(header_name, flat[::2]), flat[1::2], strict=True)
    return {name: redact_header(name.lower(), value) for name, value in named}
