"""What whoever runs a mock can ask of its journal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from mockserver.application.promises import operations
from mockserver.application.refusals import TooManyError, UnknownError
from mockserver.application.world import World
from mockserver.observing.feed import Feed
from mockserver.observing.journal import Entry
from mockserver.observing.matching import Answered, Match
from mockserver.observing.verification import Times, Verdict, verify, verify_order

MOST_WATCHERS = 32


class JournalAdmin:
    def __init__(self, world: World) -> None:
        self._world = world

    def list_requests(self, match: Match[Answered], limit: int | None = None) -> list[Entry]:
        """Those that are meant, newest first, `limit` of them at most."""
        newest_first = reversed(list(self._world.journal.entries()))
        return list(islice(filter(match, newest_first), limit))

    def verify_requests(self, match: Match[Answered], times: Times) -> Verdict:
        """Raises UnknownError for a name that no request can have, and without a journal: "none" would say nothing."""
        self.require_named(match)
        return verify(self._world.journal.entries(), match, times)

    def verify_order(self, matches: Sequence[Match[Answered]]) -> Verdict:
        """Raises UnknownError."""
        for match in matches:
            self.require_named(match)
        return verify_order(self._world.journal.entries(), matches)

    def watch_requests(self, match: Match[Answered]) -> tuple[Feed, Callable[[], None]]:
        """The requests that are meant from now on, and what ends the watching. Raises UnknownError, TooManyError."""
        self.require_named(match)
        journal = self._world.journal
        feed = Feed(match)
        if not journal.watch(feed.put, MOST_WATCHERS):
            raise TooManyError(f"the journal is watched by {MOST_WATCHERS} already, and no more may")
        return feed, lambda: journal.unwatch(feed.put)

    def requests_since(self, moment: int, match: Match[Answered]) -> tuple[int, list[Entry]]:
        """Those that are meant, newest first, and the moment to ask from the next time; 0: from the beginning."""
        asked_at, entries = self._world.journal.since(moment)
        return asked_at, list(filter(match, entries)) if match.criteria else entries

    def find_request(self, request_id: str) -> Entry:
        """The last one of that name. Raises UnknownError."""
        entries = [entry for entry in self._world.journal.entries() if entry.request_id == request_id]
        if not entries:
            raise UnknownError("the journal has no such request, or no more: it remembers the last ones")
        return entries[-1]

    @property
    def keeps(self) -> bool:
        """Is there a journal?"""
        return self._world.journal.keeps

    def require_named(self, match: Match[Answered]) -> None:
        """Raises UnknownError for a name that no request can have, and where there is no journal."""
        if not self._world.journal.keeps:
            raise UnknownError("this mock keeps no journal: --journal N has it remember N requests")
        document = self._world.document
        named: Mapping[str, Collection[str]] = {
            "operation": operations(document),
            "organization": self._world.bookings.organizations,
            "cause": document["x-errors"],
        }
        for criterion in match.criteria:
            names = named.get(criterion.word)
            if names is not None and criterion.wanted not in names:
                near = get_close_matches(criterion.wanted, names, 1)
                meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
                raise UnknownError(f"there is no {criterion.word} {criterion.wanted}: {meant}")

    def forget_requests(self) -> None:
        self._world.journal.clear()
