"""The journal as server-sent events, for those who watch."""

from collections.abc import Callable
from functools import lru_cache

import orjson

from mockserver.observing.feed import Feed
from mockserver.observing.journal import Entry
from mockserver.web.control.journal import shown

AT_ONCE = 16  # events that are made in one go


class Events:
    """A Stream: each request as an event whose data is its entry; `lost` tells how many a slow reader has not got."""

    def __init__(self, feed: Feed, close: Callable[[], None]) -> None:
        self._feed = feed
        self._begun = False
        self.on_news = feed.on_news
        self.close = close

    def take(self) -> bytes:
        begin = b"" if self._begun else b": one event for each request\n\n"  # so that its reader knows it has begun
        self._begun = True
        lost, entries = self._feed.take(AT_ONCE)
        told = _event({"count": lost}, b"event: lost\n") if lost else b""
        return begin + told + b"".join(map(_request, entries))


@lru_cache(maxsize=64)
def _request(entry: Entry) -> bytes:
    """Masking takes most of the time, and whoever watches is shown the same."""
    return _event(shown(entry))


def _event(data: object, kind: bytes = b"") -> bytes:
    return kind + b"data: " + orjson.dumps(data) + b"\n\n"
