"""The contract's pages, in a browser: every example of every operation is run as it stands there, in four languages."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from mockserver.settings import Settings
from mockserver.testing import Mock
from mockserver.testing.mocks import moment
from tests.mockserver.dashboard.booking import Customer
from tests.mockserver.dashboard.conftest import NOW, Visit, require_accessible

# In an order in which each finds what it is about, and what changes bookings comes last.
OPERATIONS = {
    "getOrganization": 200,
    "getService": 200,
    "getAvailability": 200,
    "listBookings": 200,
    "lookupBooking": 200,
    "getRescheduleAvailability": 200,
    "createBooking": 201,
    "rescheduleBooking": 200,
    "cancelBooking": 200,
}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
FILES = {"curl": "sh", "Python": "py", "JavaScript": "mjs", "Ruby": "rb"}
# One process of each language runs all files that it is given, one after the other.
RUN = {
    "curl": ["sh", "-ec", 'for file in "$@"; do . "$file"; echo; done', "sh"],
    "Python": [sys.executable, "-c", "import sys, runpy\nfor file in sys.argv[1:]: runpy.run_path(file)"],
    "JavaScript": ["node", "--input-type=module", "-e", "for (const f of process.argv.slice(1)) await import(f)", "--"],
    "Ruby": ["ruby", "-e", "ARGV.each { |file| load file }"],
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    """Whose limits are off: a client in four languages asks much in a minute."""
    with Mock(Settings(seed=1, now=moment(NOW), frozen=True, limits=False)) as mock:
        yield mock


class Examples(HTMLParser):
    """What stands in the page to be copied, by language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._language: str | None = None
        self._copied = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "details" and "data-language" in given:
            self._language = given["data-language"]
        elif tag == "pre":
            self._copied = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._language = None
        elif tag == "pre":
            self._copied = False

    def handle_data(self, data: str) -> None:
        if self._language is not None and self._copied:
            self.found[self._language] = self.found.get(self._language, "") + data


def environment(mock: Mock) -> Mapping[str, str]:
    credentials = mock.credentials
    keys = {"KORDLESS_API_KEY": credentials.key, "KORDKIT_PLATFORM_KEY": credentials.platform_key}
    return {**os.environ, **{name: value for name, value in keys.items() if value}}


@pytest.mark.parametrize("language", FILES)
def test_every_example_of_every_operation_works_as_it_stands(fresh: Mock, tmp_path: Path, language: str) -> None:
    Customer(fresh).book(nth=40)
    files = []
    for operation in OPERATIONS:
        page = requests.get(f"{fresh.url}/_mock/dashboard/contract/{operation}", timeout=10)
        file = tmp_path / f"{operation}.{FILES[language]}"
        file.write_text(Examples(page.text).found[language], "utf-8")
        files.append(str(file))
    fresh.control.ask("DELETE", "/requests")
    command = [*RUN[language], *files]
    done = subprocess.run(command, env=environment(fresh), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    asked = fresh.control.ask("GET", "/requests")["requests"][::-1]
    assert {each["operation"]: each["status"] for each in asked} == OPERATIONS
    for status in OPERATIONS.values():
        assert str(status) in done.stdout
    # What was made and canceled are two, and what was sent with the idempotency key of the example is known by it.
    assert sorted(b["status"] for b in fresh.control.ask("GET", "/bookings")["bookings"]) == ["canceled", "confirmed"]
    created = next(each for each in asked if each["operation"] == "createBooking")
    assert created["headers"]["idempotency-key"].startswith("booking-")
    assert not [found["id"] for found in fresh.advice if found["id"].startswith(("credentials.", "idempotency."))]


def test_an_operation_is_tried_with_a_key_made_for_it(fresh: Mock, visit: Visit) -> None:
    page = visit("contract/createBooking")
    page.get_by_role("button", name="make a key").click()
    expect(page.get_by_role("status").first).to_contain_text("shown this once")
    value = page.get_by_label("x-kordless-key").input_value()
    expect(page.get_by_text(f"export KORDLESS_API_KEY={value}")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    answer = page.get_by_role("status", name="Answer")
    expect(answer).to_contain_text("201")
    expect(answer).to_contain_text("x-request-id: ")
    expect(answer).to_contain_text('"confirmation_number": "BOOK_ABC123XYZ"')
    assert [found["id"] for found in fresh.advice if found["id"] == "credentials.browser"] == []
    page.locator(".example").first.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(copied, shell=True, env=environment(fresh), capture_output=True, text=True, timeout=30)
    assert "BOOK_ABC123XYZ" not in done.stdout
    assert "idempotency-replayed" not in done.stdout.lower()

    fresh.control.ask("POST", "/faults", {"action": {"kind": "connection-closed"}})
    page.get_by_role("button", name="Send").click()
    expect(answer).to_contain_text("No whole answer came")
    fresh.faults.clear()
    page.reload()
    assert value not in page.content()


def test_each_operation_shows_where_what_it_says_comes_from(fresh: Mock, visit: Visit) -> None:
    Customer(fresh).book(nth=40, contact={"name": "Grace Hopper", "phone": "+15551234567"})
    page = visit("contract")
    expect(page.get_by_role("table").first.get_by_role("row")).to_have_count(10)
    require_accessible(page)
    page.get_by_role("link", name="rescheduleBooking").click()
    main = page.locator("main")
    for said in ("/api/bookings/reschedule", "slot_not_offered", "errors.422.inside_notice_period", "self-service"):
        expect(main).to_contain_text(said)
    question = page.locator(".questions > li").filter(has_text="errors.422.inside_notice_period")
    expect(question.locator(".in-force")).to_have_count(1)
    expect(question).to_contain_text("assumed")
    for summary in page.locator("details.status summary").all():
        summary.click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status", name="Answer")).to_contain_text("200 OK")
    require_accessible(page)


def page_of(url: str, path: str) -> requests.Response:
    return requests.get(f"{url}/_mock/dashboard/{path}", timeout=10)


def test_a_reading_in_force_another_organization_and_an_overlay_are_shown(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    actions = [{"target": "$.info", "update": {"title": HOSTILE}}]
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}))
    with Mock(Settings(reading="errors.404.host=400", overlays=(overlay,), limits=False)) as other:
        page = page_of(other.url, "contract/createBooking?organization=harbor-clinic").text
        assert re.search(r'class="in-force">answered with 400 <code>400</code>', page)
        assert '"org_slug": "harbor-clinic"' in unescape(page)
        assert "harbor-clinic" in Examples(page).found["curl"]
        first = page_of(other.url, "contract").text
        assert HOSTILE not in first
        assert f"{escape(HOSTILE)} <span" in first.replace("&#34;", "&quot;")


def test_in_a_world_examples_are_about_that_world(fresh: Mock) -> None:
    fresh.control.ask("POST", "/worlds/mine")
    page = page_of(f"{fresh.url}/w/mine", "contract/getOrganization").text
    assert f"{fresh.url}/w/mine/api/calendar/v1/public/org/acme-salon" in Examples(page).found["curl"]
    assert 'data-base="/w/mine"' in page


def test_statements_are_told_by_subject(visit: Visit) -> None:
    page = visit("contract/statements/self_service")
    for said in ("self_service.number_case", "/api/bookings/lookup"):
        expect(page.locator("main")).to_contain_text(said)
    require_accessible(page)


@pytest.mark.parametrize("path", ["eatBooking", "statements/everything"])
def test_what_there_is_not_is_said(mock: Mock, path: str) -> None:
    page = page_of(mock.url, f"contract/{path}")
    assert page.status_code == 404
    assert "of the page Contract" in page.text
