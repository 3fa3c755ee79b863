"""A Chromium with one page and a mock for each file of tests; each test begins with both as they were.

What every page must keep is looked at after each test: no request leaves the machine, nothing breaks the pages'
Content-Security-Policy, no script fails.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from mockserver.settings import Settings
from mockserver.testing import Mock
from mockserver.testing.mocks import moment

NOW = "2025-12-01T08:00:00Z"
PATIENCE = 30_000  # milliseconds
NARROW, WIDE = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
AXE = Path(AXE_FILE_PATH).read_text("utf-8")
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file: as long as Playwright is there, no other event loop runs in this process."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has to have chromium")
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    """Of the shipped dataset, its clock standing at NOW; a file that wants another has a fixture of this name."""
    with Mock(Settings(seed=1, now=moment(NOW), frozen=True)) as mock:
        yield mock


@pytest.fixture
def fresh(mock: Mock) -> Mock:
    """The file's mock as it began."""
    mock.reset()
    return mock


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[tuple[Page, "Watched"]]:
    """One for each file: another would have a process of its own, which costs more than what most tests do in it."""
    watched = Watched()
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.on("request", lambda request: watched.urls.append(request.url))
    context.on("console", lambda message: watched.said.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: watched.failures.append(str(error.error)))
    yield context.new_page(), watched
    context.close()


@pytest.fixture
def visit(tab: tuple[Page, "Watched"], mock: Mock) -> Iterator[Visit]:
    """Opens a page of the dashboard by its path below it: `visit("keys")`; `url` is that of another mock or world."""
    page, watched = tab
    watched.forget()

    def visit(path: str, url: str | None = None) -> Page:
        page.goto(f"{url or mock.url}/_mock/dashboard/{path}")
        return page

    yield visit
    visit("assets/icon.svg")  # where nothing goes on; from another site it would begin with a new process
    page.evaluate("localStorage.clear()")
    page.context.clear_cookies()
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    watched.require_clean()


class Watched:
    """What a browser asked for, what its console says, and which errors no script caught."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.said: list[str] = []
        self.failures: list[str] = []

    def require_clean(self) -> None:
        assert {urlsplit(url).hostname for url in self.urls} <= {"127.0.0.1", "localhost"}
        assert [line for line in self.said if "Content Security Policy" in line] == []
        assert self.failures == []

    def forget(self) -> None:
        for heard in (self.urls, self.said, self.failures):
            heard.clear()


@contextmanager
def looking(page: Page, *, dark: bool = False, narrow: bool = False) -> Iterator[Page]:
    """The page as it looks in the dark, or on a telephone."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size(NARROW if narrow else WIDE)
    yield page
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)


def require_accessible(page: Page) -> None:
    """axe finds nothing in the page as it stands, light, dark and narrow; and narrow nothing goes over the edge.

    In the dark only colours are others, and on a narrow screen all but these.
    """
    page.evaluate(AXE)
    _require_no_violation(page, "{}")
    with looking(page, dark=True):
        _require_no_violation(page, "{runOnly: ['color-contrast']}")
    with looking(page, narrow=True):
        _require_no_violation(page, "{rules: {'color-contrast': {enabled: false}}}")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def _require_no_violation(page: Page, options: str) -> None:
    found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations'], ...{options}}})")
    assert found["passes"], "axe looked at nothing"
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
