"""What docs/benchmarks.md shows: `python -m benchmarks [NAME…] [--rounds N] [--seconds N] [--write]`.

Without names all of them, in some six minutes on a quiet machine. `--write` puts what is found into the page. What
takes longer, or is asked of other checkouts, has a command of its own: the other files here say theirs.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from benchmarks.report import Effort, Machine, Section, put

SUITES = {
    "peers": "benchmarks.peers.comparison",
    "hot_path": "benchmarks.hot_path",
    "steps": "benchmarks.steps",
    "commands": "benchmarks.commands",
    "growth": "benchmarks.growth",
    "states": "benchmarks.states",
    "load_generation": "benchmarks.load_generation",
    "limiter": "benchmarks.limiter",
}


def main(words: Sequence[str], suites: Mapping[str, str] = SUITES) -> None:
    parser = ArgumentParser(prog="python -m benchmarks", description="What docs/benchmarks.md shows.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(suites)}; by default all")
    parser.add_argument("--rounds", type=int, default=Effort().rounds, help="of each measurement, in turns")
    parser.add_argument("--seconds", type=int, default=Effort().seconds, help="of each load")
    parser.add_argument("--write", action="store_true", help="put what is found into docs/benchmarks.md")
    given = parser.parse_args(words)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users start what has been compiled
    for name in given.names:
        if name not in suites:
            parser.error(f"there is no benchmark {name}: {', '.join(suites)}")
    for name in given.names or suites:
        report: Callable[[Effort], Section] = import_module(suites[name]).report
        machine = Machine()
        found = report(Effort(given.rounds, given.seconds))
        told = f"{found.text}\n\nRounds: {given.rounds}, of {given.seconds} s each where servers are loaded. {machine}."
        print(f"## {name}\n\n{told}\n", flush=True)
        if given.write:
            put(name, Section(told, found.files))


if __name__ == "__main__":
    main(sys.argv[1:])
