"""Who asks: the key behind the header."""

from mockserver.domain.errors import Refused
from mockserver.domain.keys import ApiKey, digest_of
from mockserver.ports import State
from mockserver.web.api.exchange import Exchange, environ_name


class Authentication:
    """Finds the key behind the header (/api/authentication) and remembers that it was used."""

    def __init__(self, header: str, state: State) -> None:
        self._variable = environ_name(header)
        self._state = state

    def __call__(self, exchange: Exchange) -> None:
        if exchange.matched.key_kind is not None:
            self.identify(exchange)

    def identify(self, exchange: Exchange) -> None:
        """Raises Refused for who has no valid key."""
        value = exchange.environ.get(self._variable)
        if not value:
            raise Refused("missing_key")
        key = self._state.find_key(digest_of(value))
        if key is None:
            raise Refused("unknown_key")
        self._require_valid(key, exchange.now)
        self._state.touch_key(key.id, exchange.arrived)
        exchange.key = key

    def _require_valid(self, key: ApiKey, now: int) -> None:
        key.authenticate(now)
