"""The page of the live journal, in a browser."""

import os
import re
import subprocess

import requests
from playwright.sync_api import expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.conftest import Visit, require_accessible

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def organization_of(mock: Mock, key: str | None = None, **headers: str) -> requests.Response:
    url = f"{mock.url}/api/calendar/v1/public/org/{mock.credentials.org}"
    return requests.get(url, headers={"x-kordless-key": key or mock.key, **headers}, timeout=10)


def run(line: str, mock: Mock) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "KORDLESS_API_KEY": mock.key}
    return subprocess.run(line, shell=True, check=True, capture_output=True, text=True, timeout=10, env=environment)


def test_a_request_appears_as_it_comes(fresh: Mock, visit: Visit) -> None:
    page = visit("traffic")
    page.get_by_text("No request has come yet").wait_for()
    example = page.locator("pre").inner_text()
    run(example, fresh)
    row = page.get_by_role("row", name="/api/calendar/v1/public/org/acme-salon")
    expect(row).to_contain_text("200")
    expect(row).to_contain_text("Website")


def test_a_filter_holds_for_what_has_come_and_for_what_comes(fresh: Mock, visit: Visit) -> None:
    organization_of(fresh)
    organization_of(fresh, "nobody's")
    page = visit("traffic")
    page.get_by_text("Filter").first.click()
    page.get_by_label("Status").fill("401")
    page.get_by_role("button", name="Filter").click()
    rows = page.locator("#traffic tbody tr")
    expect(rows).to_have_count(1)
    organization_of(fresh)
    organization_of(fresh, "another nobody's")
    expect(rows).to_have_count(2)
    assert {row.locator(".badge").inner_text() for row in rows.all()} == {"401"}


def test_a_filter_that_nothing_can_fit_is_said_to_be_one(fresh: Mock, visit: Visit) -> None:
    page = visit("traffic?operation=getOrganisation")
    expect(page.get_by_role("alert")).to_contain_text("did you mean getOrganization?")


def test_one_that_is_opened_shows_both_sides_and_why(fresh: Mock, visit: Visit) -> None:
    fresh.control.ask(
        "PUT", "/limits/public-general/" + fresh.control.ask("GET", "/keys")["keys"][0]["id"], {"remaining": 0}
    )
    refused = organization_of(fresh, **{"X-Hostile": HOSTILE})
    page = visit("traffic")
    page.get_by_role("link", name="/api/calendar/v1/public/org/acme-salon").click()
    main = page.locator("main")
    why = ("Refused: rate_limited", "errors.429", "0 of 60 left", "public-general")
    for said in (*why, HOSTILE, refused.json()["detail"]):
        expect(main).to_contain_text(said)
    assert refused.status_code == 429
    require_accessible(page)
    # The curl line that can be copied does what the request did.
    page.get_by_role("button", name="Copy the curl line").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert fresh.key not in page.content()
    done = run(copied, fresh)
    assert done.stdout == refused.text


def test_it_is_sent_again_with_the_key_that_it_had(fresh: Mock, visit: Visit) -> None:
    organization_of(fresh)
    page = visit("traffic")
    page.get_by_role("link", name="acme-salon").click()
    page.get_by_role("button", name="Send again").click()
    page.get_by_role("link", name="see that request").click()
    expect(page.locator(".facts")).to_contain_text("200")
    expect(page.locator(".facts")).to_contain_text("Website")
    assert len(fresh.control.ask("GET", "/requests")["requests"]) == 2


def test_a_key_that_nobody_knows_any_more_is_asked_for(fresh: Mock, visit: Visit) -> None:
    wanted = {"organization": fresh.credentials.org, "kind": "public", "label": HOSTILE}
    made = fresh.control.ask("POST", "/keys", wanted)
    organization_of(fresh, made["key"])
    page = visit("traffic")
    page.get_by_role("link", name="acme-salon").click()
    expect(page.locator(".facts")).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the key")
    page.get_by_label("Key to send it with").fill(made["key"])
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".notice")).to_contain_text("answered with 200")


def test_nothing_keeps_anybody_from_using_it(fresh: Mock, visit: Visit) -> None:
    require_accessible(visit("traffic"))
    organization_of(fresh)
    page = visit("traffic?status=200")
    expect(page.locator("#traffic tbody tr")).to_have_count(1)
    require_accessible(page)


def test_however_many_come_the_page_holds_the_newest(fresh: Mock, visit: Visit) -> None:
    url = f"{fresh.url}/api/calendar/v1/public/org/{fresh.credentials.org}"
    page = visit("traffic")
    page.get_by_text("Live").wait_for()
    with requests.Session() as session:
        for _ in range(400):
            session.get(url, timeout=10)
    rows = page.locator("#traffic tbody tr")
    expect(rows).to_have_count(200)
    last = fresh.control.ask("GET", "/requests?limit=1")["requests"][0]["request_id"]
    expect(rows.first.get_by_role("link")).to_have_attribute("href", re.compile(f"id={last}$"))
    page.get_by_role("button", name="Pause").click()
    session.get(url, timeout=10)
    expect(page.get_by_text("Paused")).to_be_visible()
    expect(rows.first.get_by_role("link")).to_have_attribute("href", re.compile(f"id={last}$"))
