"""What the mock is compared with on its own server: `python -m benchmarks.peers.bare WHAT PORT [FILE…]`, until SIGTERM.

A bare Flask application, a bare WSGI function that answers with the bytes of a file, and the mock through Flask's own
door; each is served as the mock is.
"""

import gc
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.full_class import DAY, MONDAY
from mockserver.observing.request_log import RequestLog
from mockserver.ports import SECOND
from mockserver.serving.server import leave, serve
from mockserver.serving.sockets import bind
from mockserver.settings import Settings

FLASK, WSGI, DOOR = "flask", "wsgi", "door"


def function(body: bytes) -> Callable[..., Iterable[bytes]]:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]

    def answer(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return (body,)

    return answer


def flask() -> Any:
    """Whatever it is asked for."""
    from flask import Flask

    app = Flask("bare")

    @app.get("/<path:_>")
    def index(_: str) -> dict[str, bool]:
        return {"ok": True}

    return app


def through_flask(data: str, overlay: str) -> tuple[Any, dict[str, Any]]:
    """The mock with everything that a request may meet, and what its server asks it."""
    from mockserver.wiring import build

    log = RequestLog("text", sys.stderr)
    settings = Settings(data=data, overlays=[Path(overlay)], now=(MONDAY - DAY) * SECOND, frozen=True, direct=False)
    built = build(settings, log=log.write, nudge=log.nudge)
    log.start(built.advice.judge)
    built.mock.dispatcher.start()
    gate = built.gate
    return built.app, {"body_limit": gate.body_limit, "late": gate.late, "broken": gate.broken, "quick": gate.quick}


def main(what: str, port: str, *files: str) -> None:
    served: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
        FLASK: lambda: (flask(), {"quick": lambda _: True}),
        WSGI: lambda: (function(Path(files[0]).read_bytes()), {"quick": lambda _: True}),
        DOOR: lambda: through_flask(*files),
    }
    sock = bind("127.0.0.1", int(port))
    app, asked = served[what]()
    gc.freeze()  # as the mock does
    serve(app, sock, on_ready=lambda: None, **asked)
    leave(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
