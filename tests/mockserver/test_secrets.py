"""Keys, e-mail addresses and phone numbers stand nowhere: not in the journal, the list of keys, or a log line."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from io import StringIO
from threading import Event
from typing import Any
from urllib.parse import quote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact, redact_body, redact_header, redact_query
from mockserver.observing.request_log import LogFormat, RequestLog
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build

KEY = "kord_test_AcmeSalonPublic0000000000000Apub"
ACME = "/api/calendar/v1/public/org/acme-salon"
BOOKINGS = "/api/calendar/v1/public/bookings"
BOOKED = f"{BOOKINGS}/confirmation/BOOK_ABC123XYZ"
EMAIL, PHONE = "sarah@example.com", "+15551234567"
BODY = b"""{"org_slug": "acme-salon", "service_slug": "haircut", "timezone": "UTC",
  "starts_at": "2025-12-03T15:00:00Z", "ends_at": "2025-12-03T16:00:00Z",
  "contact": {"name": "Sarah", "email": "sarah@example.com", "phone": "+15551234567"}}"""


class Lines(StringIO):
    """A log that tells when it has been written."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = Event()

    def flush(self) -> None:
        self.flushed.set()


def log_lines(entries: list[Entry], log_format: LogFormat) -> str:
    lines = Lines()
    log = RequestLog(log_format, lines)
    for entry in entries:
        log.write(entry)
    log.start()
    assert lines.flushed.wait(10)
    log.stop()
    return lines.getvalue()


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def readings(text: str) -> Iterator[str]:
    """A text as it stands, and as whoever wants to know would read it."""
    yield text
    yield unquote_plus(text)
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), text)
    if text.startswith("Basic "):
        try:
            yield base64.b64decode(text.removeprefix("Basic ")).decode("utf-8", "replace")
        except binascii.Error:
            return


def shown(built: Built, entries: list[Entry]) -> Iterator[str]:
    control = built.app.test_client()
    for path in ("/_mock/requests", "/_mock/keys"):
        yield from texts(control.get(path).get_json())
    yield log_lines(entries, "text")
    yield from texts([json.loads(line) for line in log_lines(entries, "json").splitlines()])


def assert_nothing_told(built: Built, entries: list[Entry]) -> None:
    values = [key.value for key in built.dataset.keys]
    for text in shown(built, entries):
        for reading in readings(text):
            assert not [value for value in values if value in reading], f"a key in {text!r}"
            assert EMAIL not in reading.lower(), f"an e-mail address in {text!r}"
            assert PHONE[1:] not in re.sub("[^0-9]", "", reading), f"a phone number in {text!r}"


BASIC = base64.b64encode(f"{KEY}:".encode()).decode()
ASKED: list[tuple[str, str, dict[str, str], bytes]] = [
    # a key where it belongs, and where it does not
    ("GET", ACME, {"x-kordless-key": KEY}, b""),
    ("GET", ACME, {"x-kordless-key": f"Bearer {KEY}"}, b""),
    ("GET", ACME, {"x-kordless-key": KEY[10:]}, b""),
    ("GET", ACME, {"Authorization": f"Bearer {KEY}"}, b""),
    ("GET", ACME, {"Authorization": f"Basic {BASIC}"}, b""),
    ("GET", ACME, {"Cookie": f"key={KEY}", "Referer": f"http://x.example/?key={KEY}"}, b""),
    ("GET", ACME, {"X-Request-Id": KEY}, b""),
    ("GET", ACME, {"x-organization-id": KEY}, b""),
    ("GET", f"{ACME}?x-kordless-key={KEY}", {}, b""),
    ("GET", f"{ACME}?authorization=Bearer%20{KEY}", {}, b""),
    ("GET", f"{ACME}?next=%2F%3Fkey%3D{KEY}", {}, b""),
    ("GET", f"{ACME}?q=%22{KEY}%22", {}, b""),
    ("GET", f"{ACME}?q={KEY.replace('_', '%5F')}", {}, b""),
    ("GET", f"/api/calendar/v1/public/org/{KEY}", {"x-kordless-key": KEY}, b""),
    ("GET", f"/api/calendar/v1/x{KEY}/y", {}, b""),
    ("POST", BOOKINGS, {"x-kordless-key": KEY, "Idempotency-Key": KEY}, b'{"key": "' + KEY.encode() + b'"}'),
    ("POST", BOOKINGS, {"x-kordless-key": KEY}, b'{"a": "x\\n' + KEY.encode() + b'"}'),
    # contacts
    ("POST", BOOKINGS, {"x-kordless-key": KEY, "Idempotency-Key": EMAIL}, BODY),
    ("POST", BOOKINGS, {"x-kordless-key": KEY}, BODY.replace(b"+", b"\\u002B").replace(b"@", b"\\u0040")),
    ("POST", BOOKINGS, {"x-kordless-key": KEY}, BODY.replace(b"+1555", b"+1 (555) ")),
    ("POST", BOOKINGS, {"x-kordless-key": KEY}, BODY.replace(b'"+1555', b'"1555')),
    ("POST", BOOKINGS, {"x-kordless-key": KEY, "Content-Type": "text/plain"}, BODY),
    ("GET", f"{BOOKED}?contact={EMAIL}", {}, b""),
    ("GET", f"{BOOKED}?contact=Sarah%40EXAMPLE.com", {}, b""),
    ("GET", f"{BOOKED}?contact={PHONE}", {}, b""),
    ("GET", f"{BOOKED}?contact=%2B15551234567", {}, b""),
    ("GET", f"{BOOKED}?contact=%2015551234567", {}, b""),
    ("GET", f"{BOOKED}?contact=%2B1%20(555)%20123-4567", {}, b""),
    ("GET", f"{BOOKED}?contact=%2B1+%28555%29+123-4567", {}, b""),
    ("GET", f"{BOOKED}?contact=15551234567", {}, b""),
    ("GET", f"/api/calendar/v1/public/bookings/confirmation/{EMAIL}", {}, b""),
    ("POST", f"{BOOKED}/cancel?contact={EMAIL}", {}, b""),
]


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "flask"])
@pytest.mark.parametrize(("method", "target", "headers", "body"), ASKED)
def test_no_key_and_no_contact_is_told(
    method: str, target: str, headers: dict[str, str], body: bytes, direct: bool
) -> None:
    entries: list[Entry] = []
    settings = Settings(now=1764576000 * SECOND, frozen=True, limits=False, seed=7, direct=direct)
    built = build(settings, log=entries.append)
    client = built.app.test_client()
    sent = {"Content-Type": "application/json", "x-kordless-key": KEY}
    assert client.post(BOOKINGS, data=BODY, headers=sent).status_code == 201
    path, _, query = target.partition("?")
    client.open(
        path, method=method, query_string=query, headers={"Content-Type": "application/json", **headers}, data=body
    )
    assert len(entries) == 2
    assert_nothing_told(built, entries)


JSON_BODIES = [
    f'{{"notes": "call 1 555 123 4567 or {EMAIL}"}}',
    '{"notes": "(155) 512-34567"}',
    '{"phoneNumber": "15551234567", "emailAddress": "Sarah@Example.com"}',
    '{"tel": 15551234567}',
    '{"mobile": "1.555.123.4567"}',
    '{"x": 15551234567}',
    '{"x": "15551234567"}',
    '{"x": ["1-555-123-4567"]}',
    '{"contact": "15551234567"}',
    '{"contact": ["15551234567"]}',
    '{"contact": {"e_mail": "sarah@example.com", "Phone": "1 5551234567"}}',
    f'{{"apiKey": "{KEY[10:]}", "token": "{KEY[5:]}"}}',
    f'{{"{KEY}": 1}}',
]
OTHER_BODIES = [
    f"email={EMAIL}&phone=15551234567",
    "contact[email]=sarah%40example.com&contact[phone]=%2B15551234567",
    f"phone: 15551234567\r\nkey: {KEY[8:]}",
    f"<contact><email>{EMAIL}</email><phone>1 555 123 4567</phone></contact>",
    '{"phone": "15551234567", ',
    8170 * " " + f'"x": "{KEY}"',
    8178 * " " + f'"x": "{EMAIL}"',
]
QUERIES = [
    "contact[]=15551234567",
    "contact%5B%5D=sarah%40example.com",
    "contact.email=sarah%40example.com",
    "Phone_Number=15551234567",
    "x=15551234567",
    "x=1%20555%20123%204567",
    "x=sarah%2540example.com",
    f"api_key={KEY[9:]}",
    f"x={KEY[9:]}",
]
PLACES: list[tuple[str, str, dict[str, str], bytes]] = [
    *(("POST", BOOKINGS, {"x-kordless-key": KEY}, body.encode()) for body in [*JSON_BODIES, *OTHER_BODIES]),
    *(("GET", f"{place}?{query}", {}, b"") for query in QUERIES for place in (ACME, BOOKED)),
    ("GET", f"{BOOKED}/15551234567", {}, b""),
    ("GET", f"{BOOKINGS}/confirmation/1-555-123-4567", {}, b""),
    ("GET", f"{BOOKINGS}/confirmation/sarah%2540example.com", {}, b""),
    ("GET", f"{BOOKINGS}/confirmation/{KEY[9:]}", {}, b""),
    *(
        ("GET", ACME, {name: KEY[9:]}, b"")
        for name in ("X-Api-Key", "X-Auth-Token", "Api-Key", "X-Access-Token", "X-Session", "X-Secret", "X-Whatever")
    ),
    ("GET", ACME, {"X-Phone": "15551234567", "X-User-Email": EMAIL, "X-Whatever": "1 555 123 4567"}, b""),
    (KEY.upper().replace("_", "-"), ACME, {}, b""),
]


@pytest.mark.parametrize(("method", "target", "headers", "body"), PLACES)
def test_wherever_they_are_put(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    test_no_key_and_no_contact_is_told(method, target, headers, body, direct=True)


HARMLESS = [
    ("x", "2025-12-03T15:00:00.123456789Z"),
    ("x", "2025-12-03"),
    ("x", "book_abc123xyz BOOK_ABC123XYZ org_abc123"),
    ("x", "http://127.0.0.1:4020/w/1"),
    ("x", "550e8400-e29b-41d4-a716-446655440000"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("x-ratelimit-reset", "1764576060"),
    ("x-cancellation", "120"),
    ("user-agent", "Mozilla/5.0 Chrome/120.0.6099.109"),
    ("idempotency-key", "booking-user123"),
    ("date", "Mon, 01 Dec 2025 08:00:00 GMT"),
]


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_what_is_no_secret_can_be_read(name: str, value: str) -> None:
    assert redact_header(name, value) == value


def test_a_service_keeps_its_key_in_the_journal() -> None:
    body = b'{"services":[{"key":"haircut","price":45.0,"duration":60}]}'
    assert redact_body(body) == body.decode()


@given(
    secret=st.sampled_from([KEY, KEY[9:], EMAIL, "Sarah@EXAMPLE.com", PHONE, "15551234567", "1 (555) 123-4567"]),
    before=st.text(alphabet="abc {}[]\"'=&?,:;/", max_size=20),
    after=st.text(alphabet=" {}[]\"'=&?,:;/", max_size=20),
    place=st.sampled_from(["text", "json", "query", "header", "percent"]),
)
def test_whatever_stands_around_them(secret: str, before: str, after: str, place: str) -> None:
    text = before + " " + secret + after
    shown = {
        "text": lambda: redact_body(text.encode()),
        "json": lambda: redact_body(json.dumps({"x": [text]}).encode()),
        "query": lambda: redact_query("a=1&x=" + quote(text)),
        "header": lambda: redact_header("x-any", text),
        "percent": lambda: redact(quote(quote(text))),
    }[place]()
    for reading in readings(unquote_plus(shown)):
        assert KEY[9:] not in reading
        assert EMAIL not in reading.lower()
        assert PHONE[1:] not in re.sub("[^0-9]", "", reading)
