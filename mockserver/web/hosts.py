"""Names of hosts, as requests have them: parsed, never searched."""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

# A name or an address, and an optional port. No host's name has underscores, but those of containers have.
_HOST = re.compile(
    r"(?P<name>[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?", re.IGNORECASE | re.ASCII
)
_ORIGIN = re.compile(r"https?://(?P<host>[^/?#@\\]+)", re.IGNORECASE | re.ASCII)


def base_url(environ: Mapping[str, Any]) -> str:
    """By which the client reached the mock, or a world beside it."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}"


@lru_cache(maxsize=256)
def is_host(text: str) -> bool:
    """Whether that can stand in a `Host` header."""
    return host_name(text) is not None


def host_name(text: str) -> str | None:
    """Of `NAME` or `NAME:PORT` the name in lower case, an IPv6 address without brackets; None where it is neither."""
    found = _HOST.fullmatch(text) if len(text) < 300 else None
    if found is None or int(found["port"] or 0) > 65535:
        return None
    name = found["name"].lower()
    if not name.startswith("["):
        return name
    try:
        return str(ip_address(name[1:-1]))
    except ValueError:
        return None


def origin_host(text: str) -> str | None:
    """The host of a web page's origin, `http://NAME:PORT`; None where it is no such origin, but a file or a sandbox."""
    found = _ORIGIN.fullmatch(text)
    return None if found is None else host_name(found["host"])
