"""Requests that no client should send, drawn from a seed: as environs for the application, as bytes for a socket."""

import json
import random
from collections.abc import Sequence
from io import BytesIO
from typing import Any

API = "/api/calendar/v1"
KEY = "kord_test_AcmeSalonPublic0000000000000Apub"
KEYS = [KEY, "kord_test_AcmeSalonPlatform00000000000Aplt", "kord_test_AcmeSalonRevoked000000000000Arev"]
BODY = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "starts_at": "2025-12-03T15:00:00Z",
    "ends_at": "2025-12-03T16:00:00Z",
    "timezone": "America/New_York",
    "contact": {"name": "Sarah Johnson", "email": "sarah@example.com"},
}
PATHS = [
    f"{API}/public/org/acme-salon",
    f"{API}/public/org/acme-salon/service/haircut",
    f"{API}/public/availability",
    f"{API}/public/bookings",
    f"{API}/public/bookings/confirmation/BOOK_ABC123XYZ",
    f"{API}/public/bookings/confirmation/BOOK_ABC123XYZ/cancel",
    f"{API}/public/bookings/confirmation/BOOK_ABC123XYZ/reschedule",
    f"{API}/public/bookings/confirmation/BOOK_ABC123XYZ/availability",
    f"{API}/bookings",
]
# Read-only, or harmless: the others would move the very mock that is tried.
CONTROL = [
    "/_mock/health",
    "/_mock/requests",
    "/_mock/keys",
    "/_mock/limits",
    "/_mock/clock",
    "/_mock/openapi.json",
    "/",
]
METHODS = ["GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "get", "FOO", "P\xf6ST"]
NUMBERS = ["0", "-1", "1", "7", "65536", "65537", "9" * 25, "+5", "1_0", "0x10", "1.0", " 3", "\xb2", "", "x"]
TEXTS = ["", " ", "\0", "%00", "%", "%zz", "%F0%9F", "..", "../..", "//", "{}", "{field}", "%s", "\xff\xfe", "a" * 3000]


class Chance:
    """Hostile parts of requests, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one_in(self, n: int) -> bool:
        return self._random.randrange(n) == 0

    def choice(self, options: Sequence[Any]) -> Any:
        return self._random.choice(options)

    def noise(self, longest: int) -> bytes:
        return self._random.randbytes(self._random.randrange(longest + 1))

    def text(self) -> str:
        """As a server hands it over: bytes in the clothes of Latin-1."""
        return str(self.choice(TEXTS)) if self.one_in(2) else self.noise(30).decode("latin-1")

    def path(self, paths: list[str]) -> str:
        segments = self.choice(paths).split("/")
        while self.one_in(3):
            segments[self._random.randrange(1, len(segments))] = self.text()
        if self.one_in(20):
            segments += [self.text()] * self._random.randrange(200)
        return "/".join(segments)

    def query(self) -> str:
        names = [
            "org_slug",
            "service_slug",
            "from",
            "to",
            "partySize",
            "contact",
            "limit",
            "cursor",
            "status",
            "timezone",
        ]
        values = ["acme-salon", "haircut", "2025-12-03T00:00:00Z", "2025-12-04T00:00:00Z", "sarah@example.com", "+1555"]
        pairs = (
            f"{self.choice([*names, self.text()])}{self.choice(['=', '=', '', '=='])}"
            f"{self.choice([*values, *NUMBERS, self.text()])}"
            for _ in range(self._random.choice([0, 1, 2, 4, 8, 300] if self.one_in(20) else [0, 1, 2, 4, 8]))
        )
        return str(self.choice("&&&;?")).join(pairs)

    def value(self, depth: int = 3) -> Any:
        if depth and self.one_in(3):
            return [self.value(depth - 1) for _ in range(3)]
        if depth and self.one_in(3):
            return {self.text(): self.value(depth - 1) for _ in range(3)}
        return self.choice(
            [None, True, 0, -1, 2**63, 2**64, 10**30, 1e308, float("inf"), float("nan"), "\ud800", self.text()]
        )

    def body(self) -> bytes:
        kind = self._random.randrange(8)
        if kind == 0:
            return self.noise(200)
        if kind == 1:
            return bytes(self.choice([b"[", b'{"a":', b'"', b"{", b"[[]," * 9])) * self._random.randrange(1, 9000)
        if kind == 2:
            return bytes(
                self.choice([b"", b"null", b"[]", b"1e999", b"-", b"\xef\xbb\xbf{}", b'{"a":1,}', b"{}{}", b"\0"])
            )
        body: dict[str, Any] = json.loads(json.dumps(BODY))
        for _ in range(self._random.randrange(4)):
            holder = body["contact"] if self.one_in(3) and isinstance(body["contact"], dict) else body
            holder[self.choice([*BODY, "email", "phone", "party_size", "notes", "host_id", self.text()])] = self.value()
        if kind == 3:
            body["notes"] = "x" * self.choice([2000, 2001, 65536, 200_000])
        text = json.dumps(body, ensure_ascii=self.one_in(2))
        return text.encode(self.choice(["utf-8", "utf-8", "utf-8", "utf-16", "utf-7"]), "surrogatepass")

    def headers(self) -> dict[str, str]:
        """By their names in an environ."""
        return {
            name: self.choice(values)
            for name, values in {
                "HTTP_X_KORDLESS_KEY": [*KEYS * 3, KEY.lower(), self.text()],
                "HTTP_X_ORGANIZATION_ID": ["abc123", "org_abc123", "hbr456", self.text()],
                "HTTP_IDEMPOTENCY_KEY": ["k1", "k2", "k" * 256, self.text()],
                "HTTP_X_REQUEST_ID": ["r1", "r" * 129, self.text()],
                "HTTP_X_FORWARDED_FOR": ["1.2.3.4", ",,,", self.text()],
                "HTTP_HOST": ["localhost"] * 45 + ["localhost:x", "[::1]", "[", "a@b", self.text()],
                "HTTP_ORIGIN": ["http://localhost", "null", "http://[", self.text()],
                "HTTP_AUTHORIZATION": ["Bearer x", "Bearer", self.text()],
                "CONTENT_TYPE": ["application/json"] * 5
                + ["APPLICATION/JSON; charset=utf-16", "text/json", ";", self.text()],
            }.items()
            if not self.one_in(4)
        }

    def environ(self, paths: list[str]) -> dict[str, Any]:
        body = self.body()
        length = {"CONTENT_LENGTH": self.choice([str(len(body))] * 5 + NUMBERS)} if not self.one_in(5) else {}
        return {
            "REQUEST_METHOD": self.choice(METHODS),
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path(paths),
            "QUERY_STRING": self.query(),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "4020",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",  # without one no request gets any further
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
            **length,
            **self.headers(),
        }


def request_bytes(chance: Chance) -> tuple[bytes, bool]:
    """What is sent, and whether the sender then waits for an answer; else it hangs up."""
    environ = chance.environ(PATHS + CONTROL)
    body = environ["wsgi.input"].getvalue()
    target = environ["PATH_INFO"] + ("?" + environ["QUERY_STRING"] if environ["QUERY_STRING"] else "")
    lines = [f"{environ['REQUEST_METHOD']} {target} HTTP/1.1"]
    names = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}
    for name, value in environ.items():
        if name.startswith("HTTP_") or name in names:
            lines.append(f"{names.get(name, name.removeprefix('HTTP_').replace('_', '-'))}: {value}")
    head = "\r\n".join([*lines, "Connection: close"]).encode("latin-1", "replace")
    post = (
        f"POST {PATHS[3]} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nx-kordless-key: {KEY}\r\n".encode()
    )
    length = chance.choice(NUMBERS).encode("latin-1")
    chunk = chance.choice([b"5", b"-5", b"zz", b"F" * 20, b"5;x", b""]) + b"\r\n"
    sent = chance.choice(
        [
            head + b"\r\n\r\n" + body,
            chance.noise(2000),
            head + b"\r\n" + chance.noise(300) + b"\r\n\r\n" + body,
            chance.choice([b"GET", b"GET  / HTTP/1.1", b" / HTTP/1.1", b"GET / HTTP/9.9", b""]) + b"\r\n\r\n",
            head + b"\r\nX-Long: " + b"x" * chance.choice([8_000, 70_000, 600_000]) + b"\r\n\r\n",
            head + b"\r\nX: y" * chance.choice([50, 101, 5000]) + b"\r\n\r\n",
            post + b"Content-Length: " + length + b"\r\n\r\n" + body,
            post + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + body + b"\r\n0\r\n\r\n",
            b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n" * chance.choice([2, 30])
            + head
            + b"\r\n\r\n"
            + body,
        ]
    )
    if chance.one_in(6):
        return sent[: max(1, len(sent) // 2)], chance.one_in(2)
    return sent, True
