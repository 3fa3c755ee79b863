"""Is the mock there, and what time is it? Nobody who asks no more than that waits for Flask: the mock's own start does
not, nor do programs that wait for it, nor tests that go by its clock."""

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


def health_of(world: World) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": __version__,
        "contract": world.contract_version,
        "now": render_instant(world.clock.now() // SECOND),
        "seed": world.seed,
        "reading": world.reading,
    }


def time_shown(now: int, frozen: bool) -> dict[str, Any]:
    """`now` in nanoseconds."""
    return {"now": render_instant(now // SECOND), "frozen": frozen}


def _time_of(world: World) -> dict[str, Any]:
    return time_shown(world.clock.now(), world.clock.frozen)


_GLANCES = {f"{CONTROL_PREFIX}/health": health_of, f"{CONTROL_PREFIX}/clock": _time_of}


class Glances:
    """Answers for the mock's own world, as the control API does."""

    def __init__(self, world: World, access: Access, names: RequestIds, date: DateHeader) -> None:
        self._world = world
        self._access = access
        self._names = names
        self._date = date

    def reply(self, environ: Mapping[str, Any]) -> Reply | None:
        """None: something else is asked, or all is not well, of which the control API has more to say."""
        told_of = _GLANCES.get(environ["PATH_INFO"])
        if told_of is None or environ["REQUEST_METHOD"] != "GET" or not self._access.permits(environ):
            return None
        try:
            now = self._world.clock.now()
            reply = Reply.json(told_of(self._world))
        except StateUnavailableError:
            return None
        reply.headers = [
            *reply.headers,
            *self._names.told(environ),
            ("Date", self._date.at(now)),
            ("Content-Length", str(len(reply.body))),
        ]
        return reply
