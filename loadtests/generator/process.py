"""`python -m loadtests.generator.process`: one process of a run, coordinator or worker.

What it is to do is a line of JSON on its standard input, so that no key stands on a command line. It ends when that
input does: no process outlives the one that started it.
"""

import locust  # noqa: F401, I001  patches the process: before anything else has kept what is patched

import json
import os
import sys
from collections.abc import Callable
from io import DEFAULT_BUFFER_SIZE
from pathlib import Path
from typing import Any

import gevent
from gevent.socket import wait_read

from contracts.errors import TargetError, UnreachableError
from loadtests.messages import Coordinate, Done, Failed, Work, decoded, encode

STDIN = 0
HALT = b"halt\n"


def main() -> int:
    line, rest = _line()
    told: Work | Coordinate = decoded((Work, Coordinate), json.loads(line))
    return work(told, rest) if isinstance(told, Work) else coordinate(told, rest)


# Either imports what the other has no use for: what judges a limiter takes a coordinator a third of a second.


def work(told: Work, rest: bytes) -> int:
    from loadtests.generator.worker import Worker

    gevent.spawn(_watch, lambda: None, rest)
    Worker(told.endpoint, told.host, told.port).serve()
    return 0


def coordinate(told: Coordinate, rest: bytes) -> int:
    from loadtests.generator.coordinator import Coordinator
    from loadtests.generator.crew import GeneratorError

    try:
        coordinator = Coordinator(told, _say)
        gevent.spawn(_watch, coordinator.halt, rest)
        result = coordinator.run()
    except (TargetError, UnreachableError, GeneratorError) as error:
        _say(Failed(str(error)))
        return 1
    with Path(told.result).open("w", encoding="utf-8") as file:
        json.dump(result.as_json(), file)
    _say(Done())
    return 0


def _line() -> tuple[bytes, bytes]:
    """Unbuffered: the job, and what was read of what comes after it, which the watcher is handed."""
    read = b""
    while b"\n" not in read:
        more = os.read(STDIN, DEFAULT_BUFFER_SIZE)
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


def _say(message: Any) -> None:
    sys.stdout.write(json.dumps(encode(message)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    os._exit(code)  # Locust's greenlets have nothing left to tell
