"""Advice, in a browser: what a client did, the page that advises against it, and the requests that show it."""

import requests
from playwright.sync_api import expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.conftest import Visit, require_accessible


def test_what_a_client_does_wrong_is_told_with_its_page_and_its_evidence(fresh: Mock, visit: Visit) -> None:
    page = visit("advice")
    expect(page.get_by_text("No advice.")).to_be_visible()
    url = f"{fresh.url}/api/calendar/v1/public/org/acme-salon"
    answer = requests.get(f"{url}?api_key={fresh.key}", headers={"x-kordless-key": fresh.key}, timeout=10)
    page.reload()
    finding = page.get_by_role("region").filter(has_text="credentials.query")
    for said in ("An API key stood in a URL", "documented", "/api/authentication", "Send the key in the header"):
        expect(finding).to_contain_text(said)
    assert fresh.key not in page.content()
    require_accessible(page)
    finding.get_by_role("link", name=answer.headers["X-Request-Id"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("/public/org/acme-salon")
    page.go_back()
    page.get_by_role("button", name="Forget all").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_text("No advice.")).to_be_visible()


def test_a_key_that_another_page_sends_is_a_mistake_and_one_that_is_tried_here_is_none(fresh: Mock) -> None:
    url, key = f"{fresh.url}/api/calendar/v1/public/org/acme-salon", {"x-kordless-key": fresh.key}
    own = f"{fresh.url}/w/mine/_mock/dashboard/contract/getOrganization"
    requests.get(url, headers={**key, "Sec-Fetch-Site": "same-origin", "Referer": own}, timeout=10)
    assert fresh.advice == []
    elsewhere = ("http://app.example/_mock/dashboard/", fresh.url, "http://[", "")
    for count, referer in enumerate(elsewhere, 1):
        requests.get(url, headers={**key, "Origin": "http://app.example", "Referer": referer}, timeout=10)
        assert [(found["id"], found["count"]) for found in fresh.advice][:1] == [("credentials.browser", count)]
