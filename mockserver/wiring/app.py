"""The Flask application of a mock: control API, dashboard, invites, and the operations as routes."""

from functools import partial
from typing import Any

from flask import Flask, Request, Response

from mockserver.datasets.loader import Dataset
from mockserver.parts import STANDARD
from mockserver.web.api.cors import Cors
from mockserver.web.app import MockApp, create_app
from mockserver.web.asked import Asked
from mockserver.web.control.access import Access
from mockserver.web.control.blueprint import control, unrouted
from mockserver.web.dashboard.entry import dashboard
from mockserver.web.dashboard.visitors import Visitors
from mockserver.web.gate import Gate
from mockserver.web.invites import invites
from mockserver.web.paths import is_control
from mockserver.web.site import Site
from mockserver.web.welcome import welcome
from mockserver.web.worlds import Worlds
from mockserver.wiring.ready import ready_content
from mockserver.wiring.shared import Shared, control_schema, reader_of


def app_of(
    shared: Shared, dataset: Dataset, main: Site, worlds: Worlds, access: Access, visitors: Visitors, gate: Gate
) -> MockApp:
    """`main` is the site of the mock's own world."""
    settings = shared.settings
    asked, cors, date = Asked(main), Cors(settings.cors), shared.parts.date()
    reader = reader_of(STANDARD, shared.promised)

    def stamp(request: Request, response: Response) -> Response:
        response.headers.update(asked.names.told(request.environ))
        response.headers["Date"] = date.at(asked.clock.now())
        if not is_control(request.path):
            response.headers.extend(cors.permission(request.environ))
        return response

    def ready(site: Site, url: str) -> dict[str, Any]:
        return ready_content(shared.promised, dataset, site.world, url, settings.admin_token)

    def pages() -> Flask:
        from mockserver.web.dashboard.app import pages_of  # which nobody waits for who does not look at it
        from mockserver.web.dashboard.forms import Forms
        from mockserver.wiring.reference import reference_of

        read = partial(reference_of, shared.promised)
        return pages_of(asked, worlds, visitors, Forms(control_schema, reader), read)

    return create_app(
        gate,
        asked.pipeline,
        shared.routes,
        [
            welcome(),
            invites(asked.bookings, asked.clock, shared.problems),
            dashboard(pages),
            control(asked.admin, worlds, ready, access, reader, control_schema),
        ],
        stamp,
        unrouted(access),
    )
