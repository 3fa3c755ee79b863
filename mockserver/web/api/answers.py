"""What is done to answers where a contract wants it: fractions of seconds, and headers for caches."""

import re
from hashlib import sha256
from http import HTTPStatus

from mockserver.web.api.exchange import Exchange, Reply

_SECONDS = re.compile(rb'(":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(Z")')
_CACHED = frozenset({"getOrganization", "getService"})


def in_milliseconds(_: Exchange, reply: Reply) -> None:
    """Times have a fraction, of which nothing is known but zeros."""
    reply.body = _SECONDS.sub(rb"\1.000\2", reply.body)


def uncached(_: Exchange, reply: Reply) -> None:
    reply.headers.append(("Cache-Control", "no-store"))


def tagged(exchange: Exchange, reply: Reply) -> None:
    """What hardly ever changes has an ETag, and is not sent again to who knows it (RFC 9110, 13.1.2)."""
    route = exchange.route
    if route is None or route.operation not in _CACHED or reply.status != HTTPStatus.OK:
        return
    tag = f'"{sha256(reply.body).hexdigest()[:32]}"'
    known = exchange.header("HTTP_IF_NONE_MATCH") or ""
    if known.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        reply.status, reply.body = HTTPStatus.NOT_MODIFIED.value, b""
        reply.headers = [(name, value) for name, value in reply.headers if name != "Content-Type"]
    reply.headers.append(("ETag", tag))
