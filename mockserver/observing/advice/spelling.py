"""Names that are another place's spelling, and a `+` that arrives as a space."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.journal import Entry

# Where a space can only have been a plus: before a time's offset, before a number, in an e-mail's local part.
_PLUS = re.compile(r"\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\0\d\d:?\d\d\Z|=\0\d{5,}\Z|=[^@]*\0[^@]*@", re.ASCII)


class Spelling:
    operations = None

    def look(self, entry: Entry) -> Sequence[Sign]:
        if entry.hint is entry.cause is None and "+" not in entry.query:
            return ()
        signs = []
        if entry.cause == "misspelled_field":
            detail = f"{entry.operation} was refused for another place's spelling; its answer says which"
            signs.append(Sign("spelling.member", detail, (Trace.of(entry),)))
        elif entry.hint is not None and entry.header("prefer") is None:  # or it may be about that header
            signs.append(Sign("spelling.member", entry.hint, (Trace.of(entry),)))
        if _has_lost_plus(entry.query):
            detail = f"a + in the query of {entry.operation} was not escaped, and is a space"
            signs.append(Sign("spelling.plus", detail, (Trace.of(entry),)))
        return signs


def _has_lost_plus(query: str) -> bool:
    return any(_PLUS.search(unquote(pair.replace("+", "\0"))) for pair in query.split("&") if "+" in pair)
