"""Cross-origin headers, for those who ask: the API's own advice is a backend proxy, so there are none by default."""

from mockserver.web.api.exchange import Exchange, Reply

_REQUEST_HEADERS = "Content-Type, Idempotency-Key, X-Kordless-Key, X-Organization-Id, X-Request-Id"


class Cors:
    """Lets pages of one origin, or of any (`*`), read the answers."""

    def __init__(self, origin: str | None) -> None:
        self._origin = origin or ""

    def permit(self, exchange: Exchange, reply: Reply) -> None:
        if self._origin not in ("*", exchange.header("HTTP_ORIGIN")):
            return
        reply.headers += (("Access-Control-Allow-Origin", self._origin), ("Vary", "Origin"))
        if exchange.method == "OPTIONS":
            allowed = next((value for name, value in reply.headers if name == "Allow"), "")
            reply.headers += (
                ("Access-Control-Allow-Methods", allowed),
                ("Access-Control-Allow-Headers", _REQUEST_HEADERS),
                ("Access-Control-Max-Age", "600"),
            )
        else:
            exposed = ", ".join(name for name, _ in reply.headers if not name.startswith("Access-Control"))
            reply.headers.append(("Access-Control-Expose-Headers", exposed))
