"""A client that does as the documentation says is never advised, whatever happens; without a habit it is."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.wiring import Built
from tests.effort import draws
from tests.mockserver.advice.clients import mock
from tests.mockserver.advice.good_client import GOOD, GoodClient, Steps

TROUBLES = (
    {"kind": "error", "status": 503},
    {"kind": "error", "status": 502},
    {"kind": "error", "cause": "server_error"},
    {"kind": "error", "cause": "rate_limited", "retry_after": 7},
    {"kind": "error", "status": 503, "retry_after": 40},
    {"kind": "response-lost"},
    {"kind": "connection-closed"},
    {"kind": "connection-reset"},
    {"kind": "truncated-body"},
    {"kind": "malformed-json"},
    {"kind": "wrong-content-type"},
    {"kind": "latency", "seconds": 3},
)
step = st.one_of(
    st.tuples(st.just("organization")),
    st.tuples(st.just("book"), st.integers(0, 9), st.integers(0, 30)),
    st.tuples(st.just("look"), st.integers(0, 3)),
    st.tuples(st.just("cancel"), st.integers(0, 3)),
    st.tuples(st.just("list")),
    st.tuples(st.just("idle"), st.sampled_from([0.0, 1.0, 30.0, 59.0, 600.0, 3_600.0, 86_400.0, 40 * 86_400.0])),
    st.tuples(
        st.just("trouble"),
        st.sampled_from(TROUBLES),
        st.integers(1, 8),
        st.sampled_from([None, "createBooking"]),
    ),
)
numbers = count()


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    with mock(limits=True) as begun:
        yield begun


def advised(built: Built, steps: Steps, jitter: float = 0.0, **bad: bool) -> list[Any]:
    """What a client without these habits is advised, in a world of its own."""
    name = f"world-{next(numbers)}"
    site = built.front.worlds.create(name)
    try:
        key = next(key.value for key in built.dataset.keys if key.record.id == "key_acme_public")
        client = GoodClient(site, key, replace(GOOD, **bad), jitter)
        for each in steps:
            client.take(each)
        return [(finding.mistake.id, finding.signs) for finding in site.world.advice.findings()]
    finally:
        built.front.worlds.drop(name)


def test_who_follows_the_documentation_is_never_advised(built: Built) -> None:
    @settings(max_examples=draws(10_000, share=12), deadline=None)
    @given(st.lists(step, max_size=12), st.floats(0, 1))
    def never_advised(steps: Steps, jitter: float) -> None:
        assert advised(built, steps, jitter) == []

    never_advised()


BUSY: Steps = [("organization",), ("book", 0, 0)]


@pytest.mark.parametrize(
    ("habit", "steps", "mistake"),
    [
        ("waits", [("trouble", TROUBLES[4], 1), ("organization",)], "retries.too-early"),
        ("backs_off", [("trouble", TROUBLES[0], 5), ("organization",)], "retries.no-backoff"),
        ("has_keys", [("trouble", TROUBLES[5], 2, "createBooking"), ("book", 0, 0)], "idempotency.booked-twice"),
        ("keeps_keys", [("trouble", TROUBLES[5], 2, "createBooking"), ("book", 0, 0)], "idempotency.new-key"),
        ("caches", [("organization",)] * 3, "repeats.uncached"),
        ("asks_first", [("book", 0, 0)], "availability.not-asked"),
        ("rotates", [*BUSY, ("idle", 91 * 86_400.0), ("organization",)], "credentials.age"),
        ("looks_seldom", [("book", 0, 0), *[("look", 0)] * 5], "repeats.polling"),
    ],
)
def test_without_one_of_its_habits_it_is(built: Built, habit: str, steps: Steps, mistake: str) -> None:
    assert advised(built, steps) == []
    found = [found for found, _ in advised(built, steps, **{habit: False})]
    assert mistake in found
