"""What a server calls: Flask is loaded for who needs it, once, and what is answered before is what it would answer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build
from tests.mockserver.conftest import NOW

HEALTH, CLOCK = "/_mock/health", "/_mock/clock"


@pytest.fixture
def built() -> Iterator[Built]:
    built = build(Settings(now=parse_instant(NOW) * SECOND, frozen=True, seed=3))
    yield built
    built.mock.close()


def ask(built: Built, path: str = HEALTH, **how: Any) -> tuple[bytes, str, dict[str, str]]:
    chunks, status, headers = run_wsgi_app(built.gate, create_environ(path, "http://localhost", **how))
    return b"".join(chunks), status, dict(headers)


@pytest.mark.parametrize("path", [HEALTH, CLOCK])
@pytest.mark.parametrize("sent", [{}, {"X-Request-Id": "mine"}])
def test_a_glance_is_answered_as_flask_does(built: Built, path: str, sent: dict[str, str]) -> None:
    body, status, headers = ask(built, path, headers=sent)
    with built.app.test_request_context(path, "http://localhost", headers=sent):
        behind = built.app.full_dispatch_request()
    assert (json.loads(body), status, headers.keys()) == (behind.json, behind.status, dict(behind.headers).keys())
    drawn = set() if sent else {"X-Request-Id"}
    assert {name: headers[name] for name in headers if name not in drawn}.items() <= dict(behind.headers).items()


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"method": "HEAD"}, "200 OK"),
        ({"method": "POST"}, "405 METHOD NOT ALLOWED"),
        ({"headers": {"Host": "rebound.example"}}, "403 FORBIDDEN"),
        ({"headers": {"Origin": "https://evil.example"}}, "403 FORBIDDEN"),
        ({"path": CLOCK, "method": "PUT", "data": b'{"frozen": false}'}, "200 OK"),
        ({"path": CLOCK, "headers": {"Host": "rebound.example"}}, "403 FORBIDDEN"),
    ],
)
def test_all_but_a_glance_is_the_control_api_s(built: Built, how: dict[str, Any], status: str) -> None:
    assert ask(built, **how)[1] == status


@pytest.mark.parametrize("path", [HEALTH, CLOCK])
def test_a_glance_wants_the_admin_token_where_there_is_one(path: str) -> None:
    built = build(Settings(admin_token="t"))
    assert ask(built, path)[1] == "401 UNAUTHORIZED"
    assert ask(built, path, headers={"Authorization": "Bearer t"})[1] == "200 OK"


def test_all_who_come_at_once_get_the_same_flask(built: Built) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: built.app, range(32)))
    assert len({id(each) for each in made}) == 1


def test_who_calls_the_flask_application_asks_the_whole_mock(built: Built) -> None:
    client = built.app.test_client()
    assert client.get("/api/calendar/v1/public/org/nobody").status_code == 401
    assert client.get("/_mock/requests").get_json()["requests"][0]["path"].endswith("/org/nobody")
