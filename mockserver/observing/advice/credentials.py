"""API keys: not in browsers, not in URLs, not of production, not for ever (/api/authentication)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

DAY = 86_400 * SECOND
# What browsers send, and no one else: Node's fetch sends a Sec-Fetch-Mode, too.
_OF_BROWSERS = frozenset({"HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE"})
_IN_QUERIES = ("api_key=", "api-key=", "apikey=")
NEVER = -1


class KnownKey(NamedTuple):
    """`created` in nanoseconds, None for keys of the dataset: they are taken to be new when they are first used."""

    production: bool
    created: int | None


class Credentials:
    """`find` gives what is known of a key by its id, None where that cannot be said just now.

    Keys stand in `header`, which is `variable` in the WSGI environment, and begin with one of the `prefixes`; they
    should not become older than `days`. `own_pages` is in the path of each page of the mock's own.
    """

    operations = None

    def __init__(
        self,
        find: Callable[[str], KnownKey | None],
        variable: str,
        header: str,
        prefixes: Sequence[str],
        days: float,
        own_pages: str,
    ) -> None:
        self._find = find
        self._variable = variable
        self._telling = tuple(word.lower() for word in (*prefixes, f"{header}=", *_IN_QUERIES))
        self._longest = round(days * DAY)
        self._days = days
        self._own_pages = own_pages
        self._sound_until: Recent[str, int] = Recent()  # keys; those of production never are

    def look(self, entry: Entry) -> Sequence[Sign]:
        key_id, names = entry.key_id, entry.headers[::2]
        sound = key_id is None or entry.arrived <= (self._sound_until.get(key_id) or self._known(entry, key_id))
        if sound and not entry.query and not entry.production_key and _OF_BROWSERS.isdisjoint(names):
            return ()
        signs = []
        if not sound:
            signs.append(self._unsound(entry, key_id))
        if entry.production_key:
            detail = "a production key that the mock does not know was sent"
            signs.append(_sign(entry, "credentials.production", detail))
        if self._stands_in(entry.query):
            signs.append(_sign(entry, "credentials.query", "a key stood in the query of a URL"))
        if not _OF_BROWSERS.isdisjoint(names) and self._variable in names and not self._from_own_page(entry):
            signs.append(_sign(entry, "credentials.browser", f"a page in a browser sent a key to {entry.operation}"))
        return signs

    def _known(self, entry: Entry, key_id: str) -> int:
        """Until when the key is sound, in nanoseconds; it is looked for the first time."""
        known = self._find(key_id)
        if known is None:
            return entry.arrived
        since = entry.arrived if known.created is None else known.created
        until = NEVER if known.production else since + self._longest
        self._sound_until.set(key_id, until)
        return until

    def _unsound(self, entry: Entry, key_id: str | None) -> Sign:
        until = self._sound_until.get(key_id or "") or NEVER
        if until == NEVER:
            return _sign(entry, "credentials.production", f"the production key {key_id} was sent")
        age = (entry.arrived - until + self._longest) // DAY
        return _sign(entry, "credentials.age", f"the key {key_id} is {age} days old; {self._days} are advised")

    def _from_own_page(self, entry: Entry) -> bool:
        """Somebody tried an operation from the mock's own pages: browsers say so themselves, and no other page can."""
        host, _, path = (entry.header("referer") or "").partition("://")[2].partition("/")
        return host == entry.header("host") and self._own_pages in f"/{path}"

    def _stands_in(self, query: str) -> bool:
        lowered = query.lower()
        return any(word in lowered for word in self._telling)


def _sign(entry: Entry, mistake: str, detail: str) -> Sign:
    return Sign(mistake, detail, (Trace.of(entry),))
