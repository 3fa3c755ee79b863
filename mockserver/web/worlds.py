"""Isolated worlds below `/w/{name}`, each with state, clock, limits, faults and journal of its own; the way to them.

They live in the memory of one process, whatever keeps the mock's own state, and go when nobody has used them for long.
"""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.web.paths import WORLDS_PREFIX
from mockserver.web.site import SITE, Site

MOST = 1000
UNUSED_SECONDS = 3600
"""Of real time without a request, after which a world is dropped."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


class UnmadeError(ValueError):
    """A world that cannot be made: one sentence."""


class TakenError(UnmadeError):
    """Its name is another's, or there is no room for it."""


@dataclass(slots=True)
class Entry:
    """`used` is when its last request came, in seconds of `Worlds`' own time."""

    site: Site
    used: float


class Worlds:
    """`make` makes a world of that name; `uptime` is real time, in seconds from any moment."""

    def __init__(
        self,
        make: Callable[[str], Site],
        uptime: Callable[[], float],
        most: int = MOST,
        unused_seconds: float = UNUSED_SECONDS,
    ) -> None:
        self._make = make
        self._uptime = uptime
        self.most = most
        self.unused_seconds = unused_seconds
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def create(self, name: str) -> Site:
        """Raises UnmadeError, TakenError."""
        if not _NAME.fullmatch(name):
            raise UnmadeError("a world's name has up to 100 letters, digits, dots, dashes and underscores")
        with self._lock:
            self._drop_unused()
            if name in self._entries:
                raise TakenError(f"there is a world {name} already: DELETE it, or POST to its own /_mock/reset")
            if len(self._entries) >= self.most:
                raise TakenError(f"there are {self.most} worlds, and no more than that may be: DELETE one of them")
            site = self._make(name)
            self._entries[name] = Entry(site, self._uptime())
            return site

    def drop(self, name: str) -> bool:
        """Was there one of that name?"""
        with self._lock:
            entry = self._entries.pop(name, None)
        if entry is not None:
            entry.site.world.close()
        return entry is not None

    def unused(self) -> Sequence[tuple[str, float]]:
        """The worlds by name, in the order in which they were made, and for how many seconds nobody has used them."""
        with self._lock:
            self._drop_unused()
            now = self._uptime()
            return [(name, now - entry.used) for name, entry in self._entries.items()]

    def enter(self, environ: dict[str, Any]) -> Site | None:
        """The site of a request below the prefix, which then looks as if it were at the mock's own root.

        None where there is no such world.
        """
        name, slash, rest = environ["PATH_INFO"].removeprefix(WORLDS_PREFIX).partition("/")
        entry = self._entries.get(name)
        now = self._uptime()
        if entry is None or now - entry.used > self.unused_seconds:
            return None
        entry.used = now
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + WORLDS_PREFIX + name
        environ["PATH_INFO"] = slash + rest
        environ[SITE] = entry.site
        return entry.site

    def _drop_unused(self) -> None:
        now = self._uptime()
        for name in [name for name, entry in self._entries.items() if now - entry.used > self.unused_seconds]:
            self._entries.pop(name).site.world.close()
