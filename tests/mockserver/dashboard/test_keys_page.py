"""The page of API keys, in a browser: what a person does with a key from its making to its end."""

import subprocess

from playwright.sync_api import Page, expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.conftest import Visit, require_accessible

HOSTILE = "\"><script>alert(1)</script>'"


def answered(mock: Mock, key: str) -> str:
    """The status that curl gets with the key."""
    url = f"{mock.url}/api/calendar/v1/public/org/{mock.credentials.org}"
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url, "-H", f"x-kordless-key: {key}"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout


def make(page: Page, label: str) -> str:
    """The value of a key that is made with the page's form."""
    page.get_by_label("Label").fill(label)
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("heading", name="The value of").wait_for()
    return page.locator("pre").inner_text()


def revoke(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Revoke the key {label}").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("row", name=label)).to_contain_text("revoked")


def test_a_key_from_its_making_to_its_end(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    key = make(page, "Night shop")
    assert answered(fresh, key) == "200"
    page.goto(f"{fresh.url}/_mock/dashboard/traffic")
    expect(page.get_by_role("row", name="Night shop")).to_contain_text("200")

    # It fills its limit up, until it is refused; the gauge shows it by itself.
    page.goto(f"{fresh.url}/_mock/dashboard/limits")
    gauge = page.get_by_role("meter", name="public-general used by Night shop")
    limit = int(str(gauge.get_attribute("max")))
    expect(gauge).to_have_attribute("value", "1")
    id = next(each["id"] for each in fresh.control.ask("GET", "/keys")["keys"] if each["label"] == "Night shop")
    page.get_by_label("Limit", exact=True).select_option("public-general")
    page.get_by_label("Whose").fill(id)
    page.get_by_label("Left").fill("1")
    page.get_by_role("button", name="Set").first.click()
    expect(gauge).to_have_attribute("value", str(limit - 1))
    assert [answered(fresh, key), answered(fresh, key)] == ["200", "429"]
    expect(gauge).to_have_attribute("value", str(limit))
    expect(page.get_by_text("public-general of the key “Night shop” is all there again")).to_be_visible()
    expect(page.locator("[data-summary]")).to_contain_text("1 refused")

    page.get_by_role("button", name="+ 1 minute").click()
    expect(gauge).to_have_count(0)  # nobody has used anything of a window that has just begun
    assert answered(fresh, key) == "200"

    page.goto(f"{fresh.url}/_mock/dashboard/keys")
    revoke(page, "Night shop")
    assert answered(fresh, key) == "401"


def test_its_value_is_shown_once(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    key = make(page, HOSTILE)
    require_accessible(page)
    assert fresh.control.ask("GET", "/keys")["keys"][-1]["label"] == HOSTILE
    page.reload()
    expect(page.get_by_role("row", name=key[-4:])).to_contain_text(HOSTILE)
    assert key not in page.content()


def test_what_is_wrong_is_said_and_what_was_filled_in_stays(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    page.get_by_label("Label").fill("Autumn")
    page.get_by_label("Kind").evaluate("field => field.options[0].value = 'secret'")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("alert")).to_contain_text("kind must be")
    expect(page.get_by_label("Label")).to_have_value("Autumn")


def test_a_key_ends_when_it_was_said_to(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    page.get_by_label("Expires").fill("2025-12-01T10:00")
    key = make(page, "Two hours")
    assert answered(fresh, key) == "200"
    fresh.control.ask("POST", "/clock/advance", {"seconds": 7200})
    page.reload()
    expect(page.get_by_role("row", name="Two hours")).to_contain_text("expired")
    assert answered(fresh, key) == "401"


def test_one_that_is_older_than_is_advised_is_marked(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    made = "Ninety days"
    make(page, made)
    for days, marked in ((90, False), (1, True)):
        fresh.control.ask("POST", "/clock/advance", {"seconds": days * 86400})
        page.reload()
        row = page.get_by_role("row", name=made)
        assert ("days old" in row.inner_text()) is marked


def test_what_one_key_has_used_is_shown_over_time(fresh: Mock, visit: Visit) -> None:
    for _ in range(3):
        assert answered(fresh, fresh.key) == "200"
    page = visit("keys")
    page.get_by_role("link", name="Website").first.click()
    expect(page.get_by_role("meter", name="public-general")).to_have_attribute("value", "3")
    expect(page.locator("[data-summary]")).to_have_text("3 public-general, 0 creation")
    expect(page.locator(".chart canvas")).to_be_visible()
    require_accessible(page)


def test_nothing_keeps_anybody_from_using_it(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    require_accessible(page)
    page.get_by_role("button", name="Revoke the key").first.click()
    page.get_by_role("button", name="Yes, do it").wait_for()
    require_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("status")).to_be_empty()
