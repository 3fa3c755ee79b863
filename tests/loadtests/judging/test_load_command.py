"""`kordkit load` up to the load itself, and from its result on: nothing is sent here."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import click
import pytest
from click.testing import CliRunner, Result

import kordkit
from contracts.errors import UnreachableError
from contracts.target.control import ControlApi
from loadtests import cli
from loadtests.limiter import verdict
from loadtests.measure.result import Ending
from loadtests.measure.result import Result as Outcome
from loadtests.measure.statistics import Statistics
from loadtests.report import files
from loadtests.report.contents import Report
from loadtests.run import processes as running
from loadtests.run import session as driving
from loadtests.run.kinds import KINDS
from loadtests.run.plan import Plan, Progress
from loadtests.run.preparing import Prepared

HERE = ["http://127.0.0.1:4020", "--org", "acme-salon"]
KEYS = {"KORDLESS_API_KEY": "kord_test_one kord_test_two"}
READY = {
    "url": "http://127.0.0.1:4021/",
    "control_url": None,
    "organizations": [
        {"slug": "acme", "id": "org_1", "services": ["cut", "dye"], "keys": {"public": "pub-1", "platform": "plat-1"}},
        {"slug": "other", "id": "org_2", "services": ["rub"], "keys": {"public": "pub-2", "revoked": "rev-2"}},
    ],
}


def statistics(statuses: Iterable[int] = (200,) * 100) -> Statistics:
    filled = Statistics()
    for number, status in enumerate(statuses):
        filled.sent(number // 50, 0.1, 0.1)
        filled.answered("getService", number // 50, status, 10.0, error=status in (0, 500))
    return filled


class Runner:
    """Takes the place of the load: remembers the plan, and has `result` come of it."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.worked: list[Plan] = []
        self.result = Outcome("browse", 0, "time", statistics())
        self.error: BaseException | None = None

    def prepare(self, plan: Plan, *_: object) -> Prepared:
        """Asks nobody for anything."""
        self.plans.append(plan)
        return cast("Prepared", SimpleNamespace(plan=plan, survey=None, endpoint=None))

    def run(self, prepared: Prepared, progress: Progress, say: object) -> Outcome:
        progress(11.0, self.result.statistics)
        if self.error is not None:
            raise self.error
        return self.result

    @property
    def plan(self) -> Plan:
        (plan,) = self.plans
        return plan


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    runner = Runner()
    monkeypatch.setattr(driving, "prepare", runner.prepare)
    monkeypatch.setattr(driving, "run", runner.run)
    monkeypatch.setattr(running, "work", lambda plan, contract: runner.worked.append(plan))
    return runner


def load(*words: str, **variables: str) -> Result:
    return CliRunner().invoke(kordkit.cli, ["load", *words], env=KEYS | variables)


@pytest.fixture
def ready(tmp_path: Path) -> str:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(READY))
    return str(path)


def test_the_scenarios_are_listed_with_what_they_need() -> None:
    listed = load("list").output
    for scenario in KINDS.values():
        line = next(line for line in listed.splitlines() if line.startswith(f"{scenario.name} "))
        assert ("--allow-writes" in line) is scenario.writes


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["browz", *HERE], 'there is no scenario "browz": did you mean "browse"?'),
        (["xyz", *HERE], 'there is no scenario "xyz": kordkit load list shows them'),
        (["browse"], "whom to load? Give a URL, or --target FILE"),
        (["browse", HERE[0]], "which organization is to be loaded? Name it with --org SLUG"),
        (["browse", "https://api.example.com", "--org", "a"], "https://api.example.com is not on this machine:"),
        (["browse", *HERE, "--control", "http://10.0.0.1/_mock"], "http://127.0.0.1:4020 is not on this machine:"),
        (["slot_race", *HERE], "slot_race makes bookings on http://127.0.0.1:4020: that takes --allow-writes"),
        (["browse", *HERE, "--rate", "5/s", "--users", "3"], "--rate sends whatever the server does, --users waits"),
        (["browse", *HERE, "--rate", "5/y"], "--rate: '5/y' is no rate"),
        (["browse", *HERE, "--fail-if", "p95>>1ms"], "--fail-if 'p95>>1ms', character 5: a number is missing"),
        (["browse", *HERE, "--fail-if", "getServic p95>1ms"], "getServic is neither an operation nor one of"),
        (["browse", *HERE, "--expect-workers", "2", "--worker-of", "a:1"], "--expect-workers makes a master"),
        (["browse", *HERE, "--target", "none.json"], "the target file none.json cannot be read"),
        (["browse", *HERE, "--contract", "none.yaml"], "none.yaml"),
        (["browse", "http://u:p@127.0.0.1", "--org", "a"], "the URL has a user name in it"),
        (["browse", *HERE, "--report-dir", "/dev/null/x"], "the folder /dev/null/x cannot be made"),
        (["browse", "http://127.0.0.1:abc", "--org", "a"], "the URL is none such as"),
        (["browse", "http://127.0.0.1:99999", "--org", "a"], "the URL is none such as"),
        (["browse", "http://[::1", "--org", "a"], "the URL is none such as"),
        (["browse", "127.0.0.1:4020", "--org", "a"], "the URL is none such as"),
        (["browse", "http://127.0.0.1/?a=b", "--org", "a"], "the URL has a query or a fragment"),
        (["browse", *HERE, "--control", "http://u:p@127.0.0.1/_mock"], "the control URL has a user name in it"),
        (["browse", *HERE, "--key", "kord_“x”"], "a key or token has a character in it"),
        (["browse", *HERE, "--key", ""], "--key is empty: is the variable or secret that it comes from set?"),
        (["browse", *HERE, "--key", "k", "--key", " "], "--key is empty"),
        (["browse", *HERE, "--platform-key", ""], "--platform-key is empty"),
        (["browse", *HERE, "--service", ""], "--service is empty"),
        (["browse", HERE[0], "--org", " "], "--org is empty"),
        (["limiter", *HERE, "--users", "3"], "the limiter decides itself"),
        (["limiter", *HERE, "--rate", "5/s"], "the limiter decides itself"),
        (["browse", *HERE, "--users", "3", "--max-in-flight", "2"], "--users is more than --max-in-flight"),
        (["browse", *HERE, "--users", "3", "--max-requests", "2"], "--users is more than --max-requests"),
        (["browse", *HERE, "--processes", "3", "--max-in-flight", "1"], "--processes is more than --max-in-flight"),
        (["browse", *HERE, "--duration", "nan"], "--duration"),
        (["browse", *HERE, "--duration", "2 weeks"], "is no duration: write seconds such as 90, or 90s, 2m, 1h"),
        (["browse", *HERE, "--fail-on", "everything"], "--fail-on"),
        (["browse", *HERE, "--duration", "inf"], "--duration has no end"),
        (["browse", *HERE, "--duration", "0"], "--duration"),
        (["browse", *HERE, "--max-requests", "0"], "--max-requests"),
    ],
)
def test_a_wrong_flag_is_a_sentence_and_nothing_is_sent(runner: Runner, words: list[str], sentence: str) -> None:
    found = load(*words)
    assert found.exit_code == 2, found.output
    assert sentence in found.output
    assert runner.plans == []


def test_an_organization_without_a_key_is_told_where_a_key_belongs(runner: Runner) -> None:
    found = CliRunner().invoke(kordkit.cli, ["load", "browse", *HERE], env={"KORDLESS_API_KEY": None})
    assert found.exit_code == 2
    assert "acme-salon needs a public key: KORDLESS_API_KEY in the environment, or --key" in found.output


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.9.9.9", "localhost:4020", "mock.localhost", "[::1]:80"])
def test_loopback_needs_no_leave(runner: Runner, host: str) -> None:
    assert load("browse", f"http://{host}", "--org", "a").exit_code == 0


@pytest.mark.parametrize("host", ["api.kordless.ai", "10.0.0.1", "0.0.0.0", "localhost.example.com", "[2001:db8::1]"])
def test_beyond_loopback_needs_it(runner: Runner, host: str) -> None:
    assert load("browse", f"http://{host}", "--org", "a").exit_code == 2
    assert load("browse", f"http://{host}", "--org", "a", "--i-own-this-server").exit_code == 0


def test_whatever_is_asked_for_there_are_bounds_and_they_are_said(runner: Runner) -> None:
    found = load("browse", *HERE)
    assert (runner.plan.duration, runner.plan.max_requests, runner.plan.max_in_flight) == (60, 10_000, 1_000)
    assert "at most 60 s and 10,000 requests, 1,000 of them at a time" in found.stderr


@pytest.mark.parametrize(
    ("words", "duration"),
    [
        (["--rate", "10..200/s:90s"], 90),
        (["--rate", "9/s:5s,9/s"], 60),
        (["--rate", "9/s:90s", "--duration", "7"], 7),
        (["--duration", "2m"], 120),
        (["--duration", "1.5h"], 5400),
    ],
)
def test_a_rate_that_ends_by_itself_sets_the_duration(runner: Runner, words: list[str], duration: float) -> None:
    load("browse", *HERE, *words)
    assert runner.plan.duration == duration


def test_the_target_file_says_it_all(runner: Runner, ready: str) -> None:
    assert load("browse", "--target", ready, KORDLESS_API_KEY="").exit_code == 0
    first, second = runner.plan.target.organizations
    assert (runner.plan.target.url, first.slug, first.service, first.id) == (
        "http://127.0.0.1:4021",
        "acme",
        "cut",
        "org_1",
    )
    assert (first.keys, first.platform_keys, second.keys) == (("pub-1",), ("plat-1",), ("pub-2",))


@pytest.mark.parametrize(("flags", "key"), [([], "pub-1"), (["--org", "unnamed"], "general")])
def test_a_target_files_own_key_goes_before_the_general_variable(
    runner: Runner, ready: str, flags: list[str], key: str
) -> None:
    load("browse", "--target", ready, *flags, KORDLESS_API_KEY="general")
    assert runner.plan.target.organizations[0].keys == (key,)


@pytest.mark.parametrize("path", ["/api/calendar/v1", "/api/calendar/v1/"])
def test_the_path_that_is_appended_may_stand_in_the_url_and_space_around_a_key(runner: Runner, path: str) -> None:
    load("browse", f"{HERE[0]}{path}", *HERE[1:], "--key", " mine\n")
    assert (runner.plan.target.url, runner.plan.target.organizations[0].keys) == (HERE[0], ("mine",))


def test_flags_outrank_variables_and_these_the_file(runner: Runner, ready: str) -> None:
    load("browse", "--target", ready, "--org", "other", "--key", "mine", "--service", "x", KORDKIT_RATE="7/s")
    first, second = runner.plan.target.organizations
    assert (first.slug, first.keys, first.service, second.slug) == ("other", ("mine",), "x", "acme")
    assert runner.plan.rate == "7/s"


def test_a_worker_works_and_reports_nothing(runner: Runner) -> None:
    found = load("browse", *HERE, "--worker-of", "10.0.0.5:5557")
    assert (found.exit_code, found.output) == (0, "")
    assert [plan.worker_of for plan in runner.worked] == ["10.0.0.5:5557"]


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


@pytest.mark.parametrize(("scenario", "most"), [("browse", 10_000), ("limiter", 60_000)])
def test_the_limiter_may_send_what_an_hour_takes(runner: Runner, scenario: str, most: int) -> None:
    load(scenario, *HERE)
    assert runner.plan.max_requests == most


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ([], 6 * 60 * 4),
        (["--platform-key", "p", "--organization-id", "x"], 6 * 60 * 5),
        (["--control", "http://127.0.0.1:4020/_mock"], 900),
        (["--duration", "5m"], 300),
    ],
)
def test_the_limiter_has_the_time_that_its_windows_take_and_says_so(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, words: list[str], seconds: int
) -> None:
    monkeypatch.setattr(ControlApi, "kept", lambda _: nullcontext())
    found = load("limiter", *HERE, *words)
    assert runner.plan.duration == seconds
    assert f"at most {seconds:,} s" in found.stderr
    assert ("nobody waits for platform-hour, platform-day" in found.stderr) is ("--platform-key" in words)


def test_every_flag_is_documented() -> None:
    page = (Path(kordkit.__file__).parent / "docs" / "load.md").read_text("utf-8")
    flags = {flag for option in cli.load.params if isinstance(option, click.Option) for flag in option.opts}
    rows = "".join(line for line in page.splitlines() if line.startswith("| `--"))
    assert {flag for flag in flags if f"`{flag}`" not in rows} == set()


@pytest.mark.parametrize(
    "module", ["loadtests.cli", "loadtests.run.session", "loadtests.run.processes", "loadtests.report.html"]
)
def test_nothing_of_it_imports_locust_or_gevent(module: str) -> None:
    script = f"import sys, {module}; print(sorted({{'gevent', 'locust', 'mockserver'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_and_wrong_flags_wait_for_no_heavy_import() -> None:
    script = "import sys, loadtests.cli; print(sorted({'rich', 'requests', 'jinja2', 'orjson'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
