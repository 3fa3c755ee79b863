"""The page of limits and the clock, in a browser."""

import requests
from playwright.sync_api import expect

from mockserver.testing import Mock
from tests.mockserver.dashboard.conftest import NOW, Visit, looking, require_accessible


def ask(mock: Mock) -> int:
    url = f"{mock.url}/api/calendar/v1/public/org/{mock.credentials.org}"
    return requests.get(url, headers={"x-kordless-key": mock.key}, timeout=10).status_code


def test_the_clock_is_moved_frozen_and_let_run(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    said = page.get_by_role("status")
    for button, now in (
        ("+ 1 minute", "2025-12-01T08:01:00Z"),
        ("+ 1 hour", "2025-12-01T09:01:00Z"),
        ("+ 1 day", "2025-12-02T09:01:00Z"),
    ):
        page.get_by_role("button", name=button).click()
        expect(said).to_have_text(f"The clock shows {now}.")
        assert fresh.control.ask("GET", "/clock") == {"now": now, "frozen": True}
    page.get_by_label("Move to").fill("2025-12-24T18:30")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(said).to_contain_text("2025-12-24T18:30:00Z")
    expect(page.locator("#clock")).to_contain_text("2025-12-24T18:30:00Z")
    page.get_by_role("button", name="Let it run").click()
    page.get_by_role("button", name="Freeze").wait_for()
    assert fresh.control.ask("GET", "/clock")["frozen"] is False


def test_it_does_not_go_back(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    page.get_by_label("Move to").evaluate("field => field.removeAttribute('min')")
    page.get_by_label("Move to").fill("2025-11-30T08:00")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The clock does not go back")
    assert fresh.control.ask("GET", "/clock")["now"] == NOW


def test_limits_are_switched_off_and_counted_otherwise(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    page.get_by_label("Limits are").select_option("off")
    page.get_by_label("Counted by").select_option("token-bucket")
    page.get_by_role("button", name="Set").last.click()
    expect(page.get_by_role("status")).to_have_text("Limits are off, and counted by token-bucket.")
    limits = fresh.control.ask("GET", "/limits")
    assert (limits["enabled"], limits["algorithm"]) == (False, "token-bucket")


def test_what_was_used_is_forgotten_after_a_question(fresh: Mock, visit: Visit) -> None:
    ask(fresh)
    page = visit("limits")
    meter = page.get_by_role("meter", name="public-general")
    expect(meter).to_have_attribute("value", "1")
    page.get_by_role("button", name="Forget what was used").click()
    page.get_by_role("button", name="Cancel").click()
    assert fresh.control.ask("GET", "/limits")["counters"]
    page.get_by_role("button", name="Forget what was used").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(meter).to_have_count(0)
    assert fresh.control.ask("GET", "/limits")["counters"] == []


def test_nobody_can_be_left_more_than_there_is(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    page.get_by_label("Whose").fill("key_of_nobody")
    page.get_by_role("button", name="Set").first.click()
    expect(page.get_by_role("alert")).to_contain_text("no key has that id")
    page.get_by_label("Whose").fill(fresh.control.ask("GET", "/keys")["keys"][0]["id"])
    page.get_by_label("Left").fill("1000")
    page.get_by_role("button", name="Set").first.click()
    expect(page.get_by_role("alert")).to_contain_text("remaining must be 0 to")
    page.get_by_label("Left").fill("3")
    page.get_by_role("button", name="Set").first.click()
    expect(page.get_by_role("status")).to_contain_text("3 of 60 are left of public-general to Website (acme-salon)")
    expect(page.get_by_role("alert")).to_be_empty()


def test_what_falls_due_stands_in_order(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    expect(page.get_by_text("Nothing: no limit is in use")).to_be_visible()
    wanted = {"organization": fresh.credentials.org, "kind": "public", "label": "Soon over"}
    fresh.control.ask("POST", "/keys", {**wanted, "expires_at": "2025-12-01T08:00:30Z"})
    ask(fresh)
    due = page.locator("#due li")
    expect(due).to_have_count(2)
    assert [line.inner_text() for line in due.all()] == [
        "2025-12-01T08:00:30Z the key “Soon over” expires",
        "2025-12-01T08:01:00Z public-general of the key “Website” is all there again",
    ]


def test_nothing_keeps_anybody_from_using_it(fresh: Mock, visit: Visit) -> None:
    ask(fresh)
    page = visit("limits?span=day")
    expect(page.locator("[data-summary]")).to_contain_text("1 admitted")
    require_accessible(page)


def test_all_of_it_is_done_with_the_keyboard(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="+ 1 minute")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The clock shows 2025-12-01T08:01:00Z.")
    expect(page.locator("main")).to_be_focused()  # what was pressed is another button now
    page.get_by_role("button", name="Forget what was used").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Forget what was used")).to_be_focused()


def test_colours_are_chosen_and_stay_chosen(fresh: Mock, visit: Visit) -> None:
    page = visit("limits")
    page.get_by_role("button", name="Switch to dark colours").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Switch to light colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_colours_are_the_system_s_until_they_are_chosen(fresh: Mock, visit: Visit) -> None:
    """Of the page, and of the chart, which is drawn in them."""
    ask(fresh)
    page = visit("limits")
    light, dark = "rgb(246, 247, 249)", "rgb(17, 20, 27)"
    expect(page.locator("body")).to_have_css("background-color", light)
    with looking(page, dark=True):
        expect(page.locator("body")).to_have_css("background-color", dark)
        page.get_by_role("button", name="Switch to light colours").click()
        expect(page.locator("body")).to_have_css("background-color", light)
    page.get_by_role("button", name="Switch to dark colours").click()
    expect(page.locator("body")).to_have_css("background-color", dark)
    marks = page.locator(".chart .u-legend .u-marker").evaluate_all(
        "all => all.map(e => getComputedStyle(e).borderColor)"
    )
    assert "rgb(111, 220, 159)" in marks  # what is good, in the dark
