"""Who asks, where no key says so: the address that a request came from."""

from mockserver.web.api.exchange import Exchange


class ClientAddress:
    """The socket's address, or, behind `proxies` trusted proxies, what the outermost of them saw."""

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies

    def __call__(self, exchange: Exchange) -> str:
        socket: str = exchange.environ.get("REMOTE_ADDR", "")
        if not self._proxies:
            return socket
        forwarded = [
            part.strip() for part in (exchange.header("HTTP_X_FORWARDED_FOR") or "").split(",") if part.strip()
        ]
        return [*forwarded, socket][-self._proxies - 1 :][0]
