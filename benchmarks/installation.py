"""What an installation takes, and how long its commands do: `python benchmarks/installation.py`.

Sizes are of the files of each distribution that is asked for, what it asks for included, without byte code, and without
kordkit itself where it is installed from a checkout. Times are
processor time of a fresh process, the best of so many rounds; a start is that of Python with what is measured.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROUNDS = 7
EXTRAS = ("", "check", "load", "postgres", "tls")
STARTS = {
    "python": "",
    "kordkit --help": "import sys, kordkit; sys.argv = ['kordkit', '--help']; kordkit.main()",
    "a mock in a thread, to its first answer": (
        "from mockserver.testing import Mock\n"
        "from urllib.request import urlopen\n"
        "with Mock() as mock:\n"
        "    urlopen(mock.control_url + '/health').read()"
    ),
    "kordkit check --help": "import sys, kordkit; sys.argv = ['kordkit', 'check', '--help']; kordkit.main()",
    "all that kordkit check imports": "import contracts.wiring",
    "all that kordkit load imports": "import loadtests.run.session, loadtests.generator",
}


def wanted(name: str, extra: str = "", seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Distributions that an installation brings, itself included; again and again where several ask for one."""
    yield name
    for text in distribution(name).requires or ():
        line = Requirement(text)
        for chosen in line.extras or {""}:
            if line.name not in seen and (line.marker is None or line.marker.evaluate({"extra": extra})):
                yield from wanted(line.name, chosen, seen | {name})


def size(name: str) -> int:
    """In bytes."""
    files = distribution(name).files or ()
    paths = [Path(str(file.locate())) for file in files if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.exists())


def spent(script: str) -> float:
    """Seconds of processor time."""

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    took = []
    for _ in range(ROUNDS):
        before = used()
        subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=True)
        took.append(used() - before)
    return min(took)


def main() -> None:
    base = set(wanted("kordkit"))
    print("| installation | distributions | MB |\n|---|---:|---:|")
    for extra in EXTRAS:
        try:
            names = set(wanted("kordkit", extra))
        except PackageNotFoundError as missing:
            print(f"| `kordkit[{extra}]` | {missing} is not installed | |")
            continue
        more = "" if not extra else f" (+{len(names - base)})"
        megabytes = sum(map(size, names)) / 2**20
        print(f"| `kordkit{f'[{extra}]' if extra else ''}` | {len(names)}{more} | {megabytes:.0f} |")
    print("\n| start of | seconds |\n|---|---:|")
    for name, script in STARTS.items():
        print(f"| {name} | {spent(script):.2f} |")


if __name__ == "__main__":
    main()
