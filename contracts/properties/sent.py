"""A request as it went out, and its answer, in the words of the contract: what judgements are made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from contracts.spec.contract import Contract

UNREADABLE = object()  # stands for a body that is not JSON


@dataclass(frozen=True)
class Sent:
    """`headers` have lower-case names; every query parameter has all its values, each as text."""

    operation: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    content: bytes

    @cached_property
    def body(self) -> Any:
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return UNREADABLE

    def value(self, name: str) -> Any:
        """Of a query parameter or, where there is none of that name, of a member of the body; None where neither is."""
        if name in self.query:
            return self.query[name][-1]
        return self.body.get(name) if isinstance(self.body, dict) else None


@dataclass(frozen=True, slots=True)
class Answered:
    """`date` is the server's time in Unix seconds, None where it does not tell; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def date(self) -> int | None:
        try:
            return int(parsedate_to_datetime(self.headers["date"]).timestamp())
        except (KeyError, ValueError):
            return None


def sent(contract: Contract, method: str, url: str, headers: Mapping[str, str], content: bytes | str | None) -> Sent:
    """`operation` is "" where the contract has none at that path with that method."""
    parts = urlsplit(url)
    operation, path = meant(contract, method, parts.path)
    return Sent(
        operation,
        path,
        parse_qs(parts.query, keep_blank_values=True),
        {name.lower(): value for name, value in headers.items()},
        content.encode() if isinstance(content, str) else content or b"",
    )


def meant(contract: Contract, method: str, path: str) -> tuple[str, Mapping[str, str]]:
    """The operation at a path, below whatever prefix the server has, and the parts of the path that it names."""
    for operation in contract.operations.values():
        if operation.method == method.upper() and (match := _pattern(operation.path).fullmatch(path)):
            return operation.id, {name: unquote(value) for name, value in match.groupdict().items()}
    return "", {}


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    named = [f"(?P<{part}>[^/]*)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
    return re.compile(".*" + "".join(named))
