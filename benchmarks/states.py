"""What keeping the state costs: `python -m benchmarks states`, with wrk and PostgreSQL's programs installed.

Mocks with their state in memory, in an SQLite file and in PostgreSQL, the last with 1 and 2 workers, are asked in turn,
so that what else the machine does meets all alike. Medians of the rounds: requests a second, the 99th percentile of the
latency in milliseconds, and the processor time that the mock spends on a request in microseconds, which tells most on a
machine that others use, too; PostgreSQL's own is not in it. In brackets: divided by what it is in memory.

The requests are those that peers are asked (peers/requests.py), 32 at a time. Limits are so high that nothing is
refused, but every request is counted, as in use. PostgreSQL is as durable as it is by default.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.full_class import files_of_class
from benchmarks.mocks import running_mock
from benchmarks.peers.requests import NOW, REQUESTS
from benchmarks.report import Effort, Section, table
from benchmarks.wrk import Figures, load
from tests.postgresql import Server, fresh_server

Turn = dict[str, dict[str, Figures]]
"""By the kind of request, by the name of the state."""


def report(effort: Effort) -> Section:
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        database = fresh_server(durable=True)
        running.callback(_remove, database)
        kept: Mapping[str, Sequence[str]] = {
            "memory": [],
            "SQLite": ["--state", f"sqlite:///{folder / 'state.db'}"],
            "PostgreSQL": ["--state", database.new_database()],
            "PostgreSQL, 2 workers": ["--state", database.new_database(), "--workers", "2"],
        }
        data, unlimited = map(str, files_of_class(folder))
        flags = ["--data", data, "--overlay", unlimited, "--now", NOW, "--freeze"]
        mocks = {name: running.enter_context(running_mock(*flags, *state)) for name, state in kept.items()}
        turns: list[Turn] = [
            {
                kind: {name: load(mock.server, it, f"{turn}", effort.seconds, folder) for name, mock in mocks.items()}
                for kind, it in REQUESTS.items()
            }
            for turn in range(effort.rounds)
        ]
    rows = ((kind, name, *_cells(turns, kind, name)) for kind in REQUESTS for name in kept)
    return Section(table(("request", "state", "a second", "p99", "CPU"), rows, texts=2))


def _cells(turns: Sequence[Turn], kind: str, name: str) -> Iterator[str]:
    for figure, digits in (("rate", ",.0f"), ("p99", ".0f"), ("cpu", ",.0f")):
        cell = format(median(getattr(turn[kind][name], figure) for turn in turns), digits)
        compared = (getattr(turn[kind][name], figure) / getattr(turn[kind]["memory"], figure) for turn in turns)
        yield cell if name == "memory" or figure == "p99" else f"{cell} ({median(compared):.2f})"


def _remove(server: Server) -> None:
    server.stop("immediate")
    rmtree(server.folder)
