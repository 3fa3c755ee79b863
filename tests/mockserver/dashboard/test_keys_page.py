"""The page of API keys, in a browser."""

from mockserver.testing import Mock
from tests.mockserver.dashboard.conftest import Visit, require_accessible


def test_a_key_is_revoked_after_a_question(fresh: Mock, visit: Visit) -> None:
    page = visit("keys")
    page.get_by_role("button", name="Revoke the key").first.click()
    page.get_by_role("button", name="Yes, do it").click()
    page.get_by_role("status").get_by_text("is revoked").wait_for()


def test_nothing_keeps_anybody_from_using_it(fresh: Mock, visit: Visit) -> None:
    require_accessible(visit("keys"))
