"""Members that nobody reads because they are misspelled: ignored, as the contract says, but told of."""

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.web.api.exchange import Exchange, Reply, Route
from mockserver.web.api.problems import Problems
from mockserver.web.api.validation import Misspelling, Spellings

HEADER = "X-Kordkit-Hint"
"""The mock's own: no server of the API has it."""


class Hints:
    """Says with an answer what was probably meant by members that the operation ignores."""

    def __init__(self, spellings: Spellings, problems: Problems) -> None:
        self._spellings = spellings
        self._problems = problems

    def look(self, exchange: Exchange) -> None:
        """The sentences are those of the refusals where a misspelled member was needed."""
        query, body = exchange.query, exchange.body
        if not query and not body:
            return
        route = exchange.matched
        known = query.keys() <= route.query_fields and body.keys() <= route.body_fields
        for name, fields in route.inner_fields.items():
            if isinstance(given := body.get(name), dict) and not given.keys() <= fields:
                known = False
        if not known:
            self._say(exchange, route)

    def _say(self, exchange: Exchange, route: Route) -> None:
        query, body = exchange.query, exchange.body
        inner = [
            (name, given, fields)
            for name, fields in route.inner_fields.items()
            if isinstance(given := body.get(name), dict)
        ]
        found = [
            *self._misspelled(query, route.query_fields),
            *self._misspelled(body, route.body_fields),
            *(
                misspelling.within(name)
                for name, given, fields in inner
                for misspelling in self._misspelled(given, fields)
            ),
        ]
        sentences = [self._problems.sentence(misspelling.refusal(route.operation)) for misspelling in found]
        for name in sorted(query.keys() & (route.body_fields - route.query_fields)):
            sentences.append(f"{route.operation} reads `{name}` in the body, not in the query")
        exchange.hint = "; ".join(sentences) or None

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        if exchange.hint is not None:
            reply.headers.append((HEADER, exchange.hint.encode("ascii", "backslashreplace").decode()))

    def _misspelled(self, given: Mapping[str, Any], fields: frozenset[str]) -> Iterator[Misspelling]:
        """A mere resemblance means nothing where the field itself is given."""
        absent = sorted(fields.difference(given))
        for name in given:
            if name not in fields:
                meant = self._spellings.meant_by(name, fields) or self._spellings.resembled_by(name, absent)
                if meant is not None:
                    yield meant
