"""A world as HTTP sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mockserver.application.world import World
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.api.request_ids import RequestIds

if TYPE_CHECKING:
    from mockserver.application.admin import Admin

SITE = "kordkit.site"
"""Where in the WSGI environment the site of a world stands; not there: the mock itself is meant."""


@dataclass(frozen=True)
class Site:
    """`body_limit` says how many bytes of a request's body are read."""

    world: World
    pipeline: Pipeline
    names: RequestIds
    body_limit: Callable[[dict[str, Any]], int]

    @cached_property
    def admin(self) -> "Admin":
        from mockserver.application.admin import Admin  # no request for the API has need of it

        return Admin(self.world)
