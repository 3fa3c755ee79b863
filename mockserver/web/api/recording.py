"""From an exchange to its journal entry."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from mockserver.observing.journal import MAX_BODY, Entry
from mockserver.observing.redaction import mask_key
from mockserver.web.api.exchange import Exchange, Reply, environ_name


class Recorder:
    """Hands each finished exchange, without its key, to those who listen (journal, advice, request log).

    Production keys begin with `live_prefix`.
    """

    def __init__(self, key_header: str, live_prefix: str, listeners: Sequence[Callable[[Entry], None]]) -> None:
        self._key_header = environ_name(key_header)
        self._live_prefix = live_prefix
        self._listeners = tuple(listeners)

    def __call__(self, exchange: Exchange, reply: Reply, took: int) -> None:
        if not self._listeners:
            return
        environ, route, key, organization = exchange.environ, exchange.route, exchange.key, exchange.organization
        refusal, body = exchange.refusal, exchange.raw_body
        if not body and key is not None and exchange.matched.wants_body:
            # It was refused before anybody looked at it; the server had read it by then.
            body = environ["wsgi.input"].read(MAX_BODY)
        entry = Entry._make(  # from its members in their order: names take longer than all the rest
            (
                exchange.request_id,
                exchange.arrived,
                took,
                exchange.method,
                exchange.path,
                environ.get("QUERY_STRING", ""),
                environ.get("REMOTE_ADDR", ""),
                self._headers(environ),
                body[:MAX_BODY],
                None if route is None else route.operation,
                None if organization is None else organization.slug,
                None if key is None else key.id,
                reply.status,
                None if refusal is None else refusal.cause,
                tuple(chain.from_iterable(reply.headers)),
                reply.body[:MAX_BODY],
                exchange.hint,
                exchange.fault,
                key is None and environ.get(self._key_header, "").startswith(self._live_prefix),
            )
        )
        for listener in self._listeners:
            listener(entry)

    def _headers(self, environ: Mapping[str, Any]) -> tuple[str, ...]:
        names, values_of, key_place = _headers_among(tuple(environ), self._key_header)
        flat = names.copy()
        flat[1::2] = values_of(environ)
        if key_place is not None:
            flat[key_place] = mask_key(flat[key_place])
        return tuple(flat)


@lru_cache(maxsize=64)
def _headers_among(
    variables: tuple[str, ...], key_header: str
) -> tuple[list[str], Callable[[Mapping[str, Any]], Iterable[str]], int | None]:
    """Most clients send the same headers again, so of an environment's variables it is worked out once which they are.

    Names, each with a place for its value behind it; what gives the values; and the place of the key's.
    """
    names = [name for name in variables if name.startswith("HTTP_")]
    places = list(chain.from_iterable((name, "") for name in names))
    key_place = 2 * names.index(key_header) + 1 if key_header in names else None
    if len(names) > 1:
        return places, itemgetter(*names), key_place
    return places, lambda environ: [environ[name] for name in names], key_place
