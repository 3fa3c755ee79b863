"""From a path to its operations. Slashes count: a trailing or doubled one makes another path."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

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


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = Node()
        self._found = lru_cache(maxsize=256)(self._walk)  # most clients ask the same paths again
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
        if route.method == "GET":
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

    def step(self, exchange: Exchange) -> Reply | None:
        """Sets the route. OPTIONS is answered here: no operation, no authentication, nothing counted."""
        methods, exchange.parameters = self.find(exchange.path)
        route = methods.get(exchange.method)
        if route is not None:
            exchange.matched = route
            return None
        allow = ("Allow", ", ".join([*methods, "OPTIONS"]))
        if exchange.method == "OPTIONS":
            return Reply(204, b"", [allow])
        raise Refused("method_not_allowed", allow=allow[1])
