"""A session that was recorded as an HTTP Archive (HAR 1.2): what was asked of the API, and what it answered."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict

from contracts.errors import TargetError
from contracts.exchange import Answer, Request
from contracts.observe.requests import place_of
from contracts.spec.contract import Contract

MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """`answer.request` is what was asked; `path` is its path and query from the contract's base path on, `moment` when
    that was by the server's clock, in Unix seconds; `keyed` says whether an API key was sent."""

    number: int
    path: str
    moment: float
    keyed: bool
    answer: Answer

    @property
    def request(self) -> Request:
        return self.answer.request


@dataclass(frozen=True, slots=True)
class Recording:
    """`origin` is that of the first entry, all are in their order."""

    file: Path
    origin: str
    entries: Sequence[Entry]

    @property
    def began(self) -> float:
        return self.entries[0].moment


def read(file: Path, contract: Contract) -> Recording:
    """What is for the API, and was answered. Raises TargetError, in one sentence."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise TargetError(f"the recording {file} is longer than {MOST_BYTES >> 20} MiB")
        told = json.loads(file.read_text(encoding="utf-8-sig"))
        entries = list(_entries(told["log"]["entries"], contract))
    except OSError as error:
        raise TargetError(f"the recording {file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TargetError(f"the recording {file} is no HTTP Archive (HAR 1.2): {error!r}") from error
    if not entries:
        raise TargetError(f"the recording {file} holds nothing that was asked of the API")
    parts = urlsplit(entries[0].request.url)
    return Recording(file, f"{parts.scheme}://{parts.netloc}", entries)


def _entries(told: Sequence[Mapping[str, Any]], contract: Contract) -> Iterator[Entry]:
    for number, entry in enumerate(told, 1):
        asked, answered = entry["request"], entry["response"]
        method, url, status = str(asked["method"]), str(asked["url"]), int(answered["status"])
        place = place_of(contract, method, url)
        if place is None or status < 100:
            continue
        headers = _headers(asked["headers"])
        operation = place.operation.id if place.operation else None
        content = asked.get("postData", {}).get("text")
        request = Request(method, url, operation, None, headers, None if content is None else str(content).encode())
        lines = [(str(each["name"]), str(each["value"])) for each in answered["headers"]]
        body = _body(answered.get("content", {}))
        answer = Answer(request, status, _headers(answered["headers"]), body, 0.0, 0.0, lines=lines)
        path = contract.base_path + url.partition(contract.base_path)[2].partition("#")[0]
        started = datetime.fromisoformat(str(entry["startedDateTime"])).timestamp()
        yield Entry(
            number, path, started if answer.date is None else answer.date, contract.key_header in headers, answer
        )


def _headers(told: Sequence[Mapping[str, str]]) -> "CaseInsensitiveDict[str]":
    return CaseInsensitiveDict({str(each["name"]): str(each["value"]) for each in told})


def _body(content: Mapping[str, Any]) -> bytes:
    text = str(content.get("text", ""))
    return base64.b64decode(text) if content.get("encoding") == "base64" else text.encode()
