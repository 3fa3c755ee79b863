"""What HTTP itself asks of the API: paths, methods, bodies, and the headers that every answer has."""

import json
import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

ACME = "public/org/acme-salon"
BOOKING = "public/bookings/confirmation/BOOK_ABC123XYZ"
SHOP = "https://shop.example"
Refused = Callable[..., None]
Body = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/calendar/v2/public/org/acme-salon",
        "/API/calendar/v1/public/org/acme-salon",
        "/api/calendar/v1//public/org/acme-salon",
        "/nothing",
        "/_mockery",
        "public/org",
        "public/org/",
        "public/org//service/haircut",
        f"{ACME}/",
        f"{ACME}//service/haircut",
        f"{ACME}/service/haircut/",
        "public/bookings/",
        "bookings/",
        "public/bookings/confirmation/",
        f"{BOOKING}/confirm",
    ],
)
def test_an_unknown_path_is_not_found(client: Any, refused: Refused, path: str) -> None:
    refused(client.get(path), "unknown_path")


PATHS = [
    (ACME, "GET, HEAD, OPTIONS"),
    (f"{ACME}/service/haircut", "GET, HEAD, OPTIONS"),
    ("public/availability", "GET, HEAD, OPTIONS"),
    ("public/bookings", "POST, OPTIONS"),
    (BOOKING, "GET, HEAD, OPTIONS"),
    (f"{BOOKING}/cancel", "POST, OPTIONS"),
    (f"{BOOKING}/reschedule", "POST, OPTIONS"),
    (f"{BOOKING}/availability", "GET, HEAD, OPTIONS"),
    ("bookings", "GET, HEAD, OPTIONS"),
]


@pytest.mark.parametrize(("path", "allow"), PATHS)
def test_another_method_is_refused_with_those_that_the_path_knows(
    client: Any, refused: Refused, path: str, allow: str
) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} - set(allow.split(", ")):
        answer = client.request(method, path)
        assert answer.headers["Allow"] == allow
        assert answer.status_code == 405
        if method != "HEAD":
            refused(answer, "method_not_allowed")


@pytest.mark.parametrize(("path", "allow"), PATHS)
def test_options_tells_the_methods_to_anybody(client: Any, path: str, allow: str) -> None:
    answer = client.with_key(None).request("OPTIONS", path)
    assert (answer.status_code, answer.headers["Allow"], answer.data) == (204, allow, b"")


def test_options_is_not_counted(start: Callable[..., Any]) -> None:
    client = start(limits=True)
    answer = client.request("OPTIONS", ACME)
    assert not [name for name, _ in answer.headers if name.startswith("X-RateLimit")]
    assert client.get(ACME).headers["X-RateLimit-Remaining"] == "59"


@pytest.mark.parametrize("path", [ACME, "public/org/nobody", "public/nothing"])
def test_head_is_get_without_the_body(client: Any, path: str) -> None:
    sent = {"X-Request-Id": "same"}
    head, get = client.request("HEAD", path, headers=sent), client.get(path, headers=sent)
    assert head.data == b""
    assert head.status_code == get.status_code
    assert sorted(head.headers) == sorted(get.headers)


def test_head_is_counted(start: Callable[..., Any]) -> None:
    client = start(limits=True)
    assert client.request("HEAD", ACME).headers["X-RateLimit-Remaining"] == "59"
    assert client.get(ACME).headers["X-RateLimit-Remaining"] == "58"


def padded(body: dict[str, Any], length: int) -> bytes:
    """The body as JSON of exactly that many bytes."""
    return json.dumps(body).encode().ljust(length)


@pytest.mark.parametrize(("excess", "status"), [(0, 201), (1, 413)])
@pytest.mark.parametrize("declared", [True, False])
def test_a_body_may_be_64_kib_long(client: Any, booking_body: Body, excess: int, status: int, declared: bool) -> None:
    data = padded(booking_body(), 65536 + excess)
    # Without a declared length the server ends the stream where the body ends.
    chunked = {} if declared else {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = client.post(
        "public/bookings", input_stream=BytesIO(data), content_type="application/json", environ_overrides=chunked
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ACME), ("POST", f"{BOOKING}/cancel"), ("POST", "public/bookings")]
)
def test_a_body_declared_too_long_is_refused_whatever_is_asked(
    client: Any, refused: Refused, method: str, path: str
) -> None:
    answer = client.request(method, path, environ_overrides={"CONTENT_LENGTH": "65537"})
    refused(answer, "payload_too_large", bytes=65536)


@pytest.mark.parametrize("path", ["public/bookings", f"{BOOKING}/reschedule?contact=sarah@example.com"])
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/json-patch+json",
        "application/jsonx",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
    ],
)
def test_a_body_must_be_declared_as_json(client: Any, refused: Refused, path: str, content_type: str | None) -> None:
    refused(client.post(path, data=b"{}", content_type=content_type), "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json ; charset="utf-8"',
        "application/json; charset=utf-8; profile=salon",
    ],
)
def test_json_may_be_declared_in_any_of_its_ways(client: Any, booking_body: Body, content_type: str) -> None:
    answer = client.post("public/bookings", data=json.dumps(booking_body()), content_type=content_type)
    assert answer.status_code == 201, answer.text


def post(client: Any, data: bytes, **headers: str) -> Any:
    return client.post("public/bookings", data=data, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{'org_slug': 'acme-salon'}",
        b'{"party_size": 1,}',
        b'{"party_size": NaN}',
        b'{"party_size": 01}',
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b'{"notes": "\xff"}',
        b'{"notes": "\xed\xa0\x80"}',
        b'{"notes": "\\ud800"}',
        b'{"notes": "a\nb"}',
        b'{"notes": ' + b"[" * 30000 + b"]" * 30000 + b"}",
        '{"org_slug": "acme-salon"}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_is_refused(client: Any, refused: Refused, data: bytes) -> None:
    refused(post(client, data), "malformed_body")


@pytest.mark.parametrize("data", [b"[]", b'"acme-salon"', b"7", b"null", b"true"])
def test_a_body_must_be_an_object(client: Any, refused: Refused, data: bytes) -> None:
    refused(post(client, data), "body_not_object")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k1"}], ids=["plain", "idempotent"])
@pytest.mark.parametrize(("depth", "status"), [(99, 201), (100, 400), (300, 400), (1000, 400), (5000, 400)])
def test_an_unknown_member_is_ignored_unless_it_is_nested_absurdly_deep(
    client: Any, booking_body: Body, headers: dict[str, str], depth: int, status: int
) -> None:
    data = json.dumps(booking_body()).encode()[:-1] + b', "deep": ' + b"[" * depth + b"]" * depth + b"}"
    assert post(client, data, **headers).status_code == status


@pytest.mark.parametrize("field", ["notes", "contact", "deep"])
def test_a_deep_body_that_is_invalid_is_told_what_is_wrong(client: Any, booking_body: Body, field: str) -> None:
    body = json.dumps(booking_body(timezone=None, **{field: None})).encode()
    answer = post(client, body[:-1] + f', "{field}": '.encode() + b"[" * 500 + b"]" * 500 + b"}")
    assert answer.status_code == 400


def ask(client: Any, what: str, **headers: str) -> Any:
    """One answer of each sort."""
    asked: dict[str, tuple[str, str, dict[str, Any]]] = {
        "200": ("GET", ACME, {}),
        "201": ("POST", "public/bookings", {"json": {}}),
        "HEAD": ("HEAD", ACME, {}),
        "OPTIONS": ("OPTIONS", ACME, {}),
        "401": ("GET", ACME, {"headers": {"x-kordless-key": "none"}}),
        "403": ("GET", "public/org/harbor-clinic", {}),
        "404": ("GET", "public/nothing", {}),
        "405": ("PUT", ACME, {}),
        "413": ("GET", ACME, {"environ_overrides": {"CONTENT_LENGTH": "65537"}}),
        "outside": ("GET", "/nothing", {}),
        "invite": ("GET", "/calendar/book_abc123xyz.ics", {}),
    }
    method, path, more = asked[what]
    return client.request(method, path, **{**more, "headers": {**more.get("headers", {}), **headers}})


SORTS = ["200", "201", "HEAD", "OPTIONS", "401", "403", "404", "405", "413", "outside", "invite"]


@pytest.mark.parametrize("what", SORTS)
def test_every_answer_names_its_request(client: Any, book: Body, what: str) -> None:
    book(client)
    assert ask(client, what, **{"X-Request-Id": "mine-1"}).headers.get_all("X-Request-Id") == ["mine-1"]


@pytest.mark.parametrize("what", SORTS)
def test_the_date_of_every_answer_is_the_clock_of_the_mock(client: Any, book: Body, what: str) -> None:
    book(client)
    client.advance(86401.5)
    assert ask(client, what).headers.get_all("Date") == ["Tue, 02 Dec 2025 08:00:01 GMT"]


@pytest.mark.parametrize("given", ["x", "!#~", "a" * 128, "3f2504e0-4f89-11d3-9a0c-0305e82c3301"])
def test_a_request_id_of_visible_ascii_is_echoed(client: Any, given: str) -> None:
    assert client.get(ACME, headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "two words", "tab\there", "schön", "\x7f"])
def test_any_other_request_id_is_replaced(client: Any, given: str) -> None:
    made = [client.get(ACME, headers={"X-Request-Id": given}).headers["X-Request-Id"] for _ in range(2)]
    assert given not in made
    assert made[0] != made[1]


@pytest.mark.parametrize("what", SORTS)
def test_no_page_of_another_origin_may_read_answers_by_default(client: Any, what: str) -> None:
    answer = ask(client, what, Origin=SHOP)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("what", ["200", "201", "401", "404", "405"])
def test_pages_of_the_permitted_origin_may_read_answers(start: Callable[..., Any], what: str) -> None:
    client = start(cors=SHOP)
    answer = ask(client, what, Origin=SHOP)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", [None, "https://evil.example", "https://shop.example.evil.example", "null"])
def test_pages_of_other_origins_still_may_not(start: Callable[..., Any], origin: str | None) -> None:
    answer = ask(start(cors=SHOP), "200", **({"Origin": origin} if origin else {}))
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_preflight_request_is_told_methods_and_headers(start: Callable[..., Any]) -> None:
    sent = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    answer = start(cors=SHOP).with_key(None).request("OPTIONS", "public/bookings", headers=sent)
    assert answer.status_code == 204
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"content-type", "x-kordless-key", "x-organization-id", "idempotency-key"} <= set(allowed)


@pytest.mark.sources
def test_what_no_rule_foresaw_is_a_500_that_tells_nothing(
    client: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(client.mock.bookings, "availability", break_down)
    day = "from=2025-12-03T00:00:00Z&to=2025-12-04T00:00:00Z"
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"public/availability?org_slug=acme-salon&service_slug=haircut&{day}")
    refused(answer, "server_error")
    assert "a secret of the house" in caplog.text
