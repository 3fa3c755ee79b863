"""`kordkit mock --watch`: when a file has changed that the mock was built from, another mock takes its place."""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mockserver.observing.advice.advice import Summary
from mockserver.wiring import Built, Unusable
from mockserver.wiring.collector import release

POLL_SECONDS = 0.25
BUILT = "kordkit.built"
"""Where in the WSGI environment the mock stands that a request was handed to before its body came."""


class Watch:
    """Serves the newest of the mocks. `build` makes one of what the `files` hold now, which goes on with the advice of
    the former, or raises Unusable; `replaced` is told of each that is served from now on, and which files have changed;
    `refused` why they cannot be used.

    A mock begins as its dataset, the flags and the contract have it; the clock alone goes on.
    """

    def __init__(
        self,
        files: Sequence[Path],
        build: Callable[[Summary], Built],
        replaced: Callable[[Built, Sequence[Path]], None],
        refused: Callable[[str], None],
    ) -> None:
        self._files = files
        self._build = build
        self._replaced = replaced
        self._refused = refused
        self._served = self._seen = self._stamps()  # before the first mock is built: what changes meanwhile is seen
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.newest: Built

    def start(self, built: Built) -> None:
        self.newest = built
        self._thread.start()

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._asked(environ).gate(environ, start_response)

    def body_limit(self, environ: dict[str, Any]) -> int:
        built = environ[BUILT] = self.newest  # who has taken a request's first steps takes the others, too
        return built.gate.body_limit(environ)

    def quick(self, path: str) -> bool:
        return self.newest.gate.quick(path)

    def late(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._asked(environ).gate.late(environ, start_response)

    def broken(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._asked(environ).gate.broken(environ, start_response)

    def close(self) -> None:
        """And the mock that is served."""
        self._ended.set()
        self._thread.join(timeout=1)
        self.newest.mock.close()

    def look(self) -> None:
        """Replace the mock if the files have changed, and have not changed any more since the last look."""
        stamps = self._stamps()
        settled, self._seen = stamps == self._seen, stamps
        if settled and stamps != self._served:
            changed = [
                file for file, *each in zip(self._files, stamps, self._served, strict=True) if each[0] != each[1]
            ]
            self._served = stamps
            self._replace(changed)

    def _asked(self, environ: dict[str, Any]) -> Built:
        found: Built = environ.get(BUILT, self.newest)
        return found

    def _run(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            self.look()

    def _replace(self, changed: Sequence[Path]) -> None:
        try:
            built = self._build(self.newest.advice)
        except Unusable as error:
            self._refused(f"{error}; what was served before goes on")
            return
        former, clock = self.newest, self.newest.mock.clock
        built.mock.clock.restore(clock.now(), frozen=clock.frozen)
        built.mock.dispatcher.start()
        self.newest = built
        for name, _ in former.front.worlds.unused():
            former.front.worlds.drop(name)
        former.mock.close()
        release()
        self._replaced(built, changed)

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        return [_stamp(file) for file in self._files]


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """Differs when a file was written to or replaced. None: there is none, as for a moment while an editor saves."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
