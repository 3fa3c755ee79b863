"""A check learns what a server does where nobody documented it, and says of the rest why it could not be told."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.lint import lint
from contracts.spec.contract import Contract
from contracts.spec.document import read
from contracts.spec.observed import Learnt, Observed, named, overlay_of, write
from contracts.spec.readings import questions_of, read_under
from tests.contracts.checks.in_process import CONTRACT, DAY, URL, Outcome, checked
from tests.effort import every

QUESTIONS = questions_of(CONTRACT.document)
ANSWERS = [(question.id, answer) for question in QUESTIONS.values() for answer in question.answers]
# Answers that were not told from others of their question once: asked each time.
LOOK_ALIKE = [
    ("errors.400.range_too_long", "no-limit"),
    ("limits.headers_on", "success-and-429"),
    ("limits.retry_after", "http-date"),
    ("platform.limit", "100"),
]
# How a limiter counts can be told from many statements, and from a few rules alone hardly at all; which answers have
# its headers, from answers of every kind.
TOPICS: Mapping[str, Sequence[str]] = {
    "limits.algorithm": ("limits", "limit_headers", "windows"),
    "limits.headers_on": ("limit_headers", "tenancy"),
}
# All that follows from answers is looked at in whole readings (test_twins.py); here, the rules of the statement alone.


def learnt(folder: Path, **flags: Any) -> Outcome:
    """From a mock that the check does not know the contract of."""
    outcome = checked(folder / "ledger.jsonl", known=False, learning=True, **flags)
    assert outcome.learnt is not None
    return outcome


def answers(found: Learnt) -> dict[str, str]:
    return {str(one.question): str(one.answer) for one in found.observed if one.answer is not None}


def kept(found: Learnt, path: Path) -> Path:
    """As the command writes it."""
    write(path, overlay_of(CONTRACT.document, found))
    return path


def overlay(path: Path, *actions: dict[str, Any]) -> Path:
    path.write_text(
        yaml.safe_dump({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": list(actions)})
    )
    return path


def ruled(name: str, value: Any) -> dict[str, Any]:
    return {"target": f"$['x-rules']['{name}']", "update": {"value": value}}


def limited(policy: str, limit: int, window: int = 60) -> dict[str, Any]:
    return {"target": f"$['x-rate-limits'].policies['{policy}']", "update": {"limit": limit, "window": window}}


def renamed(part: str, name: str) -> Sequence[dict[str, Any]]:
    """A rate-limit header with another name, where it is stated and where it is read."""
    before = CONTRACT.rate_limits.headers[part]
    return (
        {"target": "$.components.headers", "update": {name: CONTRACT.document["components"]["headers"][before]}},
        {"target": f"$.components.headers['{before}']", "remove": True},
        {"target": "$['x-rate-limits'].headers", "update": {part: name}},
    )


@pytest.mark.parametrize(("question", "answer"), dict.fromkeys([*LOOK_ALIKE, *every(12, ANSWERS)]))
def test_each_answer_is_learnt_and_no_other(question: str, answer: str, tmp_path: Path) -> None:
    topics = TOPICS.get(question, (QUESTIONS[question].statement.id,))
    outcome = learnt(tmp_path, reading=f"{question}={answer}", only=topics)
    assert outcome.learnt is not None
    assert answers(outcome.learnt) == {question: answer}
    assert [one for one in outcome.learnt.observed if one.answer is None] == []
    assert "failure" not in {str(finding.severity) for finding in outcome.run.findings}


@pytest.mark.parametrize(
    ("reading", "only"),
    [
        (
            "limits.failed_request_counts=no,limits.creation_counts_twice=once,limits.algorithm=sliding-window,"
            "limits.self_service=20,limits.refused_counts=yes,limits.headers_on=429,limits.retry_after=absent",
            ("limits", "limit_headers", "windows", "charges", "self_service_limits"),
        ),
        (
            "limits.creation_counts_twice=once,limits.replay_counts=no,limits.algorithm=token-bucket",
            ("windows", "charges"),
        ),
        (
            "idempotency.replayed_header=none,idempotency.scope=organization,errors.422.idempotency_key_reused=400,"
            "idempotency.stored=201,idempotency.released_by=none-of-400-and-404,auth.order=validation-first",
            ("idempotency", "idempotency_keys", "refused", "order"),
        ),
    ],
    ids=["told by refusals alone", "counted once", "told by no mark"],
)
def test_what_hardly_shows_is_learnt(reading: str, only: Sequence[str], tmp_path: Path) -> None:
    outcome = learnt(tmp_path, reading=reading, only=only)
    assert outcome.learnt is not None
    assert answers(outcome.learnt) == dict(part.split("=") for part in reading.split(","))


ODD = (
    *(action for part in ("limit", "remaining", "reset") for action in renamed(part, f"X-Rate-{part.title()}")),
    ruled("availability.max_range_days", 14),
    ruled("http.max_body_bytes", 200 * 1024),
    {"target": "$['x-idempotency']", "update": {"lifetime": 7200}},
    limited("self-service", 45),
    limited("verification", 12),
    {
        "target": "$.paths['/api/calendar/v1/bookings'].get.parameters[?@.name == 'limit'].schema",
        "update": {"default": 30},
    },
    {"target": "$['x-errors'].start_in_past", "update": {"status": 418, "type": "too_late"}},
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A server that no reading knows: its contract, and what was learnt of it."""
    folder = tmp_path_factory.mktemp("odd")
    path = overlay(folder / "odd.yaml", *ODD)
    return path, learnt(folder, overlays=[path])


def test_values_that_no_answer_has_are_found_by_asking(odd: tuple[Path, Outcome], tmp_path: Path) -> None:
    path, outcome = odd
    assert outcome.learnt is not None
    assert answers(outcome.learnt) == {}
    assert outcome.learnt.not_observable == {}
    server, told = Contract.load(None, [path]), Contract.load(None, [kept(outcome.learnt, tmp_path / "learnt.yaml")])
    assert told.rate_limits.headers == server.rate_limits.headers
    assert {name: (one.limit, one.window) for name, one in told.rate_limits.policies.items()} == {
        name: (one.limit, one.window) for name, one in server.rate_limits.policies.items()
    }
    for rule in ("availability.max_range_days", "http.max_body_bytes"):
        assert told.rule(rule) == server.rule(rule)
    assert told.idempotency == server.idempotency
    assert (told.errors["start_in_past"].status, told.errors["start_in_past"].type) == (418, "too_late")
    assert told.operations["listBookings"].query.schema == server.operations["listBookings"].query.schema
    assert lint(told.document) == []


def test_what_was_learnt_holds_for_the_rest_of_the_check(odd: tuple[Path, Outcome]) -> None:
    _, outcome = odd
    not_run = [result for result in outcome.run.results.values() if result.outcome == "not run"]
    assert len(not_run) < 10  # without, 200 could not be asked
    assert {str(finding.severity) for finding in outcome.run.findings} <= {"note", "warning"}


def test_under_what_was_learnt_a_check_of_the_same_server_is_clean(odd: tuple[Path, Outcome], tmp_path: Path) -> None:
    path, outcome = odd
    assert outcome.learnt is not None
    known = kept(outcome.learnt, tmp_path / "learnt.yaml")
    again = checked(tmp_path / "again.jsonl", overlays=[path], judged_by=[known])
    assert again.statements == set()
    stated = Contract.load(None, [known]).statements
    assert {one.statement for one in outcome.learnt.observed} == {
        name for name, provenance in stated.items() if provenance.level == "observed"
    }
    marks = {(one.server, one.day) for one in stated.values() if one.level == "observed"}
    assert marks == {(URL, DAY)}


def test_a_mock_with_the_overlay_is_the_servers_twin(odd: tuple[Path, Outcome], tmp_path: Path) -> None:
    path, outcome = odd
    assert outcome.learnt is not None
    known = kept(outcome.learnt, tmp_path / "learnt.yaml")
    asked: dict[str, Any] = {"judged_by": [known], "only": ("http", "errors", "ranges", "limit_headers", "paging")}
    twins = [checked(tmp_path / f"{n}.jsonl", overlays=[file], **asked) for n, file in enumerate((path, known))]
    told = [
        [
            (one.request.operation, one.status, one.text("type"), sorted(one.headers))
            for one in twin.check.target.answers
        ]
        for twin in twins
    ]
    assert told[0] == told[1]


def test_a_number_is_named_by_its_answer_where_another_answer_took_a_statement_away() -> None:
    document, _ = read_under("limits.verification=none")
    seen = Observed("limits.self_service", "20 in 60 s", [limited("self-service", 20)])
    assert str(named(document, seen)) == "limits.self_service=20: 20 a minute"


def test_what_is_documented_is_never_written(tmp_path: Path) -> None:
    broken = overlay(
        tmp_path / "broken.yaml",
        limited("public-general", 45),
        limited("self-service", 20),
    )
    outcome = learnt(tmp_path, overlays=[broken], only=("errors", "organization", "limits", "self_service_limits"))
    assert outcome.learnt is not None
    assert answers(outcome.learnt) == {"limits.self_service": "20"}
    assert "limits.public_general" in outcome.statements
    levels = {CONTRACT.statements[one.statement].level for one in outcome.learnt.observed}
    assert "documented" not in levels


def test_what_could_not_be_asked_is_named_with_the_reason(tmp_path: Path) -> None:
    outcome = learnt(tmp_path, reading="http.max_body_bytes=16-KiB", may_write=False, only=("http",))
    assert outcome.learnt is not None
    assert outcome.learnt.observed == ()
    assert "--allow-writes" in outcome.learnt.not_observable["http.max_body_bytes"]


def test_a_limit_behind_another_is_not_guessed(tmp_path: Path) -> None:
    reading = "limits.self_service=20,limits.verification=none"
    outcome = learnt(tmp_path, reading=reading, only=("self_service_limits",))
    assert outcome.learnt is not None
    assert answers(outcome.learnt) == {"limits.self_service": "20"}
    assert "self-service refuses before" in outcome.learnt.not_observable["limits.verification"]


def test_nothing_learnt_is_an_overlay_that_changes_nothing_and_says_so(tmp_path: Path) -> None:
    outcome = learnt(tmp_path, only=("errors",))
    assert outcome.learnt == Learnt(URL, DAY)
    nothing = kept(outcome.learnt, tmp_path / "learnt.yaml")
    assert read(None, [nothing]) == read(None)
    assert "Nothing was learnt" in nothing.read_text()


def test_learning_keeps_to_the_budget(tmp_path: Path) -> None:
    plain = checked(tmp_path / "plain.jsonl", reading="http.max_body_bytes=16-KiB", known=False, only=("http",))
    most = plain.check.target.sent + 3
    outcome = learnt(tmp_path, reading="http.max_body_bytes=16-KiB", only=("http",), max_requests=most)
    assert outcome.learnt is not None
    assert outcome.check.target.sent <= most
    assert "--max-requests" in outcome.learnt.not_observable["http.max_body_bytes"]
