"""Cross-origin headers, for those who ask: the API's own advice is a backend proxy, so there are none by default."""

import re
from collections.abc import Mapping
from typing import Any

from mockserver.web.api.exchange import Exchange, Reply

_REQUEST_HEADERS = "Content-Type, Idempotency-Key, X-Kordless-Key, X-Organization-Id, X-Request-Id"
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.ASCII)
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(\s*,\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*", re.ASCII)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Cors:
    """Lets pages of some origins, separated by commas, or of any (`*`), read the answers.

    Raises ValueError for what is no origin.
    """

    def __init__(self, origins: str | None) -> None:
        named = [part.strip() for part in (origins or "").split(",") if part.strip()]
        self._any = "*" in named
        self._origins = {_stated(origin) for origin in named if origin != "*"}

    def permission(self, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The headers that let the page of this request's `Origin` read the answer."""
        if self._any:
            return [("Access-Control-Allow-Origin", "*"), ("Vary", "Origin")]
        origin = environ.get("HTTP_ORIGIN", "")
        if not self._origins or _normal(origin) not in self._origins:
            return []
        return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]

    def permit(self, exchange: Exchange, reply: Reply) -> None:
        permission = self.permission(exchange.environ)
        if not permission:
            return
        reply.headers += permission
        if exchange.method == "OPTIONS":
            allowed = next((value for name, value in reply.headers if name == "Allow"), "")
            wanted = exchange.header("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or ""
            reply.headers += (
                ("Access-Control-Allow-Methods", allowed),
                ("Access-Control-Allow-Headers", wanted if _HEADER_NAMES.fullmatch(wanted) else _REQUEST_HEADERS),
                ("Access-Control-Max-Age", "600"),
            )
        else:
            exposed = ", ".join(name for name, _ in reply.headers if not name.startswith("Access-Control"))
            reply.headers.append(("Access-Control-Expose-Headers", exposed))


def _stated(origin: str) -> str:
    normal = _normal(origin)
    if normal is None:
        raise ValueError(f"--cors: {origin} is no origin such as http://localhost:3000, nor *")
    return normal


def _normal(origin: str) -> str | None:
    """As browsers spell it: lower case, no port that goes without saying, nothing behind it."""
    if origin == "null":
        return origin
    found = _ORIGIN.fullmatch(origin.lower().removesuffix("/"))
    if found is None or int(found[3] or 0) > 65535:
        return None
    scheme, host, port = found.groups()
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{scheme}://{host}:{port}"
