"""All worlds share one Flask application, which asks of each request whose it is."""

from typing import cast

from flask import request
from werkzeug.local import LocalProxy

from mockserver.application.admin import Admin
from mockserver.application.bookings import BookingService
from mockserver.ports import Clock
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.site import SITE, Site


class Asked:
    """What Flask's views work on: parts of the site that the request is for, as `flask.request` is the request."""

    def __init__(self, main: Site) -> None:
        def site() -> Site:
            found: Site = request.environ.get(SITE, main)
            return found

        self.pipeline = cast(Pipeline, LocalProxy(lambda: site().pipeline))
        self.admin = cast(Admin, LocalProxy(lambda: site().admin))
        self.names = cast(RequestIds, LocalProxy(lambda: site().names))
        self.bookings = cast(BookingService, LocalProxy(lambda: site().world.bookings))
        self.clock = cast(Clock, LocalProxy(lambda: site().world.clock))
