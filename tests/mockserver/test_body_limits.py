"""How much of a body is read is decided before the request is: both may see another state."""

from typing import Any

import pytest

from mockserver.ports import StateUnavailableError
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.mockserver.conftest import API, dataset_key


def test_a_state_that_is_away_keeps_no_body_from_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a request whose turn comes when it is back would be refused as if it had none."""
    built = build(Settings())
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"{API}/public/bookings",
        "QUERY_STRING": "",
        "HTTP_X_KORDLESS_KEY": dataset_key(built, "public"),
    }
    wanted = built.gate.body_limit(environ)
    assert wanted > 0

    def away(*_: Any) -> None:
        raise StateUnavailableError(retry_after=1)

    monkeypatch.setattr(built.mock.state, "find_key", away)
    assert built.gate.body_limit(environ) == wanted
