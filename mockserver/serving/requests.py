"""From what granian hands over to what it is to send: the request's environment, its body, the application's answer."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication

from mockserver.serving.environ import OF_A_REQUEST, wsgi_environ
from mockserver.serving.streams import Streams
from mockserver.serving.turns import Turns
from mockserver.serving.uploads import Patience, Upload, Uploads
from mockserver.serving.wire import Wires
from mockserver.web.api.called import called
from mockserver.web.api.exchange import WIRE
from mockserver.web.streams import STREAM

BodyLimit = Callable[[dict[str, Any]], int]  # bytes of a request's body that are read; 0: it is not looked at
CLOSE = ("Connection", "close")
# granian's own environment for WSGI adds os.environ, where HTTP_PROXY looks like a header.
BASE: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    STREAM: None,
}
# What nobody wants to read, as it is refused unseen or declared to be too long, is let pass if it is there at once, for
# then the connection can go on. A client that sends head and body one after the other would else find it closed between
# them, and a proxy that has not sent all takes that for a server that failed, and answers 502 itself.
UNWANTED_BODY = 512 * 2**10  # bytes
UNWANTED_PATIENCE = Patience(seconds=0.5)

log = logging.getLogger(__name__)


class Requests:
    """What granian hands over, one request after the other, in one thread."""

    def __init__(
        self,
        app: WSGIApplication,
        body_limit: BodyLimit,
        late: WSGIApplication,
        broken: WSGIApplication,
        patience: Patience,
        uploads: Uploads,
        turns: Turns,
        several: bool = False,
    ) -> None:
        """`several`: other processes serve beside this one."""
        self.app = called(app)
        self._base = {**OF_A_REQUEST, **BASE, "wsgi.multiprocess": several}
        self._body_limit = body_limit
        self._late = late
        self._broken = broken
        self._patience = patience
        self._uploads = uploads
        self._turns = turns
        self._wires = Wires()
        self._streams = Streams()

    def handle(self, request: Any) -> None:
        """Must not raise: granian does not look at exceptions."""
        self._turns.take(request.scope["path"], self._begin, request)

    def _begin(self, request: Any) -> None:
        try:
            environ = wsgi_environ(self._base, request.scope)
            declared = environ.get("CONTENT_LENGTH")
            if declared is None and "HTTP_TRANSFER_ENCODING" not in environ:
                self._answer(self.app, request, environ)
                return
            turn = partial(self._turns.take, request.scope["path"])
            size = None if declared is None else int(declared)
            limit = self._body_limit(environ)
            if (size or 0) > max(limit, UNWANTED_BODY):
                self._answer(self.app, request, environ, close=True)
            elif limit and (size or 0) <= limit:
                finished = partial(turn, self._uploaded, request, environ, limit)
                self._uploads.collect(Upload(request.proto, limit, size, finished, self._patience))
            else:
                finished = partial(turn, self._passed, request, environ, limit > 0)
                self._uploads.collect(
                    Upload(request.proto, UNWANTED_BODY, size, finished, UNWANTED_PATIENCE, kept=False)
                )
        except Exception:
            log.exception("a request failed")
            with suppress(Exception):
                _send(request, 500, [], b"")

    def _uploaded(self, request: Any, environ: dict[str, Any], limit: int, outcome: bytes | OSError) -> None:
        if isinstance(outcome, ConnectionError):
            self._answer(self._broken, request, environ, close=True)
        elif isinstance(outcome, OSError):
            self._answer(self._late, request, environ, close=True)
        else:
            self._answer(self.app, request, environ, outcome, close=len(outcome) > limit)

    def _passed(self, request: Any, environ: dict[str, Any], too_long: bool, outcome: bytes | OSError) -> None:
        if isinstance(outcome, ConnectionError):
            self._answer(self._broken, request, environ, close=True)
        else:
            self._answer(self.app, request, environ, close=too_long or isinstance(outcome, OSError))

    def _answer(
        self, app: WSGIApplication, request: Any, environ: dict[str, Any], body: bytes = b"", *, close: bool = False
    ) -> None:
        environ["wsgi.input"] = BytesIO(body)
        try:
            status, headers, content = _run(app, environ)
            stream = environ[STREAM]
            if stream is not None:
                self._streams.open(
                    stream, request, status, _fields([pair for pair in headers if pair[0].lower() != "content-length"])
                )
                return
            wire = environ.get(WIRE)
            if wire is not None:
                self._wires.send(wire, request, status, _fields(headers), content)
                return
            _send(request, status, [*headers, CLOSE] if close else headers, content)
        except Exception:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            _send(request, 500, [("Content-Type", "text/plain")], b"Internal Server Error")


def unexplained(status: str) -> WSGIApplication:
    """An application that answers with a status and nothing else."""

    def answer(_: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [])
        return []

    return answer


def _run(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Run the application; raises what it raises, and ValueError for an impossible status."""
    status = 0
    headers: list[tuple[str, str]] = []
    written: list[bytes] = []

    def start_response(line: str, fields: list[tuple[str, str]], *_: object) -> Any:
        nonlocal status, headers
        status, headers = int(line.partition(" ")[0]), fields
        return written.append

    chunks = app(environ, start_response)
    try:
        body = b"".join([*written, *chunks])  # in one piece: an error half-way is still a 500
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    if not 100 <= status <= 999:  # granian would abort the process
        raise ValueError(f"the application answered with status {status}")
    return status, headers, body


def _send(request: Any, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    request.proto.send({"type": "http.response.start", "status": status, "headers": _fields(headers)})
    request.proto.send({"type": "http.response.body", "body": body})
    request.done()  # what is left of its body is let go now, whoever still holds the request


def _fields(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
