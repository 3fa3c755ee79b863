"""A name for each request: the client's own, or the next of a counter."""

import re
from itertools import count

from mockserver.web.api.exchange import Exchange, Reply, environ_name

_VISIBLE_ASCII = re.compile(r"[!-~]+")


class RequestIds:
    """Names each request: the client's own value if it is fit to be echoed, else the next of a counter.

    `series` keeps names apart that several processes draw.
    """

    def __init__(self, header: str, max_length: int, series: str = "") -> None:
        self.header = header
        self._variable = environ_name(header)
        self._max_length = max_length
        self._drawn = map(f"req_{series}{{:08x}}".format, count(1))

    def name(self, exchange: Exchange) -> None:
        exchange.request_id = self.choose(exchange.environ.get(self._variable))

    def choose(self, given: str | None) -> str:
        if given and len(given) <= self._max_length and _VISIBLE_ASCII.fullmatch(given):
            return given
        return next(self._drawn)

    def echo(self, exchange: Exchange, reply: Reply) -> None:
        reply.headers.append((self.header, exchange.request_id))
