"""`kordkit check` as a user runs it: a process, against a mock in another one."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import xmlschema

from contracts.properties import property_rules
from contracts.rules import rules_of
from contracts.spec.contract import Contract
from tests.contracts.checks.command import check
from tests.mock_process import RunningMock, running_mock

SCHEMAS = Path(__file__).parents[1] / "schemas"


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--seed", "1") as started:
        yield started


@pytest.fixture(scope="module")
def broken_mock() -> Iterator[RunningMock]:
    with running_mock("--seed", "1", "--mutant", "detail-called-message") as started:
        yield started


def plan_size() -> int:
    """Rules that a check of everything chooses from."""
    contract = Contract.load()
    return len([*rules_of(contract), *property_rules(contract, 0)])


def test_a_dead_target_is_told_from_a_broken_one(tmp_path: Path) -> None:
    done = check(tmp_path, "http://127.0.0.1:9", "--key", "k", "--org", "acme-salon")
    assert done.returncode == 3
    assert done.stderr.strip() == "Error: http://127.0.0.1:9 does not answer: the connection was refused"


@pytest.mark.parametrize(
    ("arguments", "trouble"),
    [
        ([], "name the server to check"),
        (["127.0.0.1:4020"], "is no URL of a server"),
        (["http://user:pw@127.0.0.1"], "without credentials"),
        (["http://127.0.0.1:99999"], "is no URL of a server: Port out of range"),
        (["http://[::1"], "is no URL of a server"),
        (["--target", "nowhere.json"], "cannot be read"),
        (["http://127.0.0.1:9", "--only", "nonsense"], "nonsense is no rule, statement or topic"),
        (["http://127.0.0.1:9", "--only", "auth", "--skip", "auth"], "leave nothing to test"),
        (["http://127.0.0.1:9", "--rate", "fast"], "is no pace"),
        (["http://127.0.0.1:9"], "needs --key (or KORDLESS_API_KEY) and --org SLUG; --target FILE names a server"),
        (["http://127.0.0.1:9", "--org", "acme-salon"], "what is to be asked needs --key"),
        (["http://127.0.0.1:9", "--key", "k"], "what is to be asked needs --org SLUG"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", ""], "--key is empty"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", "  "], "--key is empty"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", "hidden\u201d"], "--key holds a character"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", "hid\nden"], "--key holds a character"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--revoked-key", ""], "--revoked-key is empty"),
        (["http://127.0.0.1:9", "--org", "", "--key", "k"], "--org is empty"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", "k", "--service", " "], "--service is empty"),
        (
            ["http://127.0.0.1:9", "--org", "acme-salon", "--key", "k", "--expired-key", " k"],
            "the public key and the expired key are the same, which no key can be",
        ),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", "k", "--other-key", "k"], "are the same"),
        (["http://127.0.0.1:9", "--org", "acme-salon", "--key", "k", "--min-coverage", "nan"], "nan is no number"),
        (
            ["http://127.0.0.1:9", "--org", "acme-salon", "--key", "k", "--webhooks"],
            "--webhooks needs --control URL or",
        ),
        (
            ["http://127.0.0.1:9", "--key", "k", "--webhooks", "--control", "http://mock.example/_mock"],
            "--webhooks listens on this machine alone, where the server of http://mock.example/_mock is not",
        ),
        (["http://127.0.0.1:9", "--report", "pdf"], "pdf is none of"),
        (["http://127.0.0.1:9", "--baseline", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["http://127.0.0.1:9", "--overlay", "nowhere.yaml"], "nowhere.yaml cannot be read"),
    ],
)
def test_wrong_usage_is_one_sentence(tmp_path: Path, arguments: list[str], trouble: str) -> None:
    done = check(tmp_path, *arguments)
    assert done.returncode == 2
    assert trouble in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "hid" not in done.stderr


def test_an_empty_variable_is_no_key(tmp_path: Path) -> None:
    done = check(tmp_path, "http://127.0.0.1:9", "--org", "acme-salon", KORDLESS_API_KEY="")
    assert done.returncode == 2
    assert "needs --key" in done.stderr


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--org", "nosuch"], "the server knows no organization nosuch"),
        (["--org", "harbor-clinic"], "the public key for the organization harbor-clinic"),
        (["--org", "acme-salon", "--service", "nosuch"], "the server knows no service nosuch of acme-salon"),
        (["--org", "acme-salon", "--key", "kord_test_MadeUp00000000000"], "the server does not know the public key"),
        (["--org", "acme-salon", "--platform-key", "none", "--organization-id", "x"], "not know the platform key"),
        (["--org", "acme-salon", "--other-key", "none", "--other-org", "harbor-clinic"], "not know the other key"),
    ],
)
def test_what_the_server_does_not_know_is_said_and_accuses_nobody(
    mock: RunningMock, tmp_path: Path, flags: list[str], sentence: str
) -> None:
    done = check(tmp_path, mock.url, "--report", "json", *flags, KORDLESS_API_KEY=mock.keys()["public"])
    assert done.returncode == 4, done.stdout
    assert f"The check is incomplete (asked 0 of {plan_size()} rules): " in done.stdout
    assert sentence in done.stdout.splitlines()[-1]
    report = json.loads((tmp_path / "check.json").read_text())
    assert report["findings"] == []
    assert sentence in report["incomplete"]


def test_the_path_that_is_appended_may_stand_in_the_url(mock: RunningMock, tmp_path: Path) -> None:
    flags = ["--org", "acme-salon", "--only", "auth.key-header", "--key", f" {mock.keys()['public']} "]
    for url in (f"{mock.url}/api/calendar/v1", f"{mock.url}/api/calendar/v1/"):
        done = check(tmp_path, url, *flags)
        assert done.returncode == 0, done.stdout
        assert "The server keeps the contract (asked 1 of 1 rules)" in done.stdout


def test_a_target_files_own_key_goes_before_the_general_variable_and_not_before_the_flag(
    mock: RunningMock, tmp_path: Path
) -> None:
    other = mock.keys(1)["public"]
    flags = ["--target", str(mock.target), "--only", "auth.key-header"]
    assert check(tmp_path, *flags, KORDLESS_API_KEY=other).returncode == 0
    for given in (check(tmp_path, *flags, "--key", other), check(tmp_path, *flags, KORDKIT_KEY=other)):
        assert given.returncode == 4, given.stdout
        assert "the server refuses the public key for the organization" in given.stdout


def test_a_plan_is_shown_without_sending_anything(mock: RunningMock, tmp_path: Path) -> None:
    mock.control("DELETE", "/requests")
    done = check(tmp_path, "--target", str(mock.target), "--dry-run")
    assert done.returncode == 0
    assert "auth.revoked-key" in done.stdout
    assert "it needs --allow-writes" in done.stdout
    assert mock.control("GET", "/requests")["requests"] == []


def test_a_budget_that_is_too_small_makes_the_check_incomplete(mock: RunningMock, tmp_path: Path) -> None:
    done = check(tmp_path, "--target", str(mock.target), "--only", "auth", "--max-requests", "2")
    assert done.returncode == 4
    assert "the budget of --max-requests is spent" in done.stdout


def test_a_budget_below_what_properties_may_need_is_used_all_the_same(mock: RunningMock, tmp_path: Path) -> None:
    flags = ["--target", str(mock.target), "--only", "properties.getAvailability", "--max-requests", "40"]
    done = check(tmp_path, *flags, "--report", "json")
    assert done.returncode == 4
    assert json.loads((tmp_path / "check.json").read_text())["summary"]["requests"] == 40


def test_a_target_file_with_an_empty_key_is_wrong_usage(mock: RunningMock, tmp_path: Path) -> None:
    ready = json.loads(mock.target.read_text())
    ready["organizations"][0]["keys"]["revoked"] = ""
    (tmp_path / "target.json").write_text(json.dumps(ready))
    done = check(tmp_path, "--target", "target.json", "--dry-run")
    assert done.returncode == 2
    assert "the revoked key of target.json is empty" in done.stderr


def test_a_check_that_could_test_nothing_says_which_flag_is_missing(mock: RunningMock, tmp_path: Path) -> None:
    flags = ["--key", mock.keys()["public"], "--org", "acme-salon", "--only", "errors.401.revoked"]
    done = check(tmp_path, mock.url, *flags)
    assert done.returncode == 4
    assert "--revoked-key" in done.stdout


def test_a_check_that_only_reads_sends_only_declared_gets(mock: RunningMock, tmp_path: Path) -> None:
    mock.control("DELETE", "/requests")
    done = check(tmp_path, "--target", str(mock.target), "--fail-on", "note")
    assert done.returncode == 0, done.stdout
    assert "What was asked holds, and most was not asked (asked " in done.stdout
    assert "keeps the contract" not in done.stdout
    sent = mock.control("GET", "/requests", params={"limit": 10_000})["requests"]
    assert len(sent) > 50
    assert {request["method"] for request in sent} == {"GET"}
    assert all(request["operation"] for request in sent)
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_writes_leaves_the_server_as_it_was(mock: RunningMock, tmp_path: Path) -> None:
    before, clock = mock.control("GET", "/state"), mock.control("GET", "/clock")
    done = check(tmp_path, "--target", str(mock.target), "--allow-writes", "--fail-on", "note", "--skip", "properties")
    assert done.returncode == 0, done.stdout
    after = mock.control("GET", "/state")
    assert after["bookings"] == before["bookings"]
    assert after["limits"] == before["limits"]
    assert mock.control("GET", "/clock")["now"][:13] == clock["now"][:13], "the clock was put back"
    assert list(tmp_path.iterdir()) == [], "nothing is left to be canceled"


def test_reports_keep_their_schemas_and_tell_what_broke(broken_mock: RunningMock, tmp_path: Path) -> None:
    done = check(
        tmp_path, "--target", str(broken_mock.target), "--fail-on", "note", "--report-dir", str(tmp_path / "r")
    )
    assert done.returncode == 1
    folder = tmp_path / "r"
    report = json.loads((folder / "check.json").read_text())
    named = {finding["statement"] for finding in report["findings"]}
    assert "errors.envelope" in named
    assert report["summary"]["failures"] >= 1
    xmlschema.XMLSchema(SCHEMAS / "junit.xsd").validate(folder / "check.junit.xml")
    sarif = json.loads((folder / "check.sarif").read_text())
    jsonschema.validate(sarif, json.loads((SCHEMAS / "sarif-2.1.0.json").read_text()))
    results = sarif["runs"][0]["results"]
    assert {result["properties"]["statement"] for result in results} == named
    for place in (result["locations"][0]["physicalLocation"] for result in results):
        assert Path(place["artifactLocation"]["uri"].removeprefix("file://")).is_file(), "a file that users have"
    for name in ("check.html", "check.md", "check.junit.xml"):
        assert "errors.envelope" in (folder / name).read_text()
    assert "errors.envelope" in done.stdout
    assert "curl -i" in done.stdout
    html = (folder / "check.html").read_text()
    assert "http://" not in html.replace(broken_mock.url, "").replace("http://www.w3.org", "")
    assert "<script" not in html


def test_no_key_is_shown_or_kept(broken_mock: RunningMock, tmp_path: Path) -> None:
    flags = ["--target", str(broken_mock.target), "--allow-writes", "--skip", "properties"]
    done = check(tmp_path, *flags, "--report-dir", str(tmp_path), "--fail-on", "note")
    assert done.returncode == 1
    written = "".join(path.read_text() for path in tmp_path.iterdir()) + done.stdout + done.stderr
    for organization in (0, 1):
        for key in broken_mock.keys(organization).values():
            assert key not in written


def test_a_finding_can_be_accepted_for_a_time(broken_mock: RunningMock, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.yaml"
    baseline.write_text("accepted:\n  - {statement: errors.envelope, until: 2999-12-31, reason: known}\n")
    flags = ["--target", str(broken_mock.target), "--only", "auth", "--only", "errors.envelope"]
    assert check(tmp_path, *flags).returncode == 1
    accepted = check(tmp_path, *flags, "--baseline", str(baseline))
    assert accepted.returncode == 0, accepted.stdout
    assert "accepted" in accepted.stdout


def test_too_little_coverage_fails_the_check(mock: RunningMock, tmp_path: Path) -> None:
    flags = ["--target", str(mock.target), "--only", "auth"]
    assert check(tmp_path, *flags, "--min-coverage", "1").returncode == 0
    done = check(tmp_path, *flags, "--min-coverage", "99")
    assert done.returncode == 1
    assert "Too little of the contract was covered" in done.stdout
