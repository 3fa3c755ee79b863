"""The body of a request: a JSON object, no larger than allowed."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from mockserver.domain.errors import Refused
from mockserver.web.api.exchange import JSON, Exchange, decode


class Body:
    """Reads a JSON object, and refuses what is too long, not JSON, or not declared as such."""

    def __init__(self, max_bytes: int, max_depth: int, *, any_type: bool = False) -> None:
        """`any_type`: whatever a body is declared as, it is read as JSON."""
        self._max = max_bytes
        self._max_depth = max_depth
        self._any_type = any_type

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
        if not self._any_type and not _is_json(content_type):
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
        read: bytes = stream.read(wanted)
        if 0 < len(read) < wanted:  # which does not mean that there is no more
            read = b"".join([read, *self._rest(stream, wanted - len(read))])
        if len(read) > self._max:
            raise Refused("payload_too_large", bytes=self._max)
        return read

    def _rest(self, stream: Any, wanted: int) -> Iterator[bytes]:
        while wanted > 0 and (chunk := stream.read(wanted)):
            yield chunk
            wanted -= len(chunk)


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    """JSON is UTF-8: another charset is another media type. Other parameters say nothing to us."""
    media_type, *parameters = content_type.split(";")
    named = [parameter.partition("=") for parameter in parameters]
    charsets = {value.strip().strip('"').lower() for name, _, value in named if name.strip().lower() == "charset"}
    return media_type.strip().lower() == JSON and charsets <= {"utf-8", "utf8", "us-ascii"}
