"""Which pages may read the answers: origins as people write them, and what a preflight asks for."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.settings import Settings
from mockserver.wiring import Unusable, build

Start = Callable[..., Any]
PATH = "public/org/acme-salon"
ALLOW = "Access-Control-Allow-Origin"


@pytest.mark.parametrize(
    ("stated", "origin"),
    [
        ("http://localhost:3000/", "http://localhost:3000"),
        ("HTTP://LocalHost:3000", "http://localhost:3000"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:3000, https://shop.example", "https://shop.example"),
        ("http://localhost:3000,https://shop.example", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
    ],
)
def test_an_origin_is_known_however_it_was_stated(start: Start, stated: str, origin: str) -> None:
    client = start(cors=stated)
    assert client.get(PATH, headers={"Origin": origin}).headers[ALLOW] == origin
    assert ALLOW not in client.get(PATH, headers={"Origin": "http://localhost:3001"}).headers


@pytest.mark.parametrize("stated", ["localhost:3000", "http://", "http://a/b", "http://a:99999", "x", "http://a b"])
def test_what_is_no_origin_is_refused_at_start(stated: str) -> None:
    with pytest.raises(Unusable, match="is no origin such as http://localhost:3000"):
        build(Settings(cors=stated))


def test_a_preflight_allows_what_is_asked_for(start: Start) -> None:
    client = start(cors="*")
    headers = {"Origin": "http://a", "Access-Control-Request-Headers": "x-kordless-key, x-my-trace"}
    answer = client.request("OPTIONS", PATH, headers=headers)
    assert answer.headers["Access-Control-Allow-Headers"] == "x-kordless-key, x-my-trace"


def test_pages_may_read_invites_but_not_the_control_api(start: Start, book: Callable[..., Any]) -> None:
    client = start(cors="http://localhost:3000")
    book(client)
    headers = {"Origin": "http://localhost:3000"}
    assert client.get("/calendar/book_abc123xyz.ics", headers=headers).headers[ALLOW] == "http://localhost:3000"
    assert ALLOW not in client.get("/_mock/health", headers=headers).headers
