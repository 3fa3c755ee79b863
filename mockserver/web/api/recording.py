"""From an exchange to its journal entry."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any

from mockserver.observing.journal import MAX_BODY, Entry
from mockserver.observing.redaction import mask_key
from mockserver.web.api.called import called
from mockserver.web.api.exchange import Exchange, Reply, environ_name
from mockserver.web.api.pipeline import UNRECORDED, Record

TOGETHER = 16  # requests

_log = logging.getLogger("kordkit.mock")


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
        refusal = exchange.refusal
        _keep_body(exchange)
        entry = _entry(  # in their order: names take longer than all the rest
            (
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


_entry = partial(tuple.__new__, Entry)  # from its members


def _keep_body(exchange: Exchange) -> None:
    """Of a request that was refused before anybody looked at its body; the server had read it by then."""
    if not exchange.raw_body and exchange.key is not None and exchange.matched.wants_body:
        exchange.raw_body = exchange.environ["wsgi.input"].read(MAX_BODY)


class PutAside:
    """Has finished exchanges recorded a little later, many in a row, which takes a third of the time that it takes to
    record each between two requests.

    That is when somebody wants to know of them (`catch_up`), which `wake` sees to soon; or when so many wait.
    """

    def __init__(self, record: Record, wake: Callable[[], None]) -> None:
        self._record = called(record)
        self._wake = wake
        self._waiting: deque[tuple[Exchange, Reply, int]] = deque()
        self._awake = False
        self._recording = threading.Lock()

    def __call__(self, exchange: Exchange, reply: Reply, took: int) -> None:
        if exchange.refusal is not None or exchange.fault is not None:
            _keep_body(exchange)  # as long as it can be read
        waiting = self._waiting
        waiting.append((exchange, reply, took))
        if not self._awake:
            self._awake = True
            self._wake()
        elif len(waiting) >= TOGETHER and not self._recording.locked():  # else somebody is at it
            self.catch_up()

    def catch_up(self) -> None:
        """All that has been answered is recorded when this returns, whoever did it."""
        waiting = self._waiting
        with self._recording:
            self._awake = False
            while waiting:
                exchange, reply, took = waiting.popleft()
                try:
                    self._record(exchange, reply, took)
                except Exception:
                    _log.exception(UNRECORDED, exchange.request_id)


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
