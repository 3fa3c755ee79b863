"""From an exchange to its journal entry."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from mockserver.observing.journal import MAX_BODY, Entry
from mockserver.observing.redaction import mask_key
from mockserver.web.api.exchange import Exchange, Reply, environ_name


class Recorder:
    """Hands each finished exchange, without its key, to those who listen (journal, request log)."""

    def __init__(self, key_header: str, listeners: Sequence[Callable[[Entry], None]]) -> None:
        self._key_header = environ_name(key_header)
        self._listeners = tuple(listeners)

    def __call__(self, exchange: Exchange, reply: Reply, took: int) -> None:
        if not self._listeners:
            return
        environ, route, key, organization = exchange.environ, exchange.route, exchange.key, exchange.organization
        entry = Entry(
            request_id=exchange.request_id,
            arrived=exchange.arrived,
            took=took,
            method=exchange.method,
            path=exchange.path,
            query=environ.get("QUERY_STRING", ""),
            client=environ.get("REMOTE_ADDR", ""),
            headers=self._headers(environ),
            body=exchange.raw_body[:MAX_BODY],
            operation=route.operation if route else None,
            organization=organization.slug if organization else None,
            key_id=key.id if key else None,
            status=reply.status,
            cause=exchange.refusal.cause if exchange.refusal else None,
            answer_headers=tuple(chain.from_iterable(reply.headers)),
            answer=reply.body[:MAX_BODY],
            hint=exchange.hint,
            fault=exchange.fault,
        )
        for listener in self._listeners:
            listener(entry)

    def _headers(self, environ: Mapping[str, Any]) -> tuple[str, ...]:
        flat: list[str] = []
        for name, value in environ.items():
            if name[:5] == "HTTP_":
                flat += name, mask_key(value) if name == self._key_header else value
        return tuple(flat)
