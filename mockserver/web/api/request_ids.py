"""A name for each request: the client's own, or the next of a counter."""

import re
import threading
from collections.abc import Mapping
from itertools import count
from typing import Any, Literal

from mockserver.web.api.exchange import Exchange, Reply, environ_name

_VISIBLE_ASCII = re.compile(r"[!-~]+")
_ENDS = "fedcba9876543210"


class RequestIds:
    """Names each request: the client's own value if it is fit to be echoed, else the next of a counter.

    `series` keeps names apart that several processes draw. `answered`: whether answers have the client's name, where
    it gives one, the server's own alone, or none.
    """

    def __init__(
        self, header: str, max_length: int, series: str = "", answered: Literal["echoed", "own", "never"] = "echoed"
    ) -> None:
        self.header = header
        self._echoes, self._tells = answered == "echoed", answered != "never"
        self._variable = environ_name(header)
        self._max_length = max_length
        self._beginnings = map(f"req_{series}{{:07x}}".format, count())
        self._drawn = self._draw()  # the next one last
        self._drawn.pop()  # 0 is no number of a request
        self._drawing = threading.Lock()

    def name(self, exchange: Exchange) -> None:
        exchange.request_id = self.choose(exchange.environ.get(self._variable))

    def choose(self, given: str | None) -> str:
        if given and self._echoes and len(given) <= self._max_length and _VISIBLE_ASCII.fullmatch(given):
            return given
        while True:
            try:
                return self._drawn.pop()
            except IndexError:
                with self._drawing:
                    self._drawn = self._drawn or self._draw()

    def _draw(self) -> list[str]:
        """All that begin alike: to format each by itself takes five times as long."""
        beginning = next(self._beginnings)
        return [beginning + end for end in _ENDS]

    def echo(self, exchange: Exchange, reply: Reply) -> None:
        if self._tells:
            reply.headers.append((self.header, exchange.request_id))

    def told(self, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The header of an answer that comes from beside the pipeline."""
        return [(self.header, self.choose(environ.get(self._variable)))] if self._tells else []
