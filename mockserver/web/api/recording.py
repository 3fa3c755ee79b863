"""From an exchange to its journal entry."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
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
        refusal = exchange.refusal
        entry = Entry(  # by place: of every request this is done, and names take longer than all the rest
            exchange.request_id,
            exchange.arrived,
            took,
            exchange.method,
            exchange.path,
            environ.get("QUERY_STRING", ""),
            environ.get("REMOTE_ADDR", ""),
            self._headers(environ),
            exchange.raw_body[:MAX_BODY],
            None if route is None else route.operation,
            None if organization is None else organization.slug,
            None if key is None else key.id,
            reply.status,
            None if refusal is None else refusal.cause,
            tuple(chain.from_iterable(reply.headers)),
            reply.body[:MAX_BODY],
            exchange.hint,
            exchange.fault,
        )
        for listener in self._listeners:
            listener(entry)

    def _headers(self, environ: Mapping[str, Any]) -> tuple[str, ...]:
        names = _headers_among(tuple(environ))
        flat = list(names)
        flat[1::2] = map(environ.__getitem__, names[::2])
        if self._key_header in environ:
            place = names.index(self._key_header) + 1
            flat[place] = mask_key(flat[place])
        return tuple(flat)


@lru_cache(maxsize=64)
def _headers_among(variables: tuple[str, ...]) -> tuple[str, ...]:
    """The headers of an environment, each with a place for its value. Most clients send the same ones again."""
    return tuple(chain.from_iterable((name, "") for name in variables if name.startswith("HTTP_")))
