"""A WSGI application called as a server would call it, without a socket."""

import io
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def call(app: Any, environ: dict[str, Any]) -> Answer:
    started: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        started.update(status=int(status[:3]), headers=headers)

    body = b"".join(app(environ, start_response))
    return Answer(started["status"], started["headers"], body)


def environ_of(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """As PEP 3333 has it. A header whose name has underscores is left out, as the mock's own server does."""
    parts = urlsplit(url)
    port = str(parts.port or (443 if parts.scheme == "https" else 80))
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        if "_" not in name:
            variable = name.upper().replace("-", "_")
            environ[variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"] = value
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ
