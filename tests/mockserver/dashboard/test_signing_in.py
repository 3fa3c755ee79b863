"""A mock that others can reach, and its worlds, in a browser."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from mockserver.settings import Settings
from mockserver.testing import Mock
from tests.mockserver.dashboard.conftest import Visit, require_accessible

TOKEN = "a-token-that-was-chosen"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock(Settings(seed=1, admin_token=TOKEN)) as mock:
        yield mock


def test_the_token_is_asked_for_once(mock: Mock, visit: Visit) -> None:
    page = visit("traffic")
    require_accessible(page)
    page.get_by_label("Admin token").fill("guessed")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not the admin token")
    page.get_by_label("Admin token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("No request has come yet").wait_for()

    url = f"{mock.url}/api/calendar/v1/public/org/{mock.credentials.org}"
    requests.get(url, headers={"x-kordless-key": mock.key}, timeout=10)
    expect(page.get_by_role("row", name="Website")).to_contain_text("200")
    assert TOKEN not in str(page.context.cookies())
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_a_world_is_chosen(mock: Mock, visit: Visit) -> None:
    mock.control.ask("POST", "/worlds/blue")
    page = visit("keys")
    page.get_by_label("Admin token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="API keys").click()
    page.get_by_text("World: the mock’s own").click()
    page.get_by_role("link", name="blue").click()
    expect(page.get_by_text("World: blue")).to_be_visible()
    page.get_by_role("button", name="Revoke the key Website").first.click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("row", name="Website").first).to_contain_text("revoked")
    assert {key["status"] for key in mock.control.ask("GET", "/keys")["keys"] if key["label"] == "Website"} == {
        "active"
    }
