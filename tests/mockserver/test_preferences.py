"""What goes wrong with one request because it prefers so."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.web.api.exchange import Wire
from tests.mockserver.fault_client import journal, seen, set_fault, statuses


def test_a_request_may_prefer_what_goes_wrong_with_it(client: Any) -> None:
    status, headers, _, wire = seen(client, Prefer="code=503")
    assert (status, headers["Preference-Applied"], wire) == (503, "code=503", None)
    status, headers, _, wire = seen(client, Prefer="respond-async, fault=response-lost, delay=2, wait=5")
    assert (status, headers["Preference-Applied"], wire) == (200, "fault=response-lost, delay=2", Wire(2, close=True))
    assert journal(client)[0]["fault"] == "fault=response-lost (Prefer), delay=2 (Prefer)"
    assert statuses(client, 1) == [200]


@pytest.mark.parametrize(
    ("preference", "status"),
    [('Code="404"; x=1, code=500', 404), ("code=200", 200), ("code=418", 200), ("codes=500", 200)],
)
def test_preferences_are_read_as_rfc_7240_has_them(client: Any, preference: str, status: int) -> None:
    assert seen(client, Prefer=preference)[0] == status


@pytest.mark.parametrize(
    ("preference", "hint"),
    [
        ("code=418", "Prefer: code=418 is none of 400, 401,"),
        ("fault=fire", "Prefer: fault=fire is none of connection-closed,"),
        ("delay=soon", "Prefer: delay=soon is no number of seconds"),
        ("delay=-1", "Prefer: delay=-1 is no number of seconds"),
        ("delay=nan", "Prefer: delay=nan is no number of seconds"),
    ],
)
def test_a_preference_that_cannot_be_heeded_is_told_of_and_not_applied(client: Any, preference: str, hint: str) -> None:
    status, headers, _, wire = seen(client, Prefer=preference)
    assert (status, wire, headers.get("Preference-Applied")) == (200, None, None)
    assert headers["X-Kordkit-Hint"].startswith(hint)


def test_one_thing_goes_wrong_with_a_request_at_a_time(client: Any) -> None:
    status, headers, _, _ = seen(client, Prefer="code=404, fault=response-lost")
    assert (status, headers["Preference-Applied"]) == (404, "code=404")
    assert headers["X-Kordkit-Hint"] == "Prefer: fault=response-lost is one thing too many to go wrong"


def test_faults_leave_a_request_alone_that_has_preferences(client: Any) -> None:
    set_fault(client, action={"kind": "error", "status": 503}, times=1)
    assert [seen(client, Prefer="code=404")[0], *statuses(client, 2)] == [404, 503, 200]


def test_preferences_can_be_switched_off(start: Callable[..., Any]) -> None:
    status, headers, _, _ = seen(start(prefer=False), Prefer="code=503")
    assert status == 200
    assert "Preference-Applied" not in headers
