"""How long commands take, and what tests wait for: `python -m benchmarks commands`.

Each in a fresh process: wall clock and processor time, in seconds, the best of all rounds. Then, in process, what tests
ask of the control API between requests, in milliseconds of processor time.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.mocks import running_mock
from benchmarks.processes import KORDKIT, ROOT, spent_by_children
from benchmarks.report import Effort, Section, table
from benchmarks.timing import least
from mockserver.testing import App

PYTHON = (sys.executable, "-c")
STARTS: Mapping[str, Sequence[str]] = {
    "python": (*PYTHON, ""),
    "kordkit --help": (*KORDKIT, "--help"),
    "kordkit check --help": (*KORDKIT, "check", "--help"),
    "all that kordkit check imports": (*PYTHON, "import contracts.wiring"),
    "all that kordkit load imports": (*PYTHON, "import loadtests.run.session, loadtests.generator"),
    "a mock in a thread, to its first answer": (
        *PYTHON,
        "from mockserver.testing import Mock\n"
        "from urllib.request import urlopen\n"
        "with Mock() as mock:\n"
        "    urlopen(mock.control_url + '/health').read()",
    ),
}
FIXTURE = 'pytest_plugins = ["mockserver.testing"]\n'
TESTS: Mapping[str, str] = {
    "pytest, one test": "def test_it(): pass\n",
    "pytest, one test with kordless_mock": "def test_it(kordless_mock): assert kordless_mock.clock.now\n",
    "pytest, one test that moves its clock": "def test_it(kordless_mock): kordless_mock.clock.advance(1)\n",
}
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def best(command: Sequence[str], rounds: int, folder: Path = ROOT) -> tuple[float, float]:
    """Seconds by the clock on the wall, and of processor time. Raises CalledProcessError."""
    walls, spent = [], []
    for _ in range(rounds):
        before, begun = spent_by_children(), time.perf_counter()
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        walls.append(time.perf_counter() - begun)
        spent.append(spent_by_children() - before)
    return min(walls), min(spent)


def report(effort: Effort) -> Section:
    rounds = effort.rounds
    rows = [(name, *_shown(best(command, rounds * 2))) for name, command in STARTS.items()]
    with running_mock() as mock:
        asked = [*KORDKIT, "check", "--target", str(mock.target), "--allow-writes"]
        rows.append(("kordkit check, all rules", *_shown(best(asked, min(2, rounds)))))
        rows.append(("kordkit check --only auth", *_shown(best([*asked, "--only", "auth"], rounds))))
    with TemporaryDirectory() as folder:
        rows += [(name, *_shown(found)) for name, found in _tests(Path(folder), rounds)]
    commands = table(("start of", "seconds", "CPU"), rows)
    control = table(("asked of the control API, in process", "ms"), [(name, f"{ms:.2f}") for name, ms in _asked()])
    return Section(f"{commands}\n\n{control}")


def _tests(folder: Path, rounds: int) -> Iterator[tuple[str, tuple[float, float]]]:
    (folder / "conftest.py").write_text(FIXTURE)
    for name, test in TESTS.items():
        (folder / "test_one.py").write_text(test)
        yield name, best(PYTEST, rounds * 2, folder)


def _asked() -> Iterator[tuple[str, float]]:
    app, numbers = App(), count()
    work: Mapping[str, Callable[[], object]] = {
        "reset": lambda: app.control.ask("POST", "/reset"),
        "a world": lambda: app.control.ask("POST", f"/worlds/{next(numbers)}"),
    }
    for name, one in work.items():
        one()
        yield name, least(one) / 1000


def _shown(seconds: tuple[float, float]) -> tuple[str, str]:
    wall, spent = seconds
    return f"{wall:.2f}", f"{spent:.2f}"
