"""What a request costs where there is much: `python -m benchmarks growth`, in process, a mock for each line.

CPU time, the least of many, in microseconds, of GET organization and of POST create under a key. *Longest* is the
longest that any of these requests took, in milliseconds, the collector's work included; *collection* is a whole
collection, which might meet a request: it looks through everything but what the start has made.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import mockserver.wiring
from benchmarks.full_class import booked, settings_of_class
from benchmarks.hot_path import JOURNAL, Environ, answering, timed
from benchmarks.peers.requests import CREATE, ORGANIZATION, REQUESTS, environ_of_request
from benchmarks.report import Effort, Section, table
from benchmarks.timing import least
from mockserver.datasets.loader import Dataset
from mockserver.domain.webhooks import Webhook
from mockserver.wiring import Built, build
from mockserver.wiring.collector import keep

AMOUNTS = 100, 10_000, 100_000
WORLDS = 1_000  # no mock has more
IN_ONE_SLOT = 1_000
GETS, POSTS = 2_000, 1_000
Fill = Callable[[Built, int], None]


def bookings(built: Built, amount: int) -> None:
    with built.mock.state.work(alone=True) as work:
        work.bookings.restart(booked(amount, IN_ONE_SLOT))


def keys(built: Built, amount: int) -> None:
    (first,) = built.dataset.keys
    others = (
        replace(first.record, id=f"key_{number}", digest=number.to_bytes(32, "big")) for number in range(1, amount)
    )
    with built.mock.state.work(alone=True) as work:
        work.keys.restart([first.record, *others], {})


def webhooks(built: Built, amount: int) -> None:
    """Of another organization."""
    first = Webhook(
        id="hook_0",
        organization="another",
        url="http://127.0.0.1:9/",
        events=("booking.created",),
        secret="secret",
        created_at=0,
    )
    with built.mock.state.work(alone=True) as work:
        work.webhooks.restart(replace(first, id=f"hook_{number}") for number in range(amount))


def worlds(built: Built, amount: int) -> None:
    for number in range(amount):
        built.front.worlds.create(f"world-{number}")


def journal(built: Built, amount: int) -> None:
    answer = answering(built)
    for _ in range(amount):
        answer(environ_of_request(REQUESTS[ORGANIZATION], 0))


FILLS: Mapping[str, Fill] = {
    "bookings": bookings,
    "keys": keys,
    "organizations": lambda *_: None,  # they stand in the dataset
    "worlds": worlds,
    "webhooks": webhooks,
    "journal entries": journal,
}


def report(_: Effort) -> Section:
    rows = []
    for what, fill in FILLS.items():
        for amount in AMOUNTS if what != "worlds" else (AMOUNTS[0], WORLDS):
            figures = measured(what, amount, fill)
            rows.append((what, f"{amount:,}", *(f"{figure:.1f}" for figure in figures)))
    return Section(table(("there are", "so many", "GET", "POST", "longest, ms", "collection, ms"), rows))


def measured(what: str, amount: int, fill: Fill) -> tuple[float, float, float, float]:
    """Microseconds of a GET and of a POST, milliseconds of the longest and of a collection."""
    many = amount if what == "organizations" else 1
    with settings_of_class(counted=True, journal=max(amount, JOURNAL)) as settings, organizations(many):
        built = build(settings)
    gc.collect()
    keep()  # as the mock does once it is started
    fill(built, amount)
    answer = answering(built)
    got = timed(answer, asked(ORGANIZATION, GETS), "200")
    posted = timed(answer, asked(CREATE, POSTS), "201")
    collection = least(gc.collect, 1) / 1000  # the next one has nothing left to look through
    built.mock.close()
    gc.unfreeze()
    return min(got), min(posted), max(*got, *posted) / 1000, collection


def asked(kind: str, amount: int) -> list[Environ]:
    return [environ_of_request(REQUESTS[kind], number) for number in range(amount)]


@contextmanager
def organizations(amount: int) -> Iterator[None]:
    """Mocks that are built within have so many, all but one alike."""
    load = mockserver.wiring.load_dataset

    def loaded(source: str, *, seed: int | None) -> Dataset:
        dataset = load(source, seed=seed)
        (first,) = dataset.organizations.values()
        others = (replace(first, id=f"org_{number}", slug=f"org-{number}") for number in range(1, amount))
        return dataset._replace(organizations={each.slug: each for each in (first, *others)})

    with patch.object(mockserver.wiring, "load_dataset", loaded):
        yield
