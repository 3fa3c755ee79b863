"""A run as it was asked for: whom to load, with what, and up to which bounds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.measure.statistics import Statistics

# Called about once a second while a run goes on: seconds since its start, and what was counted so far.
Progress = Callable[[float, Statistics], None]


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization of the target and what may be used of it. `id` goes into `x-organization-id`.

    Reports call the keys of all organizations, in their order, "key 1", "key 2", ... and "platform key 1", ...
    """

    slug: str
    service: str = ""  # slug; "": the first one that the server offers
    id: str = ""
    keys: tuple[str, ...] = field(default=(), repr=False)  # public ones
    platform_keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """`url` is the origin and an optional prefix; `/api/calendar/v1/…` is appended. Times are seconds.

    The first of the organizations is the one to load; the others are there for scenarios that want several.
    `rate` is the text of an open model's arrivals and `users` the number of a closed model's clients; neither: what
    the scenario itself wants. `duration` and `max_requests` are bounds that end a run, whichever comes first.
    """

    scenario: str
    url: str
    organizations: tuple[Organization, ...] = ()
    rate: str | None = None
    users: int | None = None
    duration: float = 60.0
    max_requests: int = 10_000
    max_in_flight: int = 1_000
    seed: int = 0
    processes: int = 1
    expect_workers: int = 0  # on other machines; 0: none
    master_port: int = 5557  # where those workers find the master
    worker_of: str | None = None  # HOST:PORT of the master
    control_url: str | None = None
    admin_token: str | None = field(default=None, repr=False)
    contract: Path | None = None
    overlays: tuple[Path, ...] = ()
    allow_writes: bool = False
