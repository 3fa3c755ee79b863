"""What a server calls: the API's requests go to the pipeline, others to Flask, which is loaded for the first of them.

To import Flask and make its application takes longer than a mock needs to start; many are never asked for what it has:
control API, dashboard, invites.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mockserver.collection import paused
from mockserver.web.api.exchange import WIRE
from mockserver.web.api.pipeline import STATUS_LINES, Pipeline
from mockserver.web.control.glances import Glances
from mockserver.web.paths import API_PREFIX, WORLDS_PREFIX
from mockserver.web.site import SITE, Site
from mockserver.web.worlds import Worlds

if TYPE_CHECKING:
    from mockserver.web.app import MockApp


class Front:
    """`pipeline` and `glances` are the mock's own; `make_flask` makes its Flask application, which without `direct` is
    given requests for the API, too, so that its extensions see them."""

    def __init__(
        self, pipeline: Pipeline, glances: Glances, worlds: Worlds, make_flask: "Callable[[], MockApp]", *, direct: bool
    ) -> None:
        self.pipeline = pipeline
        self._glances = glances
        self.worlds = worlds
        self._make_flask = make_flask
        self._flask: MockApp | None = None
        self._making = threading.Lock()
        self._direct = direct

    @property
    def flask(self) -> "MockApp":
        """One for all who ask."""
        return self._flask or self._made()

    def _made(self) -> "MockApp":
        with self._making, paused():
            if self._flask is None:
                self._flask = self._make_flask()
            return self._flask

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        site: Site | None = environ.get(SITE)  # where its body was waited for, it was led there before
        if site is None and path.startswith(WORLDS_PREFIX):
            site = self.worlds.enter(environ)
            path = environ["PATH_INFO"]
        # Flask takes leading slashes off, however many; to us `//_mock` is another path than `/_mock`.
        if (self._direct and path.startswith(API_PREFIX)) or path.startswith("//"):
            reply = (self.pipeline if site is None else site.pipeline).handle(environ)
        elif site is None and (glance := self._glances.reply(environ)) is not None:
            reply = glance
        else:
            environ["PATH_INFO"] = path or "/"  # an empty one is the root (RFC 9110, 4.2.3); Flask would redirect
            return self.flask.dispatched(environ, start_response)
        if reply.wire is not None:
            environ[WIRE] = reply.wire
        start_response(STATUS_LINES.get(reply.status) or f"{reply.status} Unassigned", reply.headers)
        return [reply.body]
