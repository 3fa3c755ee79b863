"""One request on its way through the pipeline, and the reply to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey
from mockserver.domain.organizations import Organization
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Admission
from mockserver.ports import SECOND

JSON = "application/json"
_TYPED = ("Content-Type", JSON)

WIRE = "kordkit.wire"
"""Where in the WSGI environment an application leaves the Wire of its answer, for the server to carry out."""

HEAD_SIZE = "kordkit.head_size"
"""Where in the WSGI environment a server leaves how many bytes the values of the request's headers have together."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What happens to an answer between server and client.

    `delay` in seconds before its first byte, `spread` in seconds from the first byte of its body to the last; after
    `cut` bytes of its body the connection closes; with `close` or `reset` nothing is sent and the connection is closed
    or reset.
    """

    delay: float = 0.0
    cut: int | None = None
    reset: bool = False
    close: bool = False
    spread: float = 0.0

    def __post_init__(self) -> None:
        for seconds in (self.delay, self.spread):
            if seconds < 0:
                raise ValueError(f"a delay of {seconds} seconds is none")
        if self.cut is not None and self.cut < 0:
            raise ValueError(f"a body cannot be cut after {self.cut} bytes")


@dataclass(slots=True)
class Reply:
    """A status, headers without those that every answer has, a body, and what is to happen to it on the wire."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]
    wire: Wire | None = None

    @classmethod
    def json(cls, value: object, status: int = 200) -> "Reply":
        return cls.encoded(encode(value), status)

    @classmethod
    def encoded(cls, body: bytes, status: int = 200) -> "Reply":
        """JSON that is already bytes."""
        return cls(status, body, [_TYPED])


def environ_name(header: str) -> str:
    """`HTTP_X_REQUEST_ID` for `X-Request-Id`."""
    return "HTTP_" + header.upper().replace("-", "_")


def encode(value: object) -> bytes:
    # What orjson returns is over-allocated by kilobytes; a copy is not, and some of these are kept.
    return bytes(memoryview(orjson.dumps(value)))


def decode(raw: bytes, max_depth: int) -> Any:
    """A JSON value. Raises ValueError for what is none, or is nested deeper than that."""
    value = orjson.loads(raw)
    if raw.count(b"[") + raw.count(b"{") > max_depth and _deeper(value, max_depth):
        raise ValueError(f"nested deeper than {max_depth} levels")
    return value


def _deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        composed = [node for node in level if isinstance(node, (dict, list))]
        if not composed:
            return False
        level = [member for node in composed for member in (node.values() if isinstance(node, dict) else node)]
    return True


class Exchange:
    """Filled in step by step; what a later step needs, an earlier one has set.

    `arrived` is the moment of arrival in nanoseconds. All steps go by it, so one request lives in one moment. `matched`
    is there for the steps behind the one that finds it; who also sees what was refused before asks for `route`.
    `answered` is the reply where the head of the request was enough for it.
    `refusal` is what the reply was made of, where the request was refused; `hint` a sentence on what was overlooked;
    `fault` what was done to the answer on purpose.
    """

    __slots__ = (
        "admission",
        "answered",
        "arrived",
        "body",
        "environ",
        "fault",
        "hint",
        "key",
        "matched",
        "method",
        "organization",
        "parameters",
        "path",
        "query",
        "raw_body",
        "refusal",
        "request_id",
    )

    matched: "Route"

    def __init__(self, environ: Mapping[str, Any], arrived: int) -> None:
        self.environ = environ
        self.arrived = arrived
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.request_id = ""
        self.parameters: Mapping[str, str] = {}
        self.query: Mapping[str, Any] = {}
        self.raw_body = b""
        self.body: dict[str, Any] = {}
        self.key: ApiKey | None = None
        self.organization: Organization | None = None
        self.admission: Admission | None = None
        self.answered: Reply | None = None
        self.refusal: Refused | None = None
        self.hint: str | None = None
        self.fault: str | None = None

    @property
    def now(self) -> int:
        """The moment of arrival in whole Unix seconds."""
        return self.arrived // SECOND

    def header(self, variable: str) -> str | None:
        """By its name in the WSGI environment, see `environ_name`; None where it was not sent."""
        value: str | None = self.environ.get(variable)
        return value

    @property
    def route(self) -> "Route | None":
        return getattr(self, "matched", None)

    @property
    def tenant(self) -> Organization:
        """The organization that the request speaks of, once tenancy has been settled."""
        if self.organization is None:
            raise Refused("unknown_organization")
        return self.organization


Handler = Callable[[Exchange], Reply]


class Checker(Protocol):
    """What an operation wants of its query and body."""

    def check(self, exchange: Exchange) -> None:
        """Raises Refused for what the operation does not take."""

    def require_text(self, values: Mapping[str, Any], field: str) -> str:
        """A member that must be there before everything else is looked at. Raises Refused."""


class Syntax(Protocol):
    """Of a header's value."""

    def is_valid(self, instance: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Route:
    """One operation as the pipeline knows it.

    `query_fields` and `body_fields` are names that mean something there, `inner_fields` those in objects of the body;
    `success` is the status of what succeeds. `tenant` says where it names its organization; `idempotency_key` is what
    such a key must look like, None where the operation heeds none; `refundable`: one of its policies counts failures
    alone.
    """

    operation: str
    method: str
    path: str
    query_fields: frozenset[str]
    body_fields: frozenset[str]
    inner_fields: Mapping[str, frozenset[str]]
    success: int
    key_kind: str | None
    policies: tuple[Policy, ...]
    wants_body: bool
    tenant: str | None
    idempotency_key: Syntax | None
    checker: Checker
    refundable: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "refundable", any(policy.refundable for policy in self.policies))
