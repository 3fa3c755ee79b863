"""The Flask application of a mock: its own world, and those that are made beside it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Flask, Request, Response

from mockserver.adapters.clock import uptime
from mockserver.adapters.ids import form_token
from mockserver.application.world import World
from mockserver.datasets.loader import Dataset
from mockserver.observing.advice.advice import Summary
from mockserver.observing.journal import Entry
from mockserver.parts import STANDARD
from mockserver.storage.opening import MEMORY
from mockserver.web.api.cors import Cors
from mockserver.web.app import MockApp, create_app
from mockserver.web.control import control, unrouted
from mockserver.web.control.access import Access
from mockserver.web.dashboard import dashboard
from mockserver.web.dashboard.visitors import Visitors
from mockserver.web.gate import Gate
from mockserver.web.invites import invites
from mockserver.web.paths import WORLDS_PREFIX, is_control
from mockserver.web.site import Asked, Site
from mockserver.web.welcome import welcome
from mockserver.web.worlds import Worlds
from mockserver.wiring.collector import release, settle
from mockserver.wiring.ready import ready_content
from mockserver.wiring.shared import Shared, control_schema, reader_of
from mockserver.wiring.site import MayControl, site_of
from mockserver.wiring.world import beginning_of, world_of

WORLD_JOURNAL = 1000
"""Requests that a world remembers at the most: there may be many of them."""

Log = Callable[[Entry], None]


def app_of(shared: Shared, dataset: Dataset, world: World, log: Log | None, summary: Summary) -> tuple[MockApp, Gate]:
    """`world` is the mock's own."""
    settings, problems = shared.settings, shared.problems
    access = Access(settings.admin_token)
    cors = Cors(settings.cors)
    date = shared.parts.date()
    reader = reader_of(STANDARD, shared.promised)
    visitors = Visitors(access, settings.admin_token, form_token)
    main = site_of(shared, world, visitors.may_send, log)
    asked = Asked(main)
    worlds = _worlds(shared, dataset, visitors.may_send, log, summary)

    def stamp(request: Request, response: Response) -> Response:
        response.headers.update(asked.names.told(request.environ))
        response.headers["Date"] = date.at(asked.clock.now())
        if not is_control(request.path):
            response.headers.extend(cors.permission(request.environ))
        return response

    def ready(site: Site, url: str) -> dict[str, Any]:
        return ready_content(shared.promised, dataset, site.world, url, settings.admin_token)

    def body_limit(environ: dict[str, Any]) -> int:
        if not environ["PATH_INFO"].startswith(WORLDS_PREFIX):
            return main.body_limit(environ)
        site = worlds.enter(environ)
        return 0 if site is None else site.body_limit(environ)

    def pages() -> Flask:
        from mockserver.web.dashboard.app import pages_of  # which nobody waits for who does not look at it
        from mockserver.web.dashboard.forms import Forms
        from mockserver.wiring.reference import reference_of

        read = partial(reference_of, shared.promised)
        return pages_of(asked, worlds, visitors, Forms(control_schema, reader), read)

    app = create_app(
        main.pipeline,
        asked.pipeline,
        worlds,
        shared.routes,
        [
            welcome(),
            invites(asked.bookings, asked.clock, problems),
            dashboard(pages),
            control(asked.admin, worlds, ready, access, reader, control_schema),
        ],
        stamp,
        unrouted(access),
        direct=settings.direct,
    )
    gate = Gate(app.wsgi_app, body_limit, problems, main.names, date, world.clock, settings.trusted_proxies)
    app.wsgi_app = gate  # type: ignore[method-assign]  # as Flask has it
    return app, gate


def _worlds(shared: Shared, dataset: Dataset, may_control: MayControl, log: Log | None, summary: Summary) -> Worlds:
    """Wherever the state of the mock itself is kept, theirs is kept in memory: they are there for a test each."""
    settings = replace(shared.settings, journal=min(shared.settings.journal, WORLD_JOURNAL), state=MEMORY, anew=False)
    beside = replace(shared, settings=settings)

    def make(name: str) -> Site:
        world = world_of(beside, dataset, summary, name)
        world.begin(beginning_of(beside, dataset), anew=False)
        site = site_of(beside, world, may_control, log and _named(name, log))
        settle()
        return site

    def close(site: Site) -> None:
        site.world.close()
        release()

    return Worlds(make, uptime, close=close)


def _named(name: str, log: Log) -> Log:
    """Lines of all worlds stand in one log."""
    return lambda entry: log(entry._replace(path=f"{WORLDS_PREFIX}{name}{entry.path}"))
