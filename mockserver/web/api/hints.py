"""Members that nobody reads because they are misspelled: ignored, as the contract says, but told of."""

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.domain.errors import Refused
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.problems import Problems
from mockserver.web.api.validation import Spellings

HEADER = "X-Kordkit-Hint"
"""The mock's own: no server of the API has it."""


class Hints:
    """Says of an answer that was given without them what was probably meant by members that the operation ignores."""

    def __init__(self, spellings: Spellings, problems: Problems) -> None:
        self._spellings = spellings
        self._problems = problems

    def look(self, exchange: Exchange) -> None:
        """The sentences are those of the refusals where a misspelled member was needed."""
        if not exchange.query and not exchange.body:
            return
        fields = exchange.matched.fields
        if exchange.query.keys() <= fields and exchange.body.keys() <= fields:
            return
        found = [*self._misspelled(exchange, exchange.query), *self._misspelled(exchange, exchange.body)]
        exchange.hint = "; ".join(map(self._problems.sentence, found)) or None

    def tell(self, exchange: Exchange, reply: Reply) -> None:
        if exchange.hint is not None:
            reply.headers.append((HEADER, exchange.hint.encode("ascii", "backslashreplace").decode()))

    def _misspelled(self, exchange: Exchange, given: Mapping[str, Any]) -> Iterator[Refused]:
        route = exchange.matched
        for name in given:
            meant = None if name in route.fields else self._spellings.meant_by(name, route.fields)
            if meant is not None:
                yield meant.refusal(route.operation)
