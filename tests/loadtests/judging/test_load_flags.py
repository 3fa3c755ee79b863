"""`kordkit load` up to the load itself: its flags become a plan, or a sentence. Nothing is sent here."""

from contextlib import nullcontext
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import kordkit
from contracts.target.control import ControlApi
from loadtests import cli
from loadtests.run.kinds import KINDS
from tests.loadtests.judging.load_command import HERE, Runner, load


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


@pytest.mark.parametrize(("scenario", "most"), [("browse", 10_000), ("limiter", 60_000)])
def test_the_limiter_may_send_what_an_hour_takes(runner: Runner, scenario: str, most: int) -> None:
    load(scenario, *HERE)
    assert runner.plan.max_requests == most


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ([], 18 * 60 * 2),
        (["--platform-key", "p", "--organization-id", "x"], 18 * 60 * 2),
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
