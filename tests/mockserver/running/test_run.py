"""`kordkit run`: the command has a mock for as long as it runs, and everything that it says is passed on."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mockserver.cli import mock
from mockserver.running.cli import run as run_command
from tests.processes import Command, run

PATIENCE = 60  # seconds
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}
ASK = """
import json, os, urllib.request as http
def ask(url, **headers):
    request = http.Request(url, headers=headers)
    return http.build_opener(http.ProxyHandler({})).open(request, timeout=10).read()
"""

BARE = """
name: bare
organizations:
  - {id: org_b, slug: bare, name: Bare, branding: {primary_color: "#0f766e", company_name: B}, timezone: Europe/Berlin,
     hours: {monday: ["09:00-12:00"]}, hosts: [{id: host_a, name: A}],
     services: [{key: cut, name: Cut, duration_minutes: 45, location: {type: onsite, value: Here}}],
     keys: []}
"""


def python(script: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-S", "-c", script)


def ran(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return run(folder, "run", *words, environment={**ENVIRONMENT, **environment})


def is_served(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as sock:
        return sock.connect_ex((host, int(port))) == 0


def gone(url: str) -> bool:
    """Within the time that a mock may take to end."""
    deadline = time.monotonic() + PATIENCE
    while is_served(url):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def come(file: Path) -> str:
    """What a file says, once it is there."""
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} does not come"
        time.sleep(0.02)
    return file.read_text()


def test_the_command_has_the_mocks_address_and_keys_and_its_exit_code_is_passed_on(tmp_path: Path) -> None:
    script = f"""{ASK}
key = {{"x-kordless-key": os.environ["KORDLESS_API_KEY"]}}
url = os.environ["KORDLESS_BASE_URL"]
salon = json.loads(ask(url + "/api/calendar/v1/public/org/" + os.environ["KORDKIT_ORG"], **key))
now = json.loads(ask(os.environ["KORDKIT_CONTROL"] + "/clock"))["now"]
target = json.load(open(os.environ["KORDKIT_TARGET"]))
print(json.dumps([salon["organization"]["name"], now, target["url"] == url, url]))
raise SystemExit(7)
"""
    ended = ran(tmp_path, "--now", "2025-12-01T08:00:00Z", "--freeze", *python(script))
    assert (ended.returncode, ended.stderr) == (7, "")
    name, now, same, url = json.loads(ended.stdout)
    assert (name, now, same) == ("Acme Salon", "2025-12-01T08:00:00Z", True)
    assert not is_served(url)


def test_what_the_dataset_does_not_have_is_not_taken_from_outside(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text(BARE)
    outer = {"KORDLESS_API_KEY": "a real one", "KORDKIT_OTHER_KEY": "another", "KORDKIT_ADMIN_TOKEN": "t"}
    script = "import os; print(sorted(name for name in os.environ if name.startswith('KORD')))"
    ended = ran(tmp_path, "--data", "bare.yaml", *python(script), **outer)
    kept = ["ADMIN_TOKEN", "CONTROL", "ORG", "ORGANIZATION_ID", "RUN", "SERVICE", "TARGET"]
    assert ended.stdout == f"{[*(f'KORDKIT_{name}' for name in kept), 'KORDLESS_BASE_URL']}\n", ended.stderr


def test_it_takes_every_flag_of_the_mock() -> None:
    flags = {flag.name: flag.opts for flag in run_command.params}
    assert {flag.name: flag.opts for flag in mock.params}.items() <= flags.items()
    assert flags.keys() - {flag.name for flag in mock.params} == {"readings", "max_runs", "max_seconds", "report_dir"}
    (port,) = (flag for flag in run_command.params if flag.name == "port")
    assert port.default == 0
    assert next(flag.default for flag in mock.params if flag.name == "port") == 4020


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--",), 2, "put the command to run behind --"),
        (("npm", "test"), 2, "put the command to run behind --"),
        (("npm", "--", "test"), 2, "unexpected extra argument (npm)"),
        (("--prot", "1", "--", "true"), 2, "No such option"),
        (("--data", "list", "--", "true"), 2, "kordkit mock --data list"),
        (("--data", "acme-saloon", "--", "touch", "was-run"), 2, 'there is no dataset "acme-saloon"'),
        (("--report-dir", "a-file", "--", "touch", "was-run"), 2, "a-file"),
        (("--", "no-such-command"), 127, "there is no command no-such-command"),
        (("--", "./a-file"), 126, "./a-file cannot be run: Permission denied"),
        (("--", "sh", "-c", "kill -KILL $$"), 128 + signal.SIGKILL, ""),
    ],
)
def test_every_mistake_is_one_sentence_and_an_exit_code(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "a-file").touch()
    ended = ran(tmp_path, *words)
    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(re.findall("^Error: ", ended.stderr, re.MULTILINE)) == bool(said)
    assert not (tmp_path / "was-run").exists()


def test_reports_hold_the_verdict_and_the_log(tmp_path: Path) -> None:
    script = f"{ASK}\nask(os.environ['KORDKIT_CONTROL'] + '/health')\nask(os.environ['KORDLESS_BASE_URL'] + '/')"
    ended = ran(tmp_path, "--report-dir", "made/here", *python(script))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    told = json.loads((tmp_path / "made/here/run.json").read_text())
    assert told == {"command": [sys.executable, "-S", "-c", script], "exit_code": 0, "readings": [], "advice": []}
    assert (tmp_path / "made/here/mock.log").exists()


def test_advice_is_told_and_reported_and_fails_where_it_shall(tmp_path: Path) -> None:
    script = f"""{ASK}
key = os.environ["KORDLESS_API_KEY"]
salon = os.environ["KORDLESS_BASE_URL"] + "/api/calendar/v1/public/org/acme-salon"
ask(salon + "?key=" + key, **{{"x-kordless-key": key}})
"""
    told = ran(tmp_path, "--report-dir", "told", *python(script))
    failed = ran(tmp_path, "--fail-on-advice", "--report-dir", "failed", *python(script))
    own = ran(tmp_path, "--fail-on-advice", *python(f"{script}raise SystemExit(7)"))
    assert (told.returncode, failed.returncode, own.returncode) == (0, 1, 7)
    for ended in (told, failed, own):
        assert ended.stdout == ""
        assert "credentials.query" in ended.stderr
    for folder, code in (("told", 0), ("failed", 1)):
        report = json.loads((tmp_path / folder / "run.json").read_text())
        assert (report["exit_code"], [each["id"] for each in report["advice"]]) == (code, ["credentials.query"])


TRAPS = """
import os, pathlib, signal, sys
numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)  # none comes between a question and the wait that follows it
pathlib.Path("url.part").write_text(os.environ["KORDLESS_BASE_URL"])
os.rename("url.part", "url")
waits = (signal.sigtimedwait(numbers, seconds) for seconds in (60, 0.2))  # for one, and for another that must not come
pathlib.Path("got").write_text(str([signal.Signals(each.si_signo).name for each in waits if each]))
sys.exit(5)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_are_passed_on_and_the_mock_stays_until_the_command_has_ended(
    tmp_path: Path, number: signal.Signals
) -> None:
    kordkit = Command(tmp_path, "run", *python(TRAPS), environment=ENVIRONMENT)
    url = come(tmp_path / "url")
    assert is_served(url)
    kordkit.send_signal(number)
    assert kordkit.wait(PATIENCE) == 5
    assert come(tmp_path / "got") == f"['{number.name}']"
    assert not is_served(url)


def test_a_ctrl_c_of_a_terminal_reaches_the_command_once(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import kordkit; kordkit.main()", "run", *python(TRAPS)]
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(tmp_path)
        os.execve(words[0], words, {**ENVIRONMENT, "PYTHONPATH": str(Path(__file__).parents[3])})
    try:
        url = come(tmp_path / "url")
        os.write(terminal, b"\x03")
        assert come(tmp_path / "got") == "['SIGINT']"
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
        assert not is_served(url)
    finally:
        os.close(terminal)


def test_no_mock_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    names_itself = "import os\nopen('pid', 'w').write(str(os.getpid()))\n"
    kordkit = Command(tmp_path, "run", *python(names_itself + TRAPS), environment=ENVIRONMENT)
    url = come(tmp_path / "url")
    kordkit.kill()
    kordkit.wait(PATIENCE)
    try:
        assert gone(url)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)  # nobody else ends the command now


def test_a_mock_that_ends_too_early_makes_a_run_incomplete(tmp_path: Path) -> None:
    if not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists():
        pytest.skip("which process is the mock is told by Linux alone")
    script = """
import os, signal
parent = os.getppid()
with open(f"/proc/{parent}/task/{parent}/children") as children:
    os.kill(int(children.read().split()[0]), signal.SIGKILL)
"""
    ended = ran(tmp_path, *python(script))
    assert (ended.returncode, ended.stderr) == (4, "Error: the mock ended before the command did\n")


def test_a_check_of_the_mock_may_be_the_command(tmp_path: Path) -> None:
    program = "import sys, kordkit; sys.argv = ['kordkit', 'check', '--only', 'organization']; kordkit.main()"
    root = str(Path(__file__).parents[3])
    ended = ran(tmp_path, "--", sys.executable, "-c", program, PYTHONPATH=root)
    assert ended.returncode == 0, ended.stdout + ended.stderr
