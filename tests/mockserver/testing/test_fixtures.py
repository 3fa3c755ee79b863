"""The pytest fixtures, used by suites of their own."""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.effort import thorough

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
FAST = 30  # times what the import of a mock takes: processor time of two hundred tests; 15 measured
PROCESSES = 2
FAILS = "test_suite.py::test_everybody_books_the_same_slot[77]"  # by itself
PYTEST = (sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider")
SETTINGS = """
import pytest
from mockserver.testing import Settings, moment

pytest_plugins = ["mockserver.testing"]

@pytest.fixture(scope="session")
def kordless_settings():
    return Settings(seed=7, now=moment("2025-12-01T08:00:00Z"))
"""


class Ended(NamedTuple):
    code: int
    results: dict[str, str]
    seconds: float  # of processor time
    said: str


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    shutil.copy(HERE / "suite.py", tmp_path / "test_suite.py")
    (tmp_path / "conftest.py").write_text(SETTINGS)
    return tmp_path


def ended(folder: Path, *command: str) -> Ended:
    """Without the plugins of others, which take a second of each process."""
    before = spent()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KORD", "PYT"))}
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    results = {test: outcome for outcome, test in re.findall(r"^(PASSED|FAILED|ERROR) (\S+)", run.stdout, re.MULTILINE)}
    return Ended(run.returncode, results, spent() - before, run.stdout + run.stderr)


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_two_hundred_tests_side_by_side_do_not_disturb_each_other_nor_do_they_in_worlds_of_one_mock(
    suite: Path,
) -> None:
    run = ended(suite, *PYTEST, "-p", "xdist", "-n", str(PROCESSES))
    assert run.results.pop(FAILS) == "FAILED", run.said
    assert list(run.results.values()) == ["PASSED"] * 199, run.said
    assert run.code == 1
    unit = min(ended(suite, sys.executable, "-c", "import mockserver.wiring").seconds for _ in range(3))
    assert run.seconds < FAST * unit

    mock = (sys.executable, str(ROOT / "kordkit.py"), "run", "--seed", "7", "--now", "2025-12-01T08:00:00Z", "--")
    (suite / "conftest.py").write_text('pytest_plugins = ["mockserver.testing"]\n')
    chosen = () if thorough() else ("-k", "7")  # the 38 with a 7 in their names; all of them in `make thorough`
    in_worlds = ended(suite, *mock, *PYTEST, "-p", "xdist", "-n", str(PROCESSES), *chosen)
    assert in_worlds.results.pop(FAILS) == "FAILED", in_worlds.said
    assert in_worlds.results.items() <= run.results.items(), in_worlds.said
    assert (len(in_worlds.results), in_worlds.code) == (199 if thorough() else 37, run.code)


def test_the_app_the_server_and_their_settings_are_fixtures_too(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(SETTINGS)
    (tmp_path / "test_all.py").write_text("""
def test_moves(kordless_server, kordless_mock, kordless_app):
    assert kordless_mock is kordless_server
    for mock in (kordless_mock, kordless_app):
        mock.clock.advance(86400)
        assert mock.clock.now.day == 2

def test_finds_it_as_it_began(kordless_server, kordless_app):
    assert kordless_server.clock.now.day == kordless_app.clock.now.day == 1
""")
    run = ended(tmp_path, *PYTEST)
    assert (run.code, set(run.results.values())) == (0, {"PASSED"}), run.said


def test_to_have_it_costs_a_run_nothing_that_does_not_use_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(SETTINGS)
    (tmp_path / "test_other.py").write_text("""
import sys

def test_it():
    assert "mockserver.testing" in sys.modules
    assert {"flask", "yaml", "granian", "httpx", "requests", "mockserver.wiring"} & sys.modules.keys() == set()

def test_the_time_waits_for_no_flask(kordless_mock):
    assert kordless_mock.clock.now and not kordless_mock.clock.frozen
    assert {"flask", "werkzeug", "jinja2", "yaml"} & sys.modules.keys() == set()
""")
    run = ended(tmp_path, *PYTEST)
    assert run.code == 0, run.said


def test_what_is_imported_before_it_is_loaded_warns_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(f"import mockserver.testing.fixtures\n{SETTINGS}")
    (tmp_path / "test_one.py").write_text("def test_it(kordless_mock): pass\n")
    run = ended(tmp_path, *PYTEST, "-W", "error")
    assert run.code == 0, run.said
