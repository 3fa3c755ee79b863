"""Behind a proxy: who asks, under which name, and who may not reach the control API."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.web.hosts import host_name, origin_host

Start = Callable[..., Any]
CREATION = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "starts_at": "2025-12-03T15:00:00Z",
    "ends_at": "2025-12-03T16:00:00Z",
    "timezone": "UTC",
    "contact": {"name": "Sarah", "email": "sarah@example.com"},
}


def subjects(client: Any) -> set[str]:
    counters = client.get("/_mock/limits").get_json()["counters"]
    return {counter["subject"] for counter in counters if counter["policy"] == "self-service"}


@pytest.mark.parametrize(
    ("forwarded", "client_is"),
    [
        (["203.0.113.7", "203.0.113.7:50001", "203.0.113.7:50002", "::ffff:203.0.113.7"], "203.0.113.7"),
        (
            ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "[2001:db8::1]:443", "[2001:db8::1]", '"[2001:db8::1]:5"'],
            "2001:db8::1",
        ),
        (["unknown", "_hidden", "1.2.3", "", "203.0.113.7.5", "[::1"], "127.0.0.1"),
    ],
)
def test_a_client_is_one_however_its_address_is_spelt(start: Start, forwarded: list[str], client_is: str) -> None:
    client = start(trusted_proxies=1, limits=True)
    for spelling in forwarded:
        headers = {"X-Forwarded-For": spelling}
        client.get("public/bookings/confirmation/BOOK_X?contact=a@b.co", headers=headers)
    assert subjects(client) == {client_is}


def test_the_link_to_the_invite_is_the_one_that_the_client_can_use(start: Start) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mock.example.com"}
    for proxies, origin in ((1, "https://mock.example.com"), (0, "http://localhost")):
        client = start(trusted_proxies=proxies)
        answer = client.post("public/bookings", json=CREATION, headers=headers).get_json()
        assert answer["calendar_invite"]["ics_url"] == f"{origin}/calendar/book_abc123xyz.ics"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"])
def test_what_came_through_a_proxy_is_not_local(start: Start, header: str) -> None:
    assert start().get("/_mock/state", headers={header: "1"}).status_code == 403
    client = start(admin_token="secret")
    headers = {header: "1", "Authorization": "Bearer secret"}
    assert client.get("/_mock/state", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost#evil.example"},
        {"Host": "evil.example@localhost"},
        {"Host": "127.0.0.1:80:evil"},
        {"Host": "localhost/evil.example"},
        {"Host": "[::1]evil.example"},
        {"Origin": "http://evil.example@localhost"},
        {"Origin": "file://localhost"},
        {"Origin": "null"},
        {"Origin": "http://localhost#evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_host_and_origin_are_parsed(start: Start, headers: dict[str, str]) -> None:
    assert start().get("/_mock/health", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "LOCALHOST:4020"},
        {"Host": "[::1]:4020"},
        {"Host": "127.0.0.9"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_programs_and_pages_of_this_machine_may(start: Start, headers: dict[str, str]) -> None:
    assert start().get("/_mock/health", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop.example:80", "shop.example"),
        ("My_Container:4020", "my_container"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("a:65536", None),
        ("a..b", None),
        ("[1.2.3.4]:80", "1.2.3.4"),
        ("[x]", None),
        ("a b", None),
        ("a\n", None),
        ("", None),
    ],
)
def test_names_of_hosts(text: str, name: str | None) -> None:
    assert host_name(text) == name
    assert origin_host(f"https://{text}") == name


def test_a_late_body_is_answered_like_every_other_trouble(start: Start) -> None:
    started: list[tuple[str, dict[str, str]]] = []
    environ = {"REQUEST_METHOD": "POST", "HTTP_X_REQUEST_ID": "mine-1"}
    body = b"".join(start().built.gate.late(environ, lambda line, fields: started.append((line, dict(fields)))))
    ((line, headers),) = started
    assert line == "408 Request Timeout"
    assert json.loads(body) == {
        "detail": "The request body did not come in time",
        "status": 408,
        "type": "request_timeout",
    }
    assert (headers["X-Request-Id"], headers["Date"]) == ("mine-1", "Mon, 01 Dec 2025 08:00:00 GMT")
