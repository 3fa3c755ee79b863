"""Who asks, where no key says so: the address that a request came from."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from mockserver.web.api.exchange import Exchange


class ClientAddress:
    """The socket's address, or, behind `proxies` trusted proxies, what the outermost of them saw."""

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies

    def __call__(self, exchange: Exchange) -> str:
        socket: str = exchange.environ.get("REMOTE_ADDR", "")
        if not self._proxies:
            return _address(socket) or socket
        forwarded = [
            part.strip() for part in (exchange.header("HTTP_X_FORWARDED_FOR") or "").split(",") if part.strip()
        ]
        return _address([*forwarded, socket][-self._proxies - 1 :][0]) or _address(socket) or socket


@lru_cache(maxsize=1024)
def _address(text: str) -> str | None:
    """The one spelling of an address, without the port that some proxies add; None where it is none."""
    text = text.strip('"')
    if text.startswith("["):
        text, closed, _ = text[1:].partition("]")
        if not closed:
            return None
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
