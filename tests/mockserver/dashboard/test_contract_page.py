"""The contract's pages, in a browser: every example of every operation is run as it stands there, in four languages."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
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


def test_an_example_that_was_copied_is_what_is_run(fresh: Mock, visit: Visit) -> None:
    page = visit("contract/getOrganization")
    page.get_by_role("button", name="Copy").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(copied, shell=True, env=environment(fresh), capture_output=True, text=True, timeout=30)
    assert '"slug":"acme-salon"' in done.stdout


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
    page.reload()
    assert value not in page.content()

    page = visit("contract/lookupBooking")
    assert page.get_by_label("confirmation_number").input_value() == "BOOK_ABC123XYZ"
    page.get_by_label("contact", exact=True).fill("somebody@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status", name="Answer")).to_contain_text("The contact does not match the booking")


def test_what_never_comes_is_said(fresh: Mock, visit: Visit) -> None:
    fresh.control.ask("POST", "/faults", {"action": {"kind": "connection-closed"}})
    page = visit("contract/getOrganization")
    page.get_by_label("x-kordless-key").fill(fresh.key)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status", name="Answer")).to_contain_text("No whole answer came")


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
    page.get_by_role("link", name="self_service").click()
    expect(page.get_by_role("row").filter(has_text="self_service.number_case")).to_contain_text("/api/bookings/lookup")


def test_a_reading_in_force_and_another_organization_are_shown(visit: Visit) -> None:
    with Mock(Settings(reading="errors.404.host=400", limits=False)) as other:
        page = visit("contract/createBooking?organization=harbor-clinic", other.url)
        question = page.locator(".questions > li").filter(has_text="errors.404.host")
        expect(question.locator(".in-force")).to_contain_text("answered with 400")
        assert '"org_slug": "harbor-clinic"' in page.get_by_label("Body", exact=True).input_value()
        expect(page.locator(".example").first).to_contain_text("harbor-clinic")


def test_in_a_world_examples_are_about_that_world(fresh: Mock, visit: Visit) -> None:
    fresh.control.ask("POST", "/worlds/mine")
    page = visit("contract/getOrganization", f"{fresh.url}/w/mine")
    expect(page.locator(".example").first).to_contain_text(f"{fresh.url}/w/mine/api/calendar/v1/public/org/acme-salon")
    page.get_by_label("x-kordless-key").fill(fresh.key)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status", name="Answer")).to_contain_text('"slug": "acme-salon"')
    assert fresh.control.ask("GET", "/requests")["requests"] == []


def test_what_there_is_not_is_said(fresh: Mock, visit: Visit) -> None:
    expect(visit("contract/eatBooking").get_by_role("alert")).to_contain_text(
        "The contract has no operation eatBooking"
    )


def test_what_an_overlay_says_is_text(tmp_path: Path, visit: Visit) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    overlay = tmp_path / "overlay.yaml"
    actions = [{"target": "$.info", "update": {"title": hostile}}]
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}))
    with Mock(Settings(overlays=(overlay,), limits=False)) as other:
        page = visit("contract", other.url)
        expect(page.get_by_role("heading", level=1)).to_contain_text(hostile)
        assert page.locator("main img, main script").count() == 0
