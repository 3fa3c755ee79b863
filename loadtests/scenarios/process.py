"""`python -m loadtests.scenarios.process`: one process of a run, coordinator or worker.

What it is to do is a line of JSON on its standard input, so that no key stands on a command line. It ends when that
input does: no process outlives the one that started it.
"""

import locust  # noqa: F401, I001  patches the process: before anything else has kept what is patched

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gevent
from gevent.socket import wait_read

from contracts.errors import TargetError, UnreachableError
from loadtests.scenarios.coordinator import Coordinator
from loadtests.scenarios.crew import GeneratorError
from loadtests.scenarios.users import USERS
from loadtests.scenarios.worker import Worker
from loadtests.surface import Surface

STDIN = 0
HALT = b"halt\n"


def main() -> int:
    job = json.loads(_line())
    if job["role"] == "worker":
        return work(job)
    return coordinate(job)


def work(job: Mapping[str, Any]) -> int:
    gevent.spawn(_watch, lambda: None)
    Worker(Surface.from_json(job["surface"]), USERS, *job["master"]).serve()
    return 0


def coordinate(job: Mapping[str, Any]) -> int:
    try:
        coordinator = Coordinator(job, USERS, _say)
        gevent.spawn(_watch, coordinator.halt)
        result = coordinator.run()
    except (TargetError, UnreachableError, GeneratorError) as error:
        _say({"failed": str(error)})
        return 1
    with Path(job["result"]).open("w", encoding="utf-8") as file:
        json.dump(result.as_json(), file)
    _say({"done": True})
    return 0


def _line() -> bytes:
    """Unbuffered: what comes after it is left to the watcher."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(STDIN, 65_536)
        if not more:
            sys.exit(1)
        line += more
    return line


def _watch(halt: Callable[[], None]) -> None:
    while True:
        wait_read(STDIN)
        said = os.read(STDIN, 1_024)
        if not said:
            os._exit(1)
        if HALT in said:
            halt()


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    os._exit(code)  # Locust's greenlets have nothing left to tell
