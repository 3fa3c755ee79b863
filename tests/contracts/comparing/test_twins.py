"""Under what was learnt of a mock a second one is its twin: a check of the first is clean, and they differ in nothing.

Whole readings that are drawn are held to it in `make thorough` (test_learn.py); here, answers that hide one another.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.spec.contract import Contract
from contracts.spec.observed import overlay_of, write
from contracts.spec.readings import questions_of, reading_of
from tests.contracts.checks.in_process import CONTRACT, Outcome, checked
from tests.contracts.comparing.journeys import compared, side

IDEMPOTENCY = ("idempotency", "idempotency_keys", "nearly", "order")
LIMITS = ("limits.self_service", "limits.verification_given_back", "limits.retry_after", "windows")


def twins(folder: Path, reading: str, only: Sequence[str]) -> Outcome:
    """The check that learnt; fails unless the mock under what it learnt is the twin of the one under the reading."""
    outcome = checked(folder / "ledger.jsonl", known=False, learning=True, reading=reading, only=only)
    assert outcome.learnt is not None
    write(learnt := folder / "learnt.yaml", overlay_of(CONTRACT.document, outcome.learnt))
    again = checked(folder / "again.jsonl", reading=reading, judged_by=[learnt], only=only)
    assert [(finding.rule, finding.sentence) for finding in again.run.findings] == []
    known = Contract.load(None, [learnt])
    found = compared(side("A", known=known, reading=reading), side("B", known=known, overlays=[learnt]), only)
    assert found.answers.compared > 20
    assert found.differences == []
    return outcome


@pytest.mark.parametrize(
    ("reading", "only"),
    [
        (
            "idempotency.released_by=none-of-400-and-404,idempotency.scope=organization,idempotency.stored=201,"
            "errors.422.idempotency_key_reused=first-answer,idempotency.replayed_header=none",
            IDEMPOTENCY,
        ),
        (
            "limits.self_service=20,limits.verification=5-in-15-minutes,limits.algorithm=sliding-window,"
            "limits.retry_after=absent",
            LIMITS,
        ),
    ],
)
def test_answers_that_hide_one_another_are_all_learnt(reading: str, only: Sequence[str], tmp_path: Path) -> None:
    outcome = twins(tmp_path, reading, only)
    assert outcome.learnt is not None
    found = {one.question: one.answer for one in outcome.learnt.observed}
    assert found == reading_of(questions_of(CONTRACT.document), reading).answers


@pytest.mark.parametrize(
    ("reading", "only", "statement", "reason"),
    [
        ("errors.405.method=404,http.options=404", ("http",), "http.options", "fits several answers: 405, 404"),
        (
            "limits.self_service=20,limits.verification=none",
            ("self_service_limits",),
            "limits.verification",
            "self-service refuses before verification",
        ),
    ],
)
def test_of_what_cannot_be_told_apart_one_is_taken_without_its_name(
    reading: str, only: Sequence[str], statement: str, reason: str, tmp_path: Path
) -> None:
    outcome = twins(tmp_path, reading, only)
    assert outcome.learnt is not None
    assert [one.answer for one in outcome.learnt.observed if one.statement == statement] == [None]
    assert reason in outcome.learnt.not_observable[statement]
