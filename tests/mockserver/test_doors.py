"""Two doors lead into the pipeline, past Flask and through it. Whatever comes in, both give the same answer."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

V1 = "/api/calendar/v1"
ACME = f"{V1}/public/org/acme-salon"
BOOKINGS = f"{V1}/public/bookings"
BOOKED = f"{BOOKINGS}/confirmation/BOOK_ABC123XYZ"
SLOTS = f"{V1}/public/availability?org_slug=acme-salon&service_slug=haircut"
DAY = "from=2025-12-03T00:00:00Z&to=2025-12-04T00:00:00Z"
SARAH = "contact=sarah@example.com"
Answer = tuple[int, list[tuple[str, str]], bytes]

# Each test here starts both doors by itself.
pytestmark = pytest.mark.parametrize("door", ["both"])


class Pair:
    """Two mocks that differ in nothing but the door."""

    def __init__(self, start: Callable[..., Any], keys: Callable[..., str], **settings: Any) -> None:
        self.mocks = [start(direct=direct, **settings) for direct in (True, False)]
        self.platform = keys(self.mocks[0], "platform")

    def ask(self, method: str, target: str, headers: dict[str, str] | None = None, body: object = None) -> Answer:
        """The answer of both; a member of `headers` that is empty is not sent."""
        direct, through_flask = (self._send(mock, method, target, headers or {}, body) for mock in self.mocks)
        assert direct == through_flask
        return direct

    def _send(self, mock: Any, method: str, target: str, headers: dict[str, str], body: object) -> Answer:
        path, _, query = target.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"x-kordless-key": mock.key, **headers}
        environ = EnvironBuilder(
            headers=[(name, value) for name, value in sent.items() if value],
            input_stream=BytesIO(data),
            content_type="application/json" if body is not None and "Content-Type" not in headers else None,
        ).get_environ()
        # Set by hand: a client library would have tidied them up.
        environ["REQUEST_METHOD"] = method
        environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
        environ["QUERY_STRING"] = query.encode().decode("latin-1")
        chunks, status, answered = run_wsgi_app(mock.built.app, environ)
        return int(status[:3]), sorted(answered.to_wsgi_list()), b"".join(chunks)


@pytest.fixture
def pair(start: Callable[..., Any], keys: Callable[..., str], book: Callable[..., Any]) -> Pair:
    made = Pair(start, keys)
    for mock in made.mocks:
        book(mock)
    return made


NEW = {"start_at": "2025-12-04T16:00:00Z", "end_at": "2025-12-04T17:00:00Z"}
REQUESTS: list[tuple[int, str, str, dict[str, str], object]] = [
    # what is answered
    (200, "GET", ACME, {}, None),
    (200, "GET", f"{ACME}/service/color", {}, None),
    (200, "GET", f"{SLOTS}&{DAY}", {}, None),
    (200, "GET", f"{BOOKED}?{SARAH}", {"x-kordless-key": ""}, None),
    (200, "GET", f"{BOOKED}?contact=+15551234567", {}, None),
    (200, "GET", f"{BOOKED}/availability?{SARAH}&{DAY}", {}, None),
    (200, "POST", f"{BOOKED}/cancel?{SARAH}", {}, None),
    (200, "POST", f"{BOOKED}/cancel?{SARAH}", {"Content-Type": "text/plain"}, b"ignored"),
    (200, "POST", f"{BOOKED}/reschedule?{SARAH}", {}, NEW),
    (200, "HEAD", ACME, {}, None),
    (204, "OPTIONS", ACME, {"x-kordless-key": ""}, None),
    (200, "GET", ACME, {"X-Request-Id": "mine"}, None),
    (200, "GET", ACME, {"If-None-Match": "*", "Range": "bytes=0-9", "Expect": "100-continue"}, None),
    (200, "GET", ACME, {"Cookie": "session=x", "X-HTTP-Method-Override": "DELETE"}, None),
    (200, "GET", ACME, {"Connection": "Upgrade", "Upgrade": "websocket"}, None),
    (200, "GET", ACME, {"Host": "kordless.example:8080"}, None),
    # what is refused
    (400, "POST", BOOKINGS, {}, b"{"),
    (400, "POST", BOOKINGS, {}, []),
    (400, "POST", BOOKINGS, {}, {"org_slug": "acme-salon", "startsAt": "now"}),
    (400, "POST", BOOKINGS, {"Idempotency-Key": "two words"}, {"org_slug": "acme-salon"}),
    (400, "GET", f"{SLOTS}&from=x", {}, None),
    (401, "GET", ACME, {"x-kordless-key": "none"}, None),
    (401, "HEAD", ACME, {"x-kordless-key": ""}, None),
    (403, "GET", f"{V1}/public/org/harbor-clinic", {}, None),
    (403, "GET", f"{BOOKED}?contact=x", {}, None),
    (403, "GET", f"{V1}/bookings", {"x-organization-id": "abc123"}, None),
    (404, "GET", f"{V1}/public/org/nobody", {}, None),
    (413, "POST", BOOKINGS, {}, b"x" * 65537),
    (413, "GET", ACME, {}, b"x" * 65537),
    (415, "POST", BOOKINGS, {"Content-Type": "text/plain"}, b"{}"),
    (422, "POST", f"{BOOKED}/reschedule?{SARAH}", {}, {k: v.replace("2025", "2024") for k, v in NEW.items()}),
    # methods
    (405, "DELETE", ACME, {}, None),
    (405, "PROPFIND", ACME, {}, None),
    (405, "get", ACME, {}, None),
    (405, "head", ACME, {}, None),
    (405, "options", ACME, {}, None),
    (405, "TRACE", BOOKINGS, {}, None),
    (405, "HEAD", BOOKINGS, {}, None),
    (404, "OPTIONS", f"{V1}/nothing", {}, None),
    (404, "PROPFIND", f"{V1}/nothing", {}, None),
    # paths
    (404, "GET", "/api/", {}, None),
    (404, "GET", f"{V1}//public/org/acme-salon", {}, None),
    (404, "GET", "//api/calendar/v1/public/org/acme-salon", {}, None),
    (404, "GET", f"{ACME}/", {}, None),
    (404, "GET", f"{V1}/public/org//service/haircut", {}, None),
    (404, "GET", f"{V1}/public/org/acme-salon%2Fservice", {}, None),
    (200, "GET", f"{V1}/public/org/acme-salon%2Fservice%2Fcolor", {}, None),
    (200, "GET", f"{V1}/public/org/acme%2Dsalon", {}, None),
    (404, "GET", f"{V1}/public/org/acme-salon%00", {}, None),
    (404, "GET", f"{V1}/public/org/acme-salon%0A", {}, None),
    (404, "GET", f"{V1}/public/org/%20", {}, None),
    (404, "GET", f"{V1}/public/org/sch%C3%B6n", {}, None),
    (404, "GET", f"{V1}/public/org/%FF%FE", {}, None),
    (404, "GET", f"{V1}/public/org/..", {}, None),
    (404, "GET", f"{V1}/public/./org/acme-salon", {}, None),
    (404, "GET", f"{V1}/public/org/%252e", {}, None),
    (404, "GET", f"{ACME};v=1", {}, None),
    (404, "GET", f"{V1}/public/org/<org_slug>", {}, None),
    # queries
    (200, "GET", f"{ACME}?", {}, None),
    (200, "GET", f"{ACME}?&&=&x", {}, None),
    (200, "GET", f"{SLOTS}&{DAY}&x=%FF&y=ö&partySize=01", {}, None),
    (400, "GET", f"{SLOTS}&{DAY}&{DAY}", {}, None),
    (400, "GET", f"{SLOTS}&{DAY}&partySize=", {}, None),
    (400, "GET", f"{SLOTS};{DAY.replace('&', ';')}", {}, None),
]


@pytest.mark.parametrize(("status", "method", "target", "headers", "body"), REQUESTS)
def test_both_doors_answer_alike(
    pair: Pair, status: int, method: str, target: str, headers: dict[str, str], body: object
) -> None:
    assert pair.ask(method, target, headers, body)[0] == status


def test_both_doors_book_list_and_replay_alike(pair: Pair, wish: Callable[..., Any]) -> None:
    body = wish(pair.mocks[0], "haircut", "2025-12-03T17:00:00Z")
    statuses = [pair.ask("POST", BOOKINGS, {"Idempotency-Key": key}, body)[0] for key in ("k1", "k1", "k2")]
    assert statuses == [201, 201, 409]
    platform = {"x-kordless-key": pair.platform, "x-organization-id": "abc123"}
    status, _, listed = pair.ask("GET", f"{V1}/bookings?limit=1", platform)
    assert (status, "next_cursor" in json.loads(listed)) == (200, True)


def test_both_doors_count_alike(start: Callable[..., Any], keys: Callable[..., str]) -> None:
    pair = Pair(start, keys, limits=True)
    assert [pair.ask("POST", BOOKINGS, {}, {})[0] for _ in range(11)] == [400] * 10 + [429]


def test_both_doors_break_down_alike(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    for mock in pair.mocks:
        monkeypatch.setattr(mock.mock.bookings, "availability", None)
    assert pair.ask("GET", f"{SLOTS}&{DAY}")[0] == 500


def test_both_doors_permit_other_origins_alike(start: Callable[..., Any], keys: Callable[..., str]) -> None:
    pair = Pair(start, keys, cors="https://shop.example")
    sent = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    assert [pair.ask(method, ACME, sent)[0] for method in ("GET", "HEAD", "OPTIONS", "PUT")] == [200, 200, 204, 405]
