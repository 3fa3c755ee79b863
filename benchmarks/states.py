"""What keeping the state costs: `python benchmarks/states.py [ROUNDS]`, with wrk and PostgreSQL's programs installed.

Mocks with their state in memory, in an SQLite file and in PostgreSQL, the last with 1, 2 and 4 workers, are asked in
turn, so that what else the machine does meets all alike. Medians of the rounds: requests a second, the 99th percentile
of the latency in milliseconds, and the processor time that the mock spends on a request in microseconds, which tells
most on a machine that others use, too; PostgreSQL's own is not in it. In brackets: divided by what it is in memory.

32 connections, each of which waits for its answer before it sends again. Limits are so high that nothing is refused,
but every request is counted, as in use. A POST books a seat under a new Idempotency-Key; a replay is always the same
one. PostgreSQL is as durable as it is by default.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import requests

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.mock_process import RunningMock, running_mock
from tests.mockserver.deployment.clients import KEY
from tests.mockserver.deployment.studio import flags
from tests.postgresql import Server, fresh_server

ROUNDS = 3
SECONDS = 4
CONNECTIONS = 32
SEATS = 10_000  # in each of 32 slots
API = "/api/calendar/v1/public"
AVAILABILITY = (
    f"{API}/availability?org_slug=studio&service_slug=class&from=2025-12-02T00:00:00Z&to=2025-12-03T00:00:00Z"
)
BODIES: list[dict[str, Any]] = [
    {
        "org_slug": "studio",
        "service_slug": "class",
        "starts_at": f"2025-12-{day:02}T{hour:02}:00:00Z",
        "ends_at": f"2025-12-{day:02}T{hour:02}:30:00Z",
        "timezone": "UTC",
        "contact": {"name": "Ada", "email": "ada@example.com"},
    }
    for day in (2, 3, 4, 5)
    for hour in range(9, 17)
]
POSTING = """
local bodies, sent, threads = {%s}, 0, 0
function setup(thread) threads = threads + 1; thread:set("id", threads) end
function request()
  sent = sent + 1
  local headers = {["x-kordless-key"] = "%s", ["Content-Type"] = "application/json", ["Idempotency-Key"] = %s}
  return wrk.format("POST", "%s/bookings", headers, bodies[sent %% #bodies + 1])
end
"""
runs = count()


class Figures(NamedTuple):
    """Requests a second; milliseconds; microseconds for each request."""

    rate: float
    p99: float
    cpu: float


Turn = dict[str, dict[str, Figures]]
"""By the name of the state, by the kind of request."""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        server = fresh_server(durable=True)
        running.callback(_remove, server)
        kept: Mapping[str, list[str]] = {
            "memory": [],
            "SQLite": ["--state", f"sqlite:///{folder / 'state.db'}"],
            "PostgreSQL": ["--state", server.new_database()],
            "PostgreSQL, 2 workers": ["--state", server.new_database(), "--workers", "2"],
            "PostgreSQL, 4 workers": ["--state", server.new_database(), "--workers", "4"],
        }
        mocks = {
            name: running.enter_context(running_mock(*flags(folder, {"class": SEATS}), *state))
            for name, state in kept.items()
        }
        turns: list[Turn] = [{name: measured(mock, folder) for name, mock in mocks.items()} for _ in range(rounds)]
    print("| request | state | a second | p99 | CPU |\n|---|---|---:|---:|---:|")
    for kind in turns[0]["memory"]:
        for name in mocks:
            print(f"| {kind} | {name} | {' | '.join(_cells(turns, name, kind))} |")


def _cells(turns: Sequence[Turn], name: str, kind: str) -> Iterator[str]:
    for figure, digits in (("rate", ",.0f"), ("p99", ".0f"), ("cpu", ",.0f")):
        cell = format(median(getattr(turn[name][kind], figure) for turn in turns), digits)
        compared = (getattr(turn[name][kind], figure) / getattr(turn["memory"][kind], figure) for turn in turns)
        yield cell if name == "memory" or figure == "p99" else f"{cell} ({median(compared):.2f})"


def _remove(server: Server) -> None:
    server.stop("immediate")
    rmtree(server.folder)


def measured(mock: RunningMock, folder: Path) -> dict[str, Figures]:
    headers = {"x-kordless-key": KEY, "Idempotency-Key": "again"}
    requests.post(f"{mock.url}{API}/bookings", json=BODIES[0], headers=headers, timeout=30).raise_for_status()
    first = json.dumps(json.dumps(BODIES[0]))
    every = ", ".join(json.dumps(json.dumps(body)) for body in BODIES)
    new = f'"{next(runs)}-" .. id .. "-" .. sent'
    return {
        "GET organization": _asked(mock, f"{API}/org/studio"),
        "availability": _asked(mock, AVAILABILITY),
        "POST": _asked(mock, "", _script(folder, POSTING % (every, KEY, new, API))),
        "replay": _asked(mock, "", _script(folder, POSTING % (first, KEY, '"again"', API))),
    }


def _script(folder: Path, text: str) -> Path:
    script = folder / "posting.lua"
    script.write_text(text)
    return script


def _asked(mock: RunningMock, path: str, script: Path | None = None) -> Figures:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-H", f"x-kordless-key: {KEY}"]
    script_flags = [] if script is None else ["-s", str(script)]
    before = _processor_time(mock.process)
    said = subprocess.run([*command, *script_flags, mock.url + path], check=True, capture_output=True, text=True).stdout
    spent = _processor_time(mock.process) - before
    if "Non-2xx" in said:
        raise SystemExit(f"not all was answered well:\n{said}")
    answered = _number(r"([\d.]+) requests in", said)
    return Figures(_number(r"Requests/sec:\s+([\d.]+)", said), _milliseconds(said), spent / answered * 1e6)


def _processor_time(process: int) -> float:
    """Seconds, of it and of its workers."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ticks = 0
    for number in (process, *children):
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _number(pattern: str, said: str) -> float:
    found = re.search(pattern, said)
    assert found, said
    return float(found[1])


def _milliseconds(said: str) -> float:
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert found, said
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


if __name__ == "__main__":
    main()
