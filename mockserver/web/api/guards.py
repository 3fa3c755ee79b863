"""Who may pass, in the contract's order: request id, authentication, rate limit, body, organization, permission."""

import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey, digest_of
from mockserver.domain.organizations import Organization
from mockserver.limits.algorithms import Policy
from mockserver.limits.limiter import Limiter
from mockserver.ports import Store
from mockserver.web.api.exchange import JSON, Exchange, Reply, decode, environ_name

_VISIBLE_ASCII = re.compile(r"[!-~]+")


class RequestIds:
    """Names each request: the client's own value if it is fit to be echoed, else the next of a counter."""

    def __init__(self, header: str, max_length: int) -> None:
        self.header = header
        self._variable = environ_name(header)
        self._max_length = max_length
        self._numbers = count(1)

    def name(self, exchange: Exchange) -> None:
        exchange.request_id = self.choose(exchange.header(self._variable))

    def choose(self, given: str | None) -> str:
        if given and len(given) <= self._max_length and _VISIBLE_ASCII.fullmatch(given):
            return given
        return f"req_{next(self._numbers):08x}"

    def echo(self, exchange: Exchange, reply: Reply) -> None:
        reply.headers.append((self.header, exchange.request_id))


class Authentication:
    """Finds the key behind the header (/api/authentication) and remembers that it was used."""

    def __init__(self, header: str, store: Store) -> None:
        self._variable = environ_name(header)
        self._store = store

    def __call__(self, exchange: Exchange) -> None:
        if exchange.matched.key_kind is None:
            return
        value = exchange.header(self._variable)
        if not value:
            raise Refused("missing_key")
        keys = self._store.keys
        key = keys.find(digest_of(value))
        if key is None:
            raise Refused("unknown_key")
        self._require_valid(key, exchange.now)
        keys.touch(key.id, exchange.arrived)
        exchange.key = key

    def _require_valid(self, key: ApiKey, now: int) -> None:
        key.authenticate(now)


class RateLimits:
    """Charges every policy of the operation at once, and tells in the headers what is left."""

    def __init__(self, limiter: Limiter, headers: Mapping[str, str], client: Callable[[Exchange], str]) -> None:
        self._limiter = limiter
        self._limit, self._remaining, self._reset = headers["limit"], headers["remaining"], headers["reset"]
        self._client = client

    def admit(self, exchange: Exchange) -> None:
        policies = exchange.matched.policies
        if not self._limiter.enabled or not policies:
            return
        charges = [(policy, self._subject(exchange, policy)) for policy in policies]
        exchange.admission = self._limiter.admit(charges, exchange.arrived)
        if not exchange.admission.admitted:
            raise Refused("rate_limited", retry_after=exchange.admission.retry_after)

    def verified(self, exchange: Exchange) -> None:
        """The contact matched: what counts failures gets its unit back."""
        if exchange.admission is not None:
            self._limiter.refund(exchange.admission)

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        if exchange.admission is None:
            return
        usage = exchange.admission.described
        reply.headers += (
            (self._limit, str(usage.policy.limit)),
            (self._remaining, str(usage.remaining)),
            (self._reset, str(usage.reset_seconds)),
        )

    def _subject(self, exchange: Exchange, policy: Policy) -> str:
        key = exchange.key
        match policy.scope:
            case "key" if key:
                return key.id
            case "organization" if key:
                return key.organization
            case "confirmation_number":
                return exchange.parameters["confirmation_number"].casefold()
            case _:
                return self._client(exchange)


class ClientAddress:
    """The socket's address, or, behind `proxies` trusted proxies, what the outermost of them saw."""

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies

    def __call__(self, exchange: Exchange) -> str:
        socket: str = exchange.environ.get("REMOTE_ADDR", "")
        if not self._proxies:
            return socket
        forwarded = [
            part.strip() for part in (exchange.header("HTTP_X_FORWARDED_FOR") or "").split(",") if part.strip()
        ]
        return [*forwarded, socket][-self._proxies - 1 :][0]


class Body:
    """Reads a JSON object, and refuses what is too long, not JSON, or not declared as such."""

    def __init__(self, max_bytes: int, max_depth: int) -> None:
        self._max = max_bytes
        self._max_depth = max_depth

    def __call__(self, exchange: Exchange) -> None:
        environ = exchange.environ
        length = environ.get("CONTENT_LENGTH")
        if length and (not length.isdecimal() or int(length) > self._max):
            raise Refused("payload_too_large", bytes=self._max)
        if not exchange.matched.wants_body:
            return
        exchange.raw_body = self._read(environ["wsgi.input"], int(length) if length else self._max + 1)
        self._require_json(environ.get("CONTENT_TYPE", ""))
        exchange.body = self._parsed(exchange.raw_body)

    def _require_json(self, content_type: str) -> None:
        if not _is_json(content_type):
            raise Refused("unsupported_media_type")

    def _parsed(self, raw: bytes) -> dict[str, Any]:
        try:
            body = decode(raw, self._max_depth)
        except ValueError:
            raise Refused("malformed_body") from None
        if not isinstance(body, dict):
            raise Refused("body_not_object")
        return body

    def _read(self, stream: Any, wanted: int) -> bytes:
        chunks, size = [], 0
        while size < wanted and (chunk := stream.read(wanted - size)):
            chunks.append(chunk)
            size += len(chunk)
        if size > self._max:
            raise Refused("payload_too_large", bytes=self._max)
        return b"".join(chunks)


class Tenancy:
    """Settles whose data a request is about, and that its key has a right to them."""

    def __init__(
        self,
        organizations: Callable[[str], Organization],
        by_id: Mapping[str, Organization],
        organization_header: str,
    ) -> None:
        self._organizations = organizations
        self._by_id = by_id
        self._variable = environ_name(organization_header)

    def __call__(self, exchange: Exchange) -> None:
        route, key = exchange.matched, exchange.key
        if key is None or route.tenant is None:
            return
        if route.tenant == "header":
            self._require_kind(exchange)
            exchange.organization = self._named_by_header(exchange, key.organization)
            return
        organization = self._organizations(self._slug(exchange, route.tenant))
        self._require_kind(exchange)
        self._require_own(organization, key)
        exchange.organization = organization

    def _require_own(self, organization: Organization, key: ApiKey) -> None:
        if organization.id != key.organization:
            raise Refused("foreign_organization")

    def _require_kind(self, exchange: Exchange) -> None:
        if exchange.key is not None and exchange.key.kind != exchange.matched.key_kind:
            raise Refused("wrong_key_kind")

    def _slug(self, exchange: Exchange, tenant: str) -> str:
        if tenant == "path":
            return exchange.parameters["org_slug"]
        given = exchange.query if tenant == "query" else exchange.body
        return exchange.matched.checker.require_text(given, "org_slug")

    def _named_by_header(self, exchange: Exchange, own: str) -> Organization:
        """The part after `org_`, or the whole id; never a word about whether another organization exists."""
        given = exchange.header(self._variable)
        if not given:
            raise Refused("missing_organization_header")
        if given.removeprefix("org_") != own.removeprefix("org_"):
            raise Refused("organization_mismatch")
        return self._by_id[own]


def read_query(exchange: Exchange) -> None:
    """The query by name; what is given more than once has the list of its values."""
    text = exchange.environ.get("QUERY_STRING")
    if not text:
        return
    query: dict[str, Any] = {}
    # PEP 3333 hands over bytes as Latin-1; what is not ASCII in a query is UTF-8.
    text = text.encode("latin-1", "replace").decode("utf-8", "replace")
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        query[name] = [query[name], value] if name in query else value
    exchange.query = query


def _is_json(content_type: str) -> bool:
    """JSON is UTF-8: another charset is another media type. Other parameters say nothing to us."""
    media_type, *parameters = content_type.split(";")
    named = [parameter.partition("=") for parameter in parameters]
    charsets = {value.strip().strip('"').lower() for name, _, value in named if name.strip().lower() == "charset"}
    return media_type.strip().lower() == JSON and charsets <= {"utf-8", "utf8", "us-ascii"}
