"""What stands around every page: navigation, worlds, clock, and the token that its forms send."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import render_template, request

from mockserver.application.admin import Admin, Time
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND
from mockserver.web.dashboard.pages import PAGES
from mockserver.web.dashboard.visitors import Visitors
from mockserver.web.paths import DASHBOARD_PREFIX, WORLDS_PREFIX
from mockserver.web.site import SITE
from mockserver.web.worlds import Worlds


class Place(NamedTuple):
    """A world that can be chosen: the URL is that of the page now open, in it."""

    name: str
    url: str
    here: bool


class Layout:
    def __init__(self, admin: Admin, beside: Worlds, visitors: Visitors) -> None:
        self._admin = admin
        self._beside = beside
        self._visitors = visitors

    def values(self) -> dict[str, Any]:
        """What every template may use."""
        return {
            "pages": PAGES,
            "current": _current(),
            "places": self.places,
            "time": self.time,
            "assets": f"{request.script_root}{DASHBOARD_PREFIX}/assets",
            "form_token": self._visitors.form_token(request),
            "asks_for_token": self._visitors.asks_for_token,
            "instant": _instant,
            "any_of": _any_of,
            "same": _same,
            "organization_names": self.organization_names,
        }

    def sign_in(self, error: str | None = None) -> tuple[str, int]:
        """The page that asks for the admin token; 401 as long as it has not been given."""
        return render_template("sign_in.html", error=error), HTTPStatus.UNAUTHORIZED

    def problem(self, status: int, sentence: str) -> tuple[str, int]:
        """A page that says what is wrong and what to do."""
        return render_template("problem.html", status=status, error=sentence), status

    def time(self) -> Time:
        return self._admin.time()

    def organization_names(self) -> list[tuple[str, str]]:
        """For a field in which one is chosen: slugs and names."""
        return [(organization.slug, organization.name) for organization in self._admin.organizations.values()]

    def places(self) -> list[Place]:
        """The mock's own world and those beside it."""
        root, slash, here = request.script_root.rpartition(WORLDS_PREFIX) if SITE in request.environ else ("", "", "")
        own = root if slash else request.script_root
        path = f"{DASHBOARD_PREFIX}/{_current()}"
        names = [] if request.environ["wsgi.multiprocess"] else [name for name, _ in self._beside.unused()]
        beside = [Place(name, f"{own}{WORLDS_PREFIX}{name}{path}", name == here) for name in names]
        return [Place("the mock’s own", own + path, not here), *beside]


def _current() -> str:
    """The page that is open: `keys` for the endpoints `keys`, `keys_revoke` and so on."""
    endpoint = (request.endpoint or "").rpartition(".")[2].partition("_")[0]
    return endpoint if any(page.endpoint == endpoint for page in PAGES) else PAGES[0].endpoint


def _instant(moment: int | None) -> str:
    """Of nanoseconds."""
    return "never" if moment is None else render_instant(moment // SECOND)


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    """Options whose values are what is read."""
    return [(name, name) for name in names]


def _any_of(names: Iterable[str]) -> list[tuple[str, str]]:
    return [("", "any"), *_same(names)]
