"""What went through as an HTTP Archive (HAR 1.2), for browsers' tools and for `kordkit diff --har`; secrets masked."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contracts.comparing.proxy.exchanges import Exchange, Message
from contracts.comparing.proxy.masking import Mask

FILE = "proxy.har"
MOST_CHARACTERS = 256 << 10  # of a body
UNKNOWN = -1  # HAR's word for it


def document(exchanges: Iterable[Exchange], origin: str, mask: Mask, version: str) -> Mapping[str, Any]:
    """`version` is kordkit's."""
    kept = list(exchanges)
    for exchange in kept:
        mask.learn(exchange.request, exchange.target)
        if exchange.answer is not None:
            mask.learn(exchange.answer)
    creator = {"name": "kordkit", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(one, origin, mask) for one in kept]}}


def _entry(exchange: Exchange, origin: str, mask: Mask) -> Mapping[str, Any]:
    milliseconds = round(exchange.seconds * 1000, 3)
    entry = {
        "startedDateTime": datetime.fromtimestamp(exchange.began, UTC).isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(exchange, origin, mask),
        "response": _response(exchange, mask),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }
    # Members of our own begin with an underscore, as HAR has it.
    return entry | ({"_trouble": exchange.trouble} if exchange.trouble else {})


def _request(exchange: Exchange, origin: str, mask: Mask) -> Mapping[str, Any]:
    url = mask.url(exchange.target if "://" in exchange.target else origin + exchange.target)
    request: dict[str, Any] = {
        "method": mask.text(exchange.method),
        "url": url,
        "httpVersion": f"HTTP/{exchange.version}",
        "cookies": [],
        "headers": _named(mask.lines(exchange.request.lines)),
        "queryString": _named(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": exchange.request.length,
    }
    if exchange.request.length:
        kind = exchange.request.headers.get("Content-Type", "")
        request["postData"] = {"mimeType": mask.text(kind), "text": _text(exchange.request, mask)}
    return request


def _response(exchange: Exchange, mask: Mask) -> Mapping[str, Any]:
    """Of status 0, as browsers write it, where there was none."""
    answer = exchange.answer or Message(())
    return {
        "status": exchange.status,
        "statusText": mask.text(exchange.reason),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(mask.lines(answer.lines)),
        "content": {
            "size": answer.length,
            "mimeType": mask.text(answer.headers.get("Content-Type", "")),
            "text": _text(answer, mask),
        },
        "redirectURL": mask.text(answer.headers.get("Location", "")),
        "headersSize": UNKNOWN,
        "bodySize": answer.length,
    }


def _text(message: Message, mask: Mask) -> str:
    content = message.content
    return "" if content is None else mask.body(content)[:MOST_CHARACTERS]


def _named(pairs: Iterable[tuple[str, str]]) -> list[Mapping[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
