"""What is looked at before anything else: the host that a request names, and how much of its body is worth reading.

What is refused here has the envelope of the API, a request id and the mock's time like every answer, but it is the
refusal of a server, no promise of the API: it does not stand in the journal.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mockserver.domain.errors import Refused
from mockserver.ports import Clock
from mockserver.web.api.called import called
from mockserver.web.api.exchange import HEAD_SIZE, Reply
from mockserver.web.api.pipeline import STATUS_LINES, DateHeader, Pipeline
from mockserver.web.api.problems import Problems
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.control.refusing import body_limit as control_body_limit
from mockserver.web.hosts import is_host
from mockserver.web.paths import API_PREFIX, is_control

# The server has bounds of its own beyond these, and its refusals know nothing of us.
MAX_TARGET = 16 * 2**10  # bytes of path and query
MAX_HEADERS = 64 * 2**10  # bytes of the values of all headers
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BodyLimits:
    """How many bytes of a body are read: none of a request that is refused by its path, its method or its key."""

    def __init__(self, pipeline: Pipeline, api: int, may_control: Callable[[Mapping[str, Any]], bool]) -> None:
        self._pipeline = pipeline
        self._api = api
        self._may_control = may_control

    def __call__(self, environ: dict[str, Any]) -> int:
        path: str = environ["PATH_INFO"]
        if is_control(path):
            return control_body_limit(environ) if self._may_control(environ) else 0
        if not path.startswith(API_PREFIX):
            return 0
        return self._api if self._pipeline.wants_body(environ) else 0


class Gate:
    """Stands before the application. Behind `proxies` trusted proxies, host and scheme are what the outermost saw."""

    def __init__(
        self,
        app: Wsgi,
        body_limit: Callable[[dict[str, Any]], int],
        problems: Problems,
        names: RequestIds,
        date: DateHeader,
        clock: Clock,
        proxies: int,
        quick: Callable[[str], bool],
    ) -> None:
        self._app = called(app)
        self.body_limit = body_limit
        self._problems = problems
        self._names = names
        self._date = date
        self._clock = clock
        self._proxies = proxies
        self.quick = quick

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST")
        # HTTP/1.0 knows no Host. The control API has a question of its own about it.
        lawful = is_host(host) if host else environ["SERVER_PROTOCOL"] == "HTTP/1.0"
        if not lawful and not is_control(environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]):
            refusal = Refused("invalid_field", field="Host", problem="must be one name and an optional port")
            return self._refuse(self._problems.reply(refusal), environ, start_response)
        if len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > MAX_TARGET:
            reply = self._problems.enveloped(414, "uri_too_long", f"Path and query have more than {MAX_TARGET} bytes")
            return self._refuse(reply, environ, start_response)
        if environ.get(HEAD_SIZE, 0) > MAX_HEADERS:
            reply = self._problems.enveloped(
                431, "headers_too_large", f"The headers have more than {MAX_HEADERS} bytes"
            )
            return self._refuse(reply, environ, start_response)
        if self._proxies:
            self._believe_proxies(environ)
        return self._app(environ, start_response)

    def late(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers a request whose body did not come in time."""
        reply = self._problems.enveloped(408, "request_timeout", "The request body did not come in time")
        return self._refuse(reply, environ, start_response)

    def broken(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers a request whose body is not sent as HTTP wants it."""
        reply = self._problems.reply(Refused("malformed_body"))
        return self._refuse(reply, environ, start_response)

    def _believe_proxies(self, environ: dict[str, Any]) -> None:
        scheme = self._forwarded(environ, "HTTP_X_FORWARDED_PROTO").lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = self._forwarded(environ, "HTTP_X_FORWARDED_HOST")
        if host and is_host(host):
            environ["HTTP_HOST"] = host

    def _forwarded(self, environ: Mapping[str, Any], variable: str) -> str:
        """Proxies add what they saw at the end, or leave what is there: then there is but one."""
        values = [value.strip() for value in environ.get(variable, "").split(",")]
        return str(values[-self._proxies :][0])

    def _refuse(self, reply: Reply, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        headers = [
            *reply.headers,
            *self._names.told(environ),
            ("Date", self._date.at(self._clock.now())),
            ("Content-Length", str(len(reply.body))),
        ]
        start_response(STATUS_LINES[reply.status], headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else reply.body]
