"""What a server calls: the mock's own world, and those that are made beside it; and Flask, when there is need of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mockserver.adapters.clock import uptime
from mockserver.adapters.ids import form_token
from mockserver.application.world import World
from mockserver.datasets.loader import Dataset
from mockserver.observing.advice.advice import Summary
from mockserver.observing.journal import Entry
from mockserver.parts import STANDARD
from mockserver.storage.opening import MEMORY, is_shared
from mockserver.web.control.access import Access
from mockserver.web.control.glances import Glances
from mockserver.web.dashboard.visitors import Visitors
from mockserver.web.front import Front
from mockserver.web.gate import Gate
from mockserver.web.paths import WORLDS_PREFIX, is_api
from mockserver.web.site import Site
from mockserver.web.worlds import Worlds
from mockserver.wiring.collector import release, settle
from mockserver.wiring.shared import Shared
from mockserver.wiring.site import MayControl, site_of
from mockserver.wiring.world import beginning_of, world_of

if TYPE_CHECKING:
    from mockserver.web.app import MockApp

WORLD_JOURNAL = 1000
"""Requests that a world remembers at the most: there may be many of them."""

Log = Callable[[Entry], None]


def front_of(shared: Shared, dataset: Dataset, world: World, log: Log | None, summary: Summary) -> tuple[Front, Gate]:
    """`world` is the mock's own."""
    settings = shared.settings
    access = Access(settings.admin_token)
    visitors = Visitors(access, settings.admin_token, form_token)
    main = site_of(shared, world, visitors.may_send, log)
    worlds = _worlds(shared, dataset, visitors.may_send, log, summary)

    def body_limit(environ: dict[str, Any]) -> int:
        if not environ["PATH_INFO"].startswith(WORLDS_PREFIX):
            return main.body_limit(environ)
        site = worlds.enter(environ)
        return 0 if site is None else site.body_limit(environ)

    def make_flask() -> "MockApp":
        from mockserver.wiring.app import app_of

        return app_of(shared, dataset, main, worlds, access, visitors, gate)

    date = shared.parts.date()
    glances = Glances(world, access, main.names, date)
    front = Front(main.pipeline, glances, worlds, make_flask, direct=settings.direct)
    # The API waits for nobody, unless its state is on a server; and some mutants tell threads from one another.
    quick = _never if is_shared(settings.state) or shared.parts != STANDARD else is_api
    gate = Gate(front, body_limit, shared.problems, main.names, date, world.clock, settings.trusted_proxies, quick)
    return front, gate


def _never(_: str) -> bool:
    return False


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
