"""Whether a body is read is decided before the request is, which may find another state."""

from typing import Any

import pytest

from mockserver.ports import StateUnavailableError
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.mockserver.conftest import API, dataset_key


def test_a_request_whose_body_was_not_read_is_not_refused_for_having_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is away when its head is looked at, and back when its turn comes."""
    built = build(Settings())
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"{API}/public/bookings",
        "QUERY_STRING": "",
        "HTTP_X_KORDLESS_KEY": dataset_key(built, "public"),
    }
    assert built.gate.body_limit(dict(environ)) > 0

    def away(*_: Any) -> None:
        raise StateUnavailableError(retry_after=1)

    with monkeypatch.context() as patched:
        patched.setattr(built.mock.state, "find_key", away)
        assert built.gate.body_limit(environ) == 0
    reply = built.front.pipeline.handle(environ)
    assert (reply.status, dict(reply.headers)["Retry-After"]) == (503, "1")
