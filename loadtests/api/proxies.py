"""The proxy of the environment through which a server is reached, if any."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from requests.utils import select_proxy

from contracts.errors import TargetError
from contracts.target.transport import proxies_for

PORT = 80  # of a proxy whose URL has none


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is, and as whom to ask it."""

    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def on_the_way_to(cls, url: str) -> Self | None:
        """None for a server that is reached directly. Raises TargetError for a proxy that a load cannot go through."""
        named = select_proxy(url, proxies_for(url))
        if not named:
            return None
        parts = urlsplit(named if "://" in named else f"http://{named}")
        try:
            host, port = parts.hostname or "", parts.port or PORT
        except ValueError:
            host, port = "", 0
        if parts.scheme != "http" or not host:
            raise TargetError(
                f"a load goes through http:// proxies alone, and the environment names another for {url}:"
                " set no_proxy to the host to reach it directly"
            )
        user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(host, port, user, password)

    @property
    def authorization(self) -> str:
        """What a request says that is not sent through a tunnel; "" where nobody wants to know."""
        if self.user is None and self.password is None:
            return ""
        return "Basic " + b64encode(f"{self.user or ''}:{self.password or ''}".encode()).decode("ascii")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
