"""The query string, member by member."""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from mockserver.web.api.exchange import Exchange

LONGEST_KNOWN = 512  # characters


def read_query(exchange: Exchange) -> None:
    """The query by name; what is given more than once has the list of its values."""
    text = exchange.environ.get("QUERY_STRING")
    if not text:
        return
    exchange.query = dict(_known(text) if len(text) <= LONGEST_KNOWN else _parsed(text))


def _parsed(text: str) -> dict[str, Any]:
    query: dict[str, Any] = {}
    # PEP 3333 hands over bytes as Latin-1; what is not ASCII in a query is UTF-8.
    text = text.encode("latin-1", "replace").decode("utf-8", "replace")
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        query[name] = [query[name], value] if name in query else value
    return query


_known = lru_cache(maxsize=1024)(_parsed)
"""Clients ask for the same things again and again."""
