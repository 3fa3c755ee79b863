"""Servers started, loaded and looked at in turns: what else the machine does meanwhile meets all of them."""

import json
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.peers.packages import MissingError
from benchmarks.peers.requests import CREATE, HEADERS, ORGANIZATION, REQUESTS, answers
from benchmarks.peers.subjects import EVERYTHING, MAKERS, MOCK, MOCKS, Subject
from benchmarks.processes import NotStartedError, Server, free_port, serving
from benchmarks.report import Effort
from benchmarks.wrk import Figures, load

BOOKINGS = 100_000  # that the mock holds when its memory is read again
AT_MOST = 60  # seconds for those that the rounds have not made
HEALTH = REQUESTS[ORGANIZATION].path


@dataclass(slots=True)
class Found:
    """Of one server: seconds, MB, and by the kind of request what each round gave. `missing`: why there is nothing."""

    missing: str = ""
    starts: list[float] = field(default_factory=list)
    idle: float = 0.0
    loaded: float = 0.0
    posts: int = 0
    rounds: dict[str, list[Figures]] = field(default_factory=lambda: defaultdict(list))

    def rate(self, kind: str) -> float:
        return median(each.rate for each in self.rounds[kind])


def measure(names: Sequence[str], effort: Effort) -> Mapping[str, Found]:
    """By the name of the server."""
    found = {name: Found() for name in names}
    with TemporaryDirectory() as folder, ExitStack() as running:
        subjects = dict(_prepared(Path(folder), found))
        for name, subject in subjects.items():  # which have been started once, and are once more below
            for _ in range(effort.rounds - 2):
                with started(subject, Path(folder)) as server:
                    found[name].starts.append(server.first_answer)
        servers = {name: running.enter_context(started(it, Path(folder))) for name, it in subjects.items()}
        for name, server in servers.items():
            found[name].starts.append(server.first_answer)
            found[name].idle = server.resident()
            if name in MOCKS:
                _register_webhook(server)
        for number in range(effort.rounds + 1):
            for kind, name in _turns(subjects):
                figures = load(servers[name], REQUESTS[kind], f"{number}", effort.seconds, Path(folder))
                found[name].posts += figures.answers if kind == CREATE else 0
                if number:  # the first one warms up
                    found[name].rounds[kind].append(figures)
        for name, server in servers.items():
            if name == MOCK:
                found[name].posts += _book(server, BOOKINGS - found[name].posts, Path(folder))
            found[name].loaded = server.resident()
    return found


def _prepared(folder: Path, found: Mapping[str, Found]) -> Iterator[tuple[str, Subject]]:
    """Those that are to be had, and do start."""
    told = answers(folder)
    for number, (name, it) in enumerate(found.items()):
        own = folder / str(number)
        own.mkdir()
        try:
            subject = MAKERS[name](own, told)
            with started(subject, folder) as server:
                for kind in subject.answers:
                    REQUESTS[kind].send(server.url, "first")
                it.starts.append(server.first_answer)
        except (MissingError, NotStartedError, OSError) as error:  # a bad answer is an OSError, too
            it.missing = str(error)
            continue
        yield name, subject


@contextmanager
def started(subject: Subject, folder: Path) -> Iterator[Server]:
    port = free_port()
    with serving(subject.command(port), port, HEALTH, HEADERS, folder / f"{port}.log") as server:
        yield server


def _turns(subjects: Mapping[str, Subject]) -> Iterator[tuple[str, str]]:
    """(kind of request, name of the server)"""
    for kind in EVERYTHING:
        yield from ((kind, name) for name, subject in subjects.items() if kind in subject.answers)


def _register_webhook(server: Server) -> None:
    """Nothing that happens here is told to it: each booking looks whether there is one for it."""
    wanted = {"organization": "bench", "url": "http://127.0.0.1:9/", "events": ["booking.cancelled"]}
    asked = urllib.request.Request(
        f"{server.url}/_mock/webhooks", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(asked).close()


def _book(server: Server, wanted: int, folder: Path) -> int:
    """So many bookings and some more, unless that takes too long."""
    made = 0
    for number in range(AT_MOST):
        if made >= wanted:
            break
        made += load(server, REQUESTS[CREATE], f"more-{number}", 1, folder).answers
    return made
