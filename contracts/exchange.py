"""One request to the server under test and what it answered, without the key that was sent."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import orjson

EXCERPT = 200  # characters of a body that a report shows


@dataclass(frozen=True)
class Request:
    """`key` is a label ("public", "revoked"), whose value no report shows; `path` begins at the origin, query included.

    `operation` is the operationId that was meant, or none.
    """

    method: str
    url: str
    operation: str | None = None
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def curl(self, key_header: str) -> str:
        """A line for a shell in which the key stands in a variable."""
        parts = ["curl", "-i"]
        if self.method == "HEAD":
            parts.append("-I")
        elif self.method != "GET":
            parts += ["-X", self.method]
        line = " ".join(map(_quoted, [*parts, self.url]))
        if self.key is not None:
            line += f' -H "{key_header}: ${variable(self.key)}"'
        for name, value in self.headers.items():
            line += f" -H {_quoted(f'{name}: {value}')}"
        if self.content is not None:
            text = self.content.decode("utf-8", "surrogateescape")
            shown = text if len(text) <= 2000 else text[:2000] + "…"
            line += f" --data-binary {_quoted(shown)}"
        return line


def _quoted(text: str) -> str:
    """For a shell; what is not printable stands there as its bytes: the line does the same, and steers no terminal."""
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def variable(label: str) -> str:
    """The environment variable that holds the key of that label."""
    return "KORDLESS_API_KEY" if label == "public" else f"KORDLESS_{label.upper()}_KEY"


def member(value: Any, *path: str | int) -> Any:
    """What stands there in parsed JSON, or None."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


class Message:
    """What has a body, which may be JSON."""

    body: bytes

    @cached_property
    def json(self) -> Any:
        """None where the body is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def member(self, *path: str | int) -> Any:
        """`member("booking", "status")`; None where there is no such member."""
        return member(self.json, *path)


class Answer(Message):
    """`headers` knows names in any case; `lines` are those that came, one that came twice twice. `sent` and `received`
    are seconds on the server's line of time as the check knows it (see target.clock.ServerClock). `mask` takes secrets
    out of what an excerpt is then cut from."""

    def __init__(
        self,
        request: Request,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        sent: float,
        received: float,
        mask: Callable[[str], str] = str,
        lines: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.request = request
        self.status = status
        self.headers = headers
        self.body = body
        self.sent = sent
        self.received = received
        self.mask = mask
        self.lines = lines

    def text(self, *path: str | int) -> str:
        """As `member`; empty where that is no text."""
        found = self.member(*path)
        return found if isinstance(found, str) else ""

    @property
    def date(self) -> int | None:
        """The server's time in Unix seconds, from the header Date."""
        try:
            return int(parsedate_to_datetime(self.headers["Date"]).timestamp())
        except (KeyError, ValueError, OverflowError):
            return None

    @property
    def excerpt(self) -> str:
        text = self.mask(self.body.decode("utf-8", "replace"))
        return text if len(text) <= EXCERPT else text[:EXCERPT] + "…"

    def __str__(self) -> str:
        """`answered 404 {"detail": …}`"""
        return f"answered {self.status} {self.excerpt}".rstrip()


@dataclass(frozen=True, slots=True)
class Wire:
    """An answer as it came: `lines` of its head with names in lower case, and all the bytes `after` it."""

    request: Request
    status: int
    lines: Sequence[tuple[str, str]]
    after: bytes

    @classmethod
    def parsed(cls, request: Request, data: bytes) -> "Wire":
        """Interim answers are passed over. Raises ValueError for what is no HTTP/1."""
        while True:
            head, end, data = data.partition(b"\r\n\r\n")
            first, *rest = head.decode("latin-1").split("\r\n")
            version, _, told = first.partition(" ")
            if not end or not version.startswith("HTTP/1."):
                raise ValueError("what it sends is no HTTP")
            if not 100 <= (status := int(told[:3])) < 200:
                break
        lines = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
        return cls(request, status, lines, data)

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.lines if found == name]

    def __str__(self) -> str:
        return f"answered {self.status} to {self.request.method}"
