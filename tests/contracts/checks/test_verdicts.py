"""From findings to an exit code, with what a baseline accepts and what the contract leaves uncovered."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from contracts.errors import TargetError
from contracts.reports import FORMATS, rendered
from contracts.reports.terminal import show
from contracts.run.baseline import Baseline
from contracts.spec.contract import Level
from contracts.verdicts import Coverage, Finding, RuleResult, Severity, Verdicts

PASSED = RuleResult("auth.key-header", "auth.key.header", "A key is read from its header", "passed")
BROKEN = replace(PASSED, outcome="broken")
NOT_RUN = replace(PASSED, outcome="not run", reason="it needs --key")
UNSETTLED = replace(PASSED, outcome="unsettled", reason="somebody else draws")


def finding(severity: Severity = Severity.FAILURE, statement: str = "auth.key.header") -> Finding:
    return Finding(
        statement,
        "auth.key-header",
        "A key is read from its header",
        severity,
        "getOrganization",
        "200",
        "answered 401",
        "/api/authentication",
        "curl -i http://127.0.0.1:4020/",
    )


def verdicts(
    *findings: Finding,
    rules: tuple[RuleResult, ...] = (PASSED,),
    covered: bool = True,
    incomplete: str = "",
    left_behind: tuple[str, ...] = (),
    fail_on: Severity = Severity.FAILURE,
    min_coverage: float | None = None,
    allow_unsettled: bool = False,
    level: Level = "documented",
) -> Verdicts:
    return Verdicts(
        "http://127.0.0.1:4020",
        "1",
        0,
        findings,
        rules,
        Coverage({"statuses": {"getOrganization 200": covered}}),
        1,
        0.1,
        incomplete=incomplete,
        wanted=frozenset({"auth.key-header", *(rule.id for rule in rules if rule.id.startswith("chosen."))}),
        left_behind=left_behind,
        fail_on=fail_on,
        min_coverage=min_coverage,
        allow_unsettled=allow_unsettled,
        statements={"auth.key.header": level},
    )


def test_a_check_without_findings_passes() -> None:
    assert verdicts().exit_code == 0


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("fail_on", list(Severity))
def test_a_finding_fails_the_check_from_the_chosen_level_on(severity: Severity, fail_on: Severity) -> None:
    assert verdicts(finding(severity), fail_on=fail_on).exit_code == (1 if severity >= fail_on else 0)


def test_a_page_with_a_host_is_shown_in_full_and_linked() -> None:
    page = "https://docs.example.com/api/authentication"
    found = verdicts(replace(finding(), page=page))
    for form in FORMATS:
        assert page in rendered(form, found)
    assert f'<a href="{page}">' in rendered("html", found)
    assert "<a href" not in rendered("html", verdicts(finding()))


def test_nothing_tested_is_never_a_success() -> None:
    assert verdicts(rules=(NOT_RUN,)).exit_code == 4
    assert verdicts(rules=()).exit_code == 4


def test_it_is_not_enough_that_what_stands_below_the_chosen_rules_was_tested() -> None:
    below = replace(PASSED, id="auth.missing-key")
    assert verdicts(rules=(below, NOT_RUN)).exit_code == 4


def test_an_incomplete_check_is_no_success_and_what_it_found_outranks_that() -> None:
    assert verdicts(incomplete="it was interrupted").exit_code == 4
    assert verdicts(finding(), incomplete="it was interrupted").exit_code == 1


def told(judged: Verdicts, name: str = "terminal") -> str:
    """What a report says."""
    if name != "terminal":
        return rendered(name, judged)
    console = Console(width=80, record=True, file=io.StringIO())
    show(console, judged)
    return console.export_text()


def mostly_not_asked(count: int = 2) -> tuple[RuleResult, ...]:
    return (PASSED, *(replace(NOT_RUN, id=f"chosen.{number}") for number in range(count)))


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "json"])
def test_a_verdict_names_how_much_of_what_was_chosen_was_asked(name: str) -> None:
    assert "asked 1 of 3 rules" in told(verdicts(rules=mostly_not_asked()), name)


@pytest.mark.parametrize("name", ["terminal", *FORMATS])
def test_a_server_that_was_asked_little_is_never_said_to_keep_the_contract(name: str) -> None:
    assert verdicts(rules=mostly_not_asked(1)).exit_code == 0
    assert "keeps the contract" not in told(verdicts(rules=mostly_not_asked(1)), name)
    assert verdicts().headline == "The server keeps the contract"


def test_a_documented_rule_that_stayed_unsettled_makes_the_check_incomplete() -> None:
    rules = (PASSED, replace(UNSETTLED, id="chosen.1"))
    assert verdicts(rules=rules).exit_code == 4
    assert verdicts(rules=rules, allow_unsettled=True).exit_code == 0
    assert verdicts(rules=rules, level="inferred").exit_code == 0
    assert verdicts(finding(), rules=rules).exit_code == 1
    assert verdicts(rules=rules).share == "asked 2 of 2 rules"


@pytest.mark.parametrize("name", ["terminal", "html", "markdown"])
def test_what_stayed_unsettled_stands_at_the_top(name: str) -> None:
    report = told(verdicts(finding(), rules=(PASSED, replace(UNSETTLED, id="chosen.1"))), name)
    assert 0 < report.index("somebody else draws") < report.index("answered 401")
    assert "1 unsettled" in report or name != "terminal"


def test_a_booking_left_behind_fails_the_check() -> None:
    assert verdicts(left_behind=("BOOK_ABC123XYZ: 422",)).exit_code == 1


def test_too_little_coverage_fails_the_check() -> None:
    assert verdicts(covered=False, min_coverage=50).exit_code == 1
    assert verdicts(covered=True, min_coverage=100).exit_code == 0


def baseline(tmp_path: Path, text: str) -> Baseline:
    path = tmp_path / "baseline.yaml"
    path.write_text(text)
    return Baseline.read(path)


@pytest.mark.parametrize(("today", "code"), [(date(2027, 1, 31), 0), (date(2027, 2, 1), 1)])
@pytest.mark.parametrize("name", ["statement: auth.key.header", "rule: auth.key-header"])
def test_an_accepted_finding_fails_nothing_until_its_day_has_passed(
    tmp_path: Path, name: str, today: date, code: int
) -> None:
    accepted = baseline(tmp_path, f"accepted:\n  - {{{name}, until: 2027-01-31, reason: known}}\n")
    judged = accepted.applied([finding()], today)
    assert verdicts(*judged, rules=(BROKEN,)).exit_code == code
    assert len(accepted.expired(judged, today)) == code


def test_an_acceptance_that_nothing_needs_any_more_is_named(tmp_path: Path) -> None:
    accepted = baseline(tmp_path, "accepted:\n  - {statement: errors.404, until: 2027-01-31, reason: known}\n")
    assert accepted.unused([finding()]) == ["errors.404"]


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("accepted: 5\n", "no list `accepted`"),
        ("accepted:\n  - {until: 2027-01-31, reason: x}\n", "names no statement and no rule"),
        ("accepted:\n  - {rule: x, until: soon, reason: x}\n", "must be a day"),
        ("accepted:\n  - {rule: x, until: 2027-01-31}\n", "gives no reason"),
        ("accepted: [\n", "baseline.yaml"),
    ],
)
def test_a_baseline_that_says_too_little_is_refused(tmp_path: Path, text: str, trouble: str) -> None:
    with pytest.raises(TargetError, match=trouble):
        baseline(tmp_path, text)
