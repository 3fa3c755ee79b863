"""`python -m loadtests.generator.process`: one process of a run, coordinator or worker.

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
from loadtests.generator.coordinator import Coordinator
from loadtests.generator.crew import GeneratorError
from loadtests.generator.users import USERS
from loadtests.generator.worker import Worker
from loadtests.api.endpoint import Surface

STDIN = 0
HALT = b"halt\n"


def main() -> int:
    line, rest = _line()
    job = json.loads(line)
    if job["role"] == "worker":
        return work(job, rest)
    return coordinate(job, rest)


def work(job: Mapping[str, Any], rest: bytes) -> int:
    gevent.spawn(_watch, lambda: None, rest)
    Worker(Surface.from_json(job["surface"]), USERS, *job["master"]).serve()
    return 0


def coordinate(job: Mapping[str, Any], rest: bytes) -> int:
    try:
        coordinator = Coordinator(job, USERS, _say)
        gevent.spawn(_watch, coordinator.halt, rest)
        result = coordinator.run()
    except (TargetError, UnreachableError, GeneratorError) as error:
        _say({"failed": str(error)})
        return 1
    with Path(job["result"]).open("w", encoding="utf-8") as file:
        json.dump(result.as_json(), file)
    _say({"done": True})
    return 0


def _line() -> tuple[bytes, bytes]:
    """Unbuffered: the job, and what was read of what comes after it, which the watcher is handed."""
    read = b""
    while b"\n" not in read:
        more = os.read(STDIN, 65_536)
        if not more:
            sys.exit(1)
        read += more
    line, _, rest = read.partition(b"\n")
    return line, rest


def _watch(halt: Callable[[], None], said: bytes) -> None:
    """`said` was read together with the job."""
    while True:
        if HALT in said:
            halt()
        wait_read(STDIN)
        said = os.read(STDIN, 1_024)
        if not said:
            os._exit(1)


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    os._exit(code)  # Locust's greenlets have nothing left to tell
