"""`kordkit load` from the result of a load on: exit codes, reports, and who interrupts. Nothing is sent here."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import UnreachableError
from loadtests.limiter import verdict
from loadtests.measure.result import Ending
from loadtests.report import files
from loadtests.report.contents import Report
from tests.loadtests.judging.load_command import HERE, Runner, load, statistics


@pytest.mark.parametrize(
    ("statuses", "ending", "words", "code", "sentence"),
    [
        ([200] * 100, "time", [], 0, "The run is complete; nothing was to be judged."),
        ([200] * 100, "time", ["--fail-if", "p95>50ms"], 0, "Every promise was kept."),
        ([200] * 100, "count", ["--fail-if", "p95>5ms"], 1, "Broken: p95>5ms."),
        ([200] * 100, "time", ["--fail-if", "createBooking p95>5ms"], 4, "Incomplete: createBooking p95>5ms was not"),
        ([200] * 100, "interrupted", [], 4, "Incomplete: The run was interrupted."),
        ([200] * 100, "worker lost", [], 4, "Incomplete: A worker was lost; its share counts as dropped."),
        ([200] * 100, "interrupted", ["--fail-if", "p95>5ms"], 1, "Broken: p95>5ms."),
        ([], "time", [], 4, "Incomplete: Nothing was sent."),
        ([0] * 100, "time", [], 3, "http://127.0.0.1:4020 did not answer a single request."),
        ([200] + [0] * 99, "time", ["--fail-if", "errors>50%"], 1, "Broken: errors>50%."),
    ],
)
def test_exit_codes(
    runner: Runner, statuses: list[int], ending: Ending, words: list[str], code: int, sentence: str
) -> None:
    runner.result = replace(runner.result, statistics=statistics(statuses), ended=ending)
    found = load("browse", *HERE, *words)
    assert sentence in found.stdout
    assert found.exit_code == code


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UnreachableError("nobody there"), 3, "Error: nobody there"),
        (KeyboardInterrupt(), 4, "Error: interrupted before there was anything to report"),
    ],
)
def test_what_ends_a_run_without_a_result_is_a_sentence(
    runner: Runner, error: BaseException, code: int, sentence: str
) -> None:
    runner.error = error
    found = load("browse", *HERE)
    assert (found.exit_code, sentence in found.output) == (code, True)
    assert "Traceback" not in found.output


def test_ctrl_c_while_the_limiter_is_judged_leaves_a_report(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verdict, "judge", interrupted)
    found = load("limiter", *HERE, "--report-dir", str(tmp_path))
    assert "judging was interrupted" in found.stdout
    assert found.exit_code == 4
    assert (tmp_path / "load.html").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nobody_disturbs_what_is_being_written(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals
) -> None:
    def interrupting(report: Report, folder: Path) -> Iterator[Path]:
        os.kill(os.getpid(), number)
        return written(report, folder)

    written = files.write
    monkeypatch.setattr(files, "write", interrupting)
    before = signal.getsignal(number)
    found = load("browse", *HERE, "--report-dir", str(tmp_path))
    assert found.exit_code == 0, found.output
    assert {path.name for path in tmp_path.iterdir()} == {"load.json", "load.csv", "load.html"}
    assert signal.getsignal(number) is before


def test_the_reports_are_written_and_hold_no_secret(runner: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    secrets = ("key-of-mine", "platform-of-mine", "token-of-mine")
    words = ["--key", secrets[0], "--platform-key", secrets[1], "--organization-id", "x", "--admin-token", secrets[2]]
    found = load("browse", *HERE, *words, "--rate", "5/s", "--seed", "3", "--report-dir", str(folder))
    assert found.exit_code == 0, found.output
    written = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert set(written) == {"load.json", "load.csv", "load.html"}
    for text in (*written.values(), found.output, repr(runner.plan)):
        assert [secret for secret in secrets if secret in text] == []
    command = (
        "KORDLESS_API_KEY=… KORDKIT_PLATFORM_KEY=… KORDKIT_ADMIN_TOKEN=… kordkit load browse http://127.0.0.1:4020"
        f" --organization-id x --org acme-salon --rate 5/s --seed 3 --report-dir {folder}"
    )
    assert command in written["load.html"]


@pytest.mark.parametrize(
    ("ending", "sentence"), [("time", "The run ended with its time."), ("count", "--max-requests")]
)
def test_a_run_says_how_it_ended(runner: Runner, ending: Ending, sentence: str) -> None:
    runner.result = replace(runner.result, ended=ending)
    assert sentence in load("booking_flow", *HERE, "--allow-writes").stderr


def test_progress_is_a_line_where_there_is_no_terminal(runner: Runner) -> None:
    assert "11 s, 100 answers, 0 refused, 0 errors, p95 10.0 ms" in load("browse", *HERE).stderr


def test_a_report_that_cannot_be_written_is_told_before_the_load(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "load.json").mkdir()
    done = load("browse", *HERE, "--report-dir", str(tmp_path))
    assert (done.exit_code, runner.plans) == (2, [])
    assert "load.json cannot be written to" in done.output


def test_nothing_of_it_imports_locust_or_gevent() -> None:
    modules = "loadtests.cli, loadtests.run.session, loadtests.run.processes, loadtests.report.html"
    script = f"import sys, {modules}; print(sorted({{'gevent', 'locust', 'mockserver'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_and_wrong_flags_wait_for_no_heavy_import() -> None:
    script = "import sys, loadtests.cli; print(sorted({'rich', 'requests', 'jinja2', 'orjson'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
