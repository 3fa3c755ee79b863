"""Is the mock there? Nobody who asks that waits for Flask: the mock's own start does, and programs that wait for it."""

from collections.abc import Mapping
from typing import Any

from mockserver import __version__
from mockserver.application.world import World
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND, StateUnavailableError
from mockserver.web.api.exchange import Reply
from mockserver.web.api.pipeline import DateHeader
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.control.access import Access
from mockserver.web.paths import CONTROL_PREFIX

PATH = f"{CONTROL_PREFIX}/health"


def health_of(world: World) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": __version__,
        "contract": world.contract_version,
        "now": render_instant(world.clock.now() // SECOND),
        "seed": world.seed,
        "reading": world.reading,
    }


class Health:
    """Answers for the mock's own world, as the control API does."""

    def __init__(self, world: World, access: Access, names: RequestIds, date: DateHeader) -> None:
        self._world = world
        self._access = access
        self._names = names
        self._date = date

    def reply(self, environ: Mapping[str, Any]) -> Reply | None:
        """None: something else is asked, or all is not well, of which the control API has more to say."""
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "GET" or not self._access.permits(environ):
            return None
        try:
            now = self._world.clock.now()
            reply = Reply.json(health_of(self._world))
        except StateUnavailableError:
            return None
        reply.headers = [
            *reply.headers,
            *self._names.told(environ),
            ("Date", self._date.at(now)),
            ("Content-Length", str(len(reply.body))),
        ]
        return reply
