"""The order of the tests, which of them `make check` leaves out, and which are measured."""

import gc
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import coverage
import pytest
import yaml

HERE = Path(__file__).parent
SLOW: dict[str, int] = yaml.safe_load((HERE / "slow.yaml").read_text("utf-8"))

gc.disable()  # while tests are collected: nearly all that is made then stays


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Importing a file only to leave it out takes its time, too.

    Where coverage is measured, they are imported: the figure is then the same with the slow tests and without.
    """
    left_out = config.option.markexpr == "not slow" and not config.getoption("cov_source", None)
    return True if left_out and _seconds(collection_path) else None


@pytest.hookimpl(tryfirst=True)  # before pytest-cov begins to measure for this worker
def pytest_sessionstart(session: pytest.Session) -> None:
    """In a worker, pytest-cov began as if it gave out the work, too: that goes on wherever the worker's own stops."""
    begun = coverage.Coverage.current() if hasattr(session.config, "workerinput") else None
    if begun is not None:
        begun.stop()


@pytest.hookimpl(tryfirst=True)  # before -m is applied
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and put it behind the rest, the longest first: what begins last should keep nobody waiting.

    The rest comes first since it is measured: what is imported on use counts as run where it is imported.
    """
    for item in items:
        if _seconds(item.path):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: (_seconds(item.path) > 0, -_seconds(item.path)))


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it again and again took up to a tenth of the time.

    Every test builds mocks, and with Python's own threshold, 700, hundreds of collections pass over each while it is
    in use: a seventh of the time. It is garbage as a whole, once its test has ended.
    """
    if "hypothesis" in sys.modules:
        _draw()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)
    gc.enable()


def _draw() -> None:
    """Hypothesis registers a generator of its own when it first draws, and warns if the collector does not see who
    holds it, as may be while a thread that a test has started collects. Now there is none."""
    from hypothesis import given, settings
    from hypothesis import strategies as st

    given(st.none())(settings(database=None)(lambda _: None))()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """What a file has left unclosed is found at its end: any other file would be blamed for it.

    What then is left lives on, as caches do, and is not looked through at the end of each file that follows.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Slow tests are not measured: measuring takes as long again."""
    measuring = coverage.Coverage.current() if item.get_closest_marker("slow") else None
    if measuring is None:
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


@cache
def _seconds(path: Path) -> int:
    return SLOW.get(path.relative_to(HERE).as_posix(), 0)
