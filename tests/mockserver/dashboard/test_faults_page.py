"""Faults, in a browser: an outage is switched on and seen, a rule is added and removed."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import expect

from mockserver.application.admin import Admin
from mockserver.application.fault_profiles import FaultProfiles
from mockserver.application.fault_rules import PROFILES, rules_of
from mockserver.application.refusals import UnknownError
from mockserver.domain.faults import KINDS, Action
from mockserver.testing import Mock
from mockserver.web.dashboard.pages.faults import SAID, members_of, rule_of
from tests.mockserver.conftest import Client
from tests.mockserver.dashboard.conftest import Visit, require_accessible

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def door() -> str:
    """Faults are set through neither."""
    return "direct"


def status_of(mock: Mock, path: str = "org/acme-salon") -> int:
    url = f"{mock.url}/api/calendar/v1/public/{path}"
    return requests.get(url, headers={"x-kordless-key": mock.key}, timeout=10).status_code


def test_an_outage_is_switched_on_seen_and_switched_off(fresh: Mock, visit: Visit) -> None:
    page = visit("faults")
    expect(page.get_by_text("Nothing goes wrong on purpose.")).to_be_visible()
    page.get_by_role("button", name="Switch on the profile outage").click()
    expect(page.get_by_role("status")).to_contain_text("The profile outage is on.")
    assert status_of(fresh) == 503
    page.reload()
    row = page.get_by_role("row").filter(has_text="fault_1")
    expect(row).to_contain_text("error, status 503, retry after 30")
    expect(row.locator(".number").last).to_have_text("1")
    page.get_by_role("button", name="Switch off the profile outage").click()
    expect(page.get_by_text("Nothing goes wrong on purpose.")).to_be_visible()
    assert status_of(fresh) == 200


def test_a_rule_is_refused_stays_in_the_form_then_fires_and_is_removed(fresh: Mock, visit: Visit) -> None:
    page = visit("faults")
    page.get_by_label("Kind").select_option("error")
    expect(page.get_by_label("Median, seconds")).to_be_hidden()
    page.get_by_label("Cause").select_option("unknown_service")
    page.get_by_label("Operation").select_option("getService")
    page.get_by_label("Every nth of them").fill("1.5")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("every must be")
    expect(page.get_by_label("Every nth of them")).to_have_value("1.5")
    page.get_by_label("Every nth of them").fill("2")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("status")).to_contain_text("fault_1 is in force.")
    expect(page.get_by_role("row").last).to_contain_text("one in 2")
    asked = "org/acme-salon/service/haircut"
    assert [status_of(fresh, asked) for _ in range(4)] == [200, 404, 200, 404]

    page.get_by_label("Seconds", exact=True).fill("0")
    page.get_by_label("Header").fill(f"X-Try: {HOSTILE}")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("row").last).to_contain_text(HOSTILE)
    assert page.locator("main img, main script").count() == 0
    require_accessible(page)
    page.get_by_role("button", name="Remove fault_1").click()
    expect(page.get_by_role("status")).to_contain_text("fault_1 is removed.")
    assert status_of(fresh, asked) == 200
    page.get_by_role("button", name="Remove all").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_text("Nothing goes wrong on purpose.")).to_be_visible()


def test_a_profile_leaves_the_rules_beside_it_alone(start: Callable[..., Client]) -> None:
    world = start().mock
    admin, profiles = Admin(world), FaultProfiles(world)
    admin.faults.add({"action": {"kind": "malformed-json"}})
    for _ in range(2):
        profiles.switch("flaky", on=True)
    assert len(admin.faults.all()) == 1 + len(PROFILES["flaky"])
    assert profiles.in_force() == {"slow": False, "flaky": True, "outage": False}
    admin.faults.remove("fault_3")
    assert not profiles.in_force()["flaky"]
    admin.faults.clear()
    admin.faults.add({"profile": "outage"})
    profiles.switch("outage", on=False)
    assert list(admin.faults.all()) == []
    with pytest.raises(UnknownError):
        profiles.switch("calm", on=True)


def test_each_kind_has_its_words_and_what_is_left_from_another_says_nothing() -> None:
    assert set(SAID) == set(KINDS)
    left = {"cause": "unknown_path", "seconds": "1", "kind": "connection-reset", "times": " 3 ", "key": ""}
    assert rule_of(left) == {"action": {"kind": "connection-reset"}, "times": 3}
    for name in PROFILES:
        for rule in rules_of(name):
            assert set(rule["action"]) - {"kind"} <= set(members_of(rule["action"]["kind"]))
            Action(**rule["action"])


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("every", "1e999", "every must be a number"),
        ("probability", "often", "probability must be a number"),
        ("header", "no colon", "header must be written as NAME: VALUE"),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rule_of({"kind": "connection-reset", field: text})
