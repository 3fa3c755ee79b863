"""A world as HTTP sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mockserver.application.admin import Admin
from mockserver.application.world import World
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.api.request_ids import RequestIds

SITE = "kordkit.site"
"""Where in the WSGI environment the site of a world stands; not there: the mock itself is meant."""


@dataclass(frozen=True, slots=True)
class Site:
    """`body_limit` says how many bytes of a request's body are read."""

    world: World
    admin: Admin
    pipeline: Pipeline
    names: RequestIds
    body_limit: Callable[[dict[str, Any]], int]
