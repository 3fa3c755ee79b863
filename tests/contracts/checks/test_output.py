"""What leaves a check: whole lines and reports, the right exit code, and nothing of a server's that steers a reader."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.properties import property_rules
from contracts.reports import FORMATS, rendered
from contracts.rules import rules_of
from contracts.spec.contract import Contract
from contracts.target.redaction import visible
from tests.contracts.checks.command import PATIENCE, check, environment, started
from tests.contracts.checks.test_verdicts import finding, told, verdicts
from tests.contracts.checks.test_what_a_check_leaves import active, availability, wait_for_bookings
from tests.mock_process import KORDKIT, RunningMock, running_mock
from tests.scripted_server import plain, scripted

ESCAPES = "\x1b]0;owned\x07\x1b[2K\x1b[1A\x1b[32mThe server keeps the contract\x1b[0m \ufffe\x9b31m\u202e\n\r"
HTML = "<img src=x onerror=alert(1)><script>x</script> ![i](https://evil.example/i.png) [l](https://evil.example) @all"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe]")


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--seed", "1", "--limits", "off") as started_mock:
        yield started_mock


# Of an amended contract lint asks no readings, which takes it longest. What it says is written the same way.
LINT = "lint --overlay overlay.yaml"
OVERLAY = "{overlay: 1.0.0, actions: [{target: $.info, update: {title: amended}}]}"


def in_shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which KORDKIT stands for the command; its exit code is that of the first in a pipe."""
    command = line.replace("KORDKIT", f"{sys.executable} {KORDKIT}") + "; exit ${PIPESTATUS[0]}"
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.mark.parametrize("answer", [ESCAPES, HTML])
def test_a_servers_words_steer_no_terminal_and_no_report(tmp_path: Path, answer: str) -> None:
    body = plain(answer.encode(), "Content-Type: text/plain; charset=utf-8\r\n", "418 teapot")
    with scripted(lambda request: plain(b"{}") if b"k1234" in request else body) as url:
        flags = ["--key", "k1234", "--org", "acme-salon", "--only", "auth", "--only", "errors", "--report-dir", "."]
        done = check(tmp_path, url, *flags)
    assert done.returncode == 1, done.stdout
    texts = {path.name: path.read_text() for path in tmp_path.iterdir()} | {"terminal": done.stdout}
    assert len(texts) == 1 + len(FORMATS)
    for name, text in texts.items():
        assert not STEERING.search(text), name
        assert not any(line.startswith("The server keeps") for line in text.splitlines())
    assert "<script" not in texts["check.html"] + texts["check.md"]
    assert "<img" not in texts["check.html"] + texts["check.md"]
    assert "](" not in texts["check.md"]
    assert "https://evil" not in texts["check.md"]
    assert "@all" not in texts["check.md"]


def test_what_cannot_be_seen_is_written_out() -> None:
    assert visible("a\x1b[2K\u202e\n") == "a\\x1b[2K\\u202e\\n"
    assert visible("Grüße, 日本") == "Grüße, 日本"


def test_a_reader_that_leaves_costs_neither_reports_nor_the_exit_code(mock: RunningMock, tmp_path: Path) -> None:
    flags = f"--target {mock.target} --only auth --report json"
    done = in_shell(tmp_path, f"KORDKIT check {flags} | true")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "check.json").read_text())["exit_code"] == 0
    closed = in_shell(tmp_path, f"KORDKIT check {flags} >&-")
    assert (closed.returncode, closed.stderr) == (0, "")
    (tmp_path / "overlay.yaml").write_text(OVERLAY)
    lint = in_shell(tmp_path, f"KORDKIT {LINT} | true")
    assert (lint.returncode, lint.stderr) == (0, "")


def test_a_full_disk_costs_neither_reports_nor_the_exit_code(mock: RunningMock, tmp_path: Path) -> None:
    told = "Error: the output cannot be written: No space left on device\n"
    done = in_shell(tmp_path, f"KORDKIT check --target {mock.target} --only auth --report json > /dev/full")
    assert (done.returncode, done.stderr) == (0, told)
    assert json.loads((tmp_path / "check.json").read_text())["exit_code"] == 0
    (tmp_path / "overlay.yaml").write_text(OVERLAY)
    for command in (LINT, "doctor", "load list", "mock --data list"):
        done = in_shell(tmp_path, f"KORDKIT {command} > /dev/full")
        assert (done.returncode, done.stderr) == (0, told), command


def test_a_plan_in_a_pipe_cuts_nothing(mock: RunningMock, tmp_path: Path) -> None:
    done = in_shell(tmp_path, f"COLUMNS=80 KORDKIT check --target {mock.target} --allow-writes --dry-run")
    assert "…" not in done.stdout
    rows = [line.split() for line in done.stdout.splitlines()[1:-1]]
    contract = Contract.load()
    every = [*rules_of(contract), *property_rules(contract, 0)]
    assert {(row[0], row[1]) for row in rows} == {(rule.id, rule.statement) for rule in every}
    assert re.search(r"It takes \d+ (s|minutes) at most", done.stdout)


def test_no_columns_are_no_reason_to_say_nothing(mock: RunningMock, tmp_path: Path) -> None:
    done = in_shell(tmp_path, f"COLUMNS=0 KORDKIT check --target {mock.target} --only auth.key-header")
    assert "The server keeps the contract" in done.stdout


def test_a_plan_says_how_long_it_takes_at_the_limits_pace(mock: RunningMock, tmp_path: Path) -> None:
    flags = ["--only", "auth.key-header", "--only", "auth.missing-key", "--dry-run"]
    real = check(tmp_path, "--target", str(mock.without_control(tmp_path)), *flags)
    assert "It takes 2 s at most" in real.stdout, real.stdout
    slow = check(tmp_path, "--target", str(mock.without_control(tmp_path)), *flags, "--rate", "1/min")
    assert "It takes 2 minutes at most" in slow.stdout


@pytest.mark.parametrize("where", ["a folder in its place", "no such folder can be made"])
def test_a_report_that_cannot_be_written_is_said_before_anything_is_sent(
    mock: RunningMock, tmp_path: Path, where: str
) -> None:
    if where.startswith("a folder"):
        (tmp_path / "r" / "check.json").mkdir(parents=True)
    else:
        (tmp_path / "r").write_text("a file")
    mock.control("DELETE", "/requests")
    done = check(tmp_path, "--target", str(mock.target), "--only", "auth", "--report", "json", "--report-dir", "r")
    assert done.returncode == 2
    assert re.search(r"(the report|the report folder) r\S* cannot be (written|made): ", done.stderr)
    assert "Traceback" not in done.stderr
    assert mock.control("GET", "/requests")["requests"] == []


def test_several_reports_can_be_asked_for_one_by_one(mock: RunningMock, tmp_path: Path) -> None:
    done = check(
        tmp_path, "--target", str(mock.target), "--only", "auth", "--report", "json", "--report", "html,markdown"
    )
    assert done.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"check.json", "check.html", "check.md"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk at hand")
def test_a_ledger_that_cannot_be_written_is_said_before_anything_is_sent(mock: RunningMock, tmp_path: Path) -> None:
    mock.control("DELETE", "/requests")
    for ledger in ("/dev/full", "no/such/folder/ledger.jsonl"):
        flags = ["--target", str(mock.target), "--allow-writes", "--only", "bookings", "--ledger", ledger]
        done = check(tmp_path, *flags)
        assert done.returncode == 2
        assert f"the ledger {ledger} cannot be written" in done.stderr
    assert mock.control("GET", "/requests")["requests"] == []


def test_sigterm_is_ctrl_c_and_the_clean_up_says_what_it_does(mock: RunningMock, tmp_path: Path) -> None:
    before = availability(mock)
    target, ledger = str(mock.without_control(tmp_path)), tmp_path / "ledger.jsonl"
    flags = ["--target", target, "--ledger", str(ledger), "--allow-writes", "--rate", "3000/min", "--only", "bookings"]
    process = started(tmp_path, *flags, "--report", "json")
    wait_for_bookings(ledger, 3, process)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4, output
    assert "it was interrupted" in output
    assert re.search(r"0 of \d+ bookings canceled, at the pace of the server's limits; \d+ requests in ", errors)
    assert json.loads((tmp_path / "check.json").read_text())["exit_code"] == 4
    assert active(mock) == []
    assert availability(mock) == before
    assert not ledger.exists()


def test_sigterm_with_nobody_who_reads_is_no_other(mock: RunningMock, tmp_path: Path) -> None:
    target, ledger = str(mock.without_control(tmp_path)), tmp_path / "ledger.jsonl"
    flags = ["--target", target, "--ledger", str(ledger), "--allow-writes", "--rate", "3000/min", "--only", "bookings"]
    command = [sys.executable, KORDKIT, "check", *flags]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    wait_for_bookings(ledger, 3, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 4
    assert active(mock) == []


@pytest.mark.parametrize("name", ["terminal", "html", "json", "junit", "sarif", "markdown"])
def test_a_finding_of_several_steps_gives_the_line_of_each(name: str) -> None:
    steps = ("curl -i http://127.0.0.1:4020/first", "curl -i http://127.0.0.1:4020/second")
    report = told(verdicts(replace(finding(), curl=steps[-1], steps=steps)), name)
    assert report.replace("&#58;", ":").index("/first") < report.rindex("/second")


def test_a_server_that_refuses_a_key_of_its_own_is_accused(tmp_path: Path) -> None:
    with running_mock("--mutant", "key-in-authorization-alone") as broken:
        done = check(tmp_path, "--target", str(broken.target), "--only", "auth")
    assert done.returncode == 1, done.stdout
    assert "auth.key.header" in done.stdout
    assert re.search(r"expected .*\n *seen ", done.stdout)


def test_rendering_needs_no_steps() -> None:
    assert "curl -i" in rendered("html", verdicts(finding()))
    assert os.linesep in rendered("junit", verdicts(finding()))
