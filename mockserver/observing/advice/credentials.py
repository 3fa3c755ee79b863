"""API keys: not in browsers, not in URLs, not of production, not for ever (/api/authentication)."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

DAY = 86_400 * SECOND
# What browsers send, and no one else: Node's fetch sends a Sec-Fetch-Mode, too.
_OF_BROWSERS = frozenset({"HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE"})


class KnownKey(NamedTuple):
    """`created` in nanoseconds, None for keys of the dataset: they are taken to be new when they are first used."""

    production: bool
    created: int | None


class Credentials:
    """`find` gives what is known of a key by its id, None where that cannot be said just now.

    `header` is the key's in the WSGI environment, `named` what the header is called, `prefixes` what keys begin with;
    a key may be so many `days` old.
    """

    operations = None

    def __init__(
        self,
        find: Callable[[str], KnownKey | None],
        header: str,
        named: str,
        prefixes: Sequence[str],
        days: float,
    ) -> None:
        self._find = find
        self._header = header
        keys = "|".join(map(re.escape, prefixes))
        self._in_query = re.compile(rf"(?:\A|&)(?:{re.escape(named)}|api[_-]?key)=|=(?:{keys})", re.IGNORECASE)
        self._longest = days * DAY
        self._days = days
        self._keys: Recent[str, tuple[bool, int]] = Recent()

    def look(self, entry: Entry) -> Sequence[Sign]:
        signs: list[Sign] = []
        names = entry.headers[::2]
        if not _OF_BROWSERS.isdisjoint(names) and self._header in names:
            signs.append(_sign(entry, "credentials.browser", f"a page in a browser sent a key to {entry.operation}"))
        if entry.query and self._in_query.search(entry.query):
            signs.append(_sign(entry, "credentials.query", "a key stood in the query of a URL"))
        if entry.production_key:
            signs.append(
                _sign(entry, "credentials.production", "a production key that the mock does not know was sent")
            )
        if entry.key_id is not None:
            signs += self._of_known(entry, entry.key_id)
        return signs

    def _of_known(self, entry: Entry, key_id: str) -> Sequence[Sign]:
        known = self._keys.get(key_id)
        if known is None:
            found = self._find(key_id)
            if found is None:
                return ()
            known = found.production, entry.arrived if found.created is None else found.created
            self._keys.set(key_id, known)
        production, since = known
        if production:
            return (_sign(entry, "credentials.production", f"the production key {key_id} was sent"),)
        if entry.arrived - since > self._longest:
            detail = f"the key {key_id} is {(entry.arrived - since) // DAY} days old; {self._days} are advised"
            return (_sign(entry, "credentials.age", detail),)
        return ()


def _sign(entry: Entry, mistake: str, detail: str) -> Sign:
    return Sign(mistake, detail, (Trace.of(entry),))
