"""From a request as ASGI tells it to the environment that PEP 3333 describes."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from mockserver.web.api.exchange import HEAD_SIZE

_FIRST_COUNTS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


OF_A_REQUEST: Mapping[str, Any] = dict.fromkeys(
    (
        "REQUEST_METHOD",
        "PATH_INFO",
        "QUERY_STRING",
        "SERVER_PROTOCOL",
        "SERVER_NAME",
        "SERVER_PORT",
        "REMOTE_ADDR",
        "wsgi.url_scheme",
        "wsgi.input",
        HEAD_SIZE,
    )
)
"""What every environment has, empty: a copy of a dict that has all its places need not grow while it is filled."""


def wsgi_environ(base: dict[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """What the server says of every request in `base`, and what this one says of itself; everything but the body.

    An encoded slash stays encoded in PATH_INFO, for `a%2Fb` is one segment of a path and `a/b` are two. A header whose
    name has underscores is left out: in an environment it could not be told from the one with dashes. What came several
    times is joined by commas, so two `Host` make one that is none.
    """
    raw_path: bytes = scope["raw_path"]
    environ = base.copy()
    environ["REQUEST_METHOD"] = scope["method"]
    environ["PATH_INFO"] = (_decoded(raw_path) if b"%" in raw_path else raw_path).decode("latin-1")
    environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
    environ["SERVER_PROTOCOL"] = "HTTP/1.1" if scope["http_version"] == "1.1" else "HTTP/1.0"
    environ["SERVER_NAME"], environ["SERVER_PORT"] = scope["server"]
    environ["REMOTE_ADDR"] = scope["client"][0]
    environ["wsgi.url_scheme"] = scope["scheme"]
    size = 0
    for name, value in scope["headers"]:
        size += len(value)
        variable = _variable(name)
        if variable is None or (variable == "HTTP_HOST" and not value):  # granian adds an empty one where there is none
            continue
        text = value.decode("latin-1")
        if variable not in environ:
            environ[variable] = text
        elif variable not in _FIRST_COUNTS:
            environ[variable] += f"{';' if variable == 'HTTP_COOKIE' else ','}{text}"
    environ[HEAD_SIZE] = size
    return environ


def _decoded(raw_path: bytes) -> bytes:
    return b"%2F".join(unquote_to_bytes(part) for part in raw_path.replace(b"%2f", b"%2F").split(b"%2F"))


@lru_cache(maxsize=256)
def _variable(name: bytes) -> str | None:
    """`HTTP_X_REQUEST_ID` for `x-request-id`."""
    if b"_" in name:
        return None
    variable = name.decode("latin-1").upper().replace("-", "_")
    return variable if variable in _FIRST_COUNTS else f"HTTP_{variable}"
