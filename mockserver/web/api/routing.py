"""From a path to its operations, and what is answered to paths and methods that there are not."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Literal

from mockserver.domain.errors import Refused
from mockserver.web.api.exchange import Exchange, Reply, Route


class Node:
    """One segment of a path: what may follow by name, what may follow as a parameter, and who answers here."""

    __slots__ = ("children", "methods", "parameter", "wildcard")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.parameter: str = ""
        self.wildcard: Node | None = None
        self.methods: dict[str, Route] = {}


Slashes = Literal["another path", "the same path", "redirected"]


@dataclass(frozen=True, slots=True)
class Manners:
    """`slashes`: what a trailing or doubled slash makes of a path. `head`: whether what can be got has a HEAD.

    `options` is the status of an OPTIONS, or the cause that it is refused for; `allow`: whether who asks with a method
    that there is not is told those that there are.
    """

    slashes: Slashes = "another path"
    head: bool = True
    options: int | Literal["method_not_allowed", "unknown_path"] = HTTPStatus.NO_CONTENT.value
    allow: bool = True


class Router:
    def __init__(self, routes: Iterable[Route], manners: Manners = Manners()) -> None:
        self._manners = manners
        self._root = Node()
        walk = self._walk_plainly if manners.slashes == "the same path" else self._walk
        self._found = lru_cache(maxsize=256)(walk)  # most clients ask the same paths again
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.path.split("/"):
            if segment.startswith("{"):
                node.wildcard = node.wildcard or Node()
                node.parameter = segment.strip("{}")
                node = node.wildcard
            else:
                node = node.children.setdefault(segment, Node())
        node.methods[route.method] = route
        if route.method == "GET" and self._manners.head:
            node.methods["HEAD"] = route

    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        """The routes of a path by method, and its parameters. Raises Refused(unknown_path)."""
        return self._found(path)

    def _walk(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        node, parameters = self._root, {}
        for segment in path.split("/"):
            child = node.children.get(segment)
            if child is None:
                child = node.wildcard
                if child is None or not segment:
                    raise Refused("unknown_path")
                parameters[node.parameter] = segment
            node = child
        if not node.methods:
            raise Refused("unknown_path")
        return node.methods, parameters

    def _walk_plainly(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        return self._walk(_plain(path))

    def step(self, exchange: Exchange) -> Reply | None:
        """Sets the route. OPTIONS is answered here: no operation, no authentication, nothing counted."""
        try:
            methods, exchange.parameters = self.find(exchange.path)
        except Refused:
            if self._manners.slashes == "redirected":
                return self._redirected(exchange)
            raise
        route = methods.get(exchange.method)
        if route is not None:
            exchange.matched = route
            return None
        return self._unrouted(exchange, methods)

    def _unrouted(self, exchange: Exchange, methods: Mapping[str, Route]) -> Reply:
        options = self._manners.options
        if exchange.method == "OPTIONS" and options == "unknown_path":
            raise Refused("unknown_path")
        known = [*methods, "OPTIONS"] if isinstance(options, int) else [*methods]
        allow = ("Allow", ", ".join(known))
        if exchange.method == "OPTIONS" and isinstance(options, int):
            return Reply(options, b"", [allow])
        details: dict[str, Any] = {"allow": allow[1]} if self._manners.allow else {}
        raise Refused("method_not_allowed", **details)

    def _redirected(self, exchange: Exchange) -> Reply:
        """To the path without the slashes that are too many, if it is one."""
        plain = _plain(exchange.path)
        self.find(plain)
        query = exchange.environ.get("QUERY_STRING")
        location = exchange.environ.get("SCRIPT_NAME", "") + plain + (f"?{query}" if query else "")
        return Reply(HTTPStatus.PERMANENT_REDIRECT.value, b"", [("Location", location)])


def _plain(path: str) -> str:
    return re.sub("//+", "/", path).rstrip("/")
