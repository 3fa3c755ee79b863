"""Under what was learnt of a mock a second one is its twin: a check of the first is clean, and they differ in nothing.

Held to it are answers that hide one another, and whole readings that are drawn: 50 in `make thorough`. What is not
learnt of these is named, statement by statement, with the reason, and is less than a twentieth of all of them together.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from contracts.lint import lint
from contracts.spec.contract import Contract
from contracts.spec.document import read
from contracts.spec.observed import Learnt, overlay_of, write
from contracts.spec.readings import drawn, questions_of, read_under, reading_of
from tests.contracts.checks.in_process import CONTRACT, checked
from tests.contracts.comparing.journeys import compared, side
from tests.effort import draws, thorough

QUESTIONS = questions_of(CONTRACT.document)
READINGS = range(1, 1 + draws(50, 50))
IDEMPOTENCY = ("idempotency", "idempotency_keys", "nearly", "order")
LIMITS = ("limits.self_service", "limits.verification_given_back", "limits.retry_after", "windows")


def twins(folder: Path, reading: str, only: Sequence[str] = (), *, side_by_side: bool = True) -> Learnt:
    """What a check learnt; fails unless the mock under it is the twin of the one under the reading."""
    outcome = checked(folder / "ledger.jsonl", known=False, learning=True, reading=reading, only=only)
    assert outcome.learnt is not None
    assert "failure" not in {str(finding.severity) for finding in outcome.run.findings}
    write(learnt := folder / "learnt.yaml", overlay_of(CONTRACT.document, outcome.learnt))
    assert lint(read(None, [learnt])) == []
    again = checked(folder / "again.jsonl", reading=reading, judged_by=[learnt], only=only)
    assert [(finding.rule, finding.sentence) for finding in again.run.findings] == []
    if side_by_side:
        known = Contract.load(None, [learnt])
        found = compared(side("A", known=known, reading=reading), side("B", known=known, overlays=[learnt]), only)
        assert found.answers.compared > 20
        assert found.differences == []
    return outcome.learnt


def answers(learnt: Learnt) -> dict[str, str]:
    return {str(one.question): str(one.answer) for one in learnt.observed if one.answer is not None}


def tells(reading: Mapping[str, str], question: str) -> bool:
    """Whether its answer makes a difference in a reading: a later one may say more of the same."""
    without = ",".join(f"{name}={answer}" for name, answer in reading.items() if name != question)
    whole = ",".join(f"{name}={answer}" for name, answer in reading.items())
    return read_under(whole)[0] != read_under(without)[0]


class Whole(NamedTuple):
    """Of a reading: how many of its answers were learnt, and why which were not though they make a difference."""

    learnt: int
    missed: Mapping[str, str | None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Whole]:
    """By its number; each is asked once. Side by side takes as long as the rest of it."""

    @cache
    def asked(number: int) -> Whole:
        learnt = twins(tmp_path_factory.mktemp("whole"), str(number), side_by_side=thorough())
        wanted, found = drawn(QUESTIONS, number).answers, answers(learnt)
        assert found.items() <= wanted.items()  # nothing is guessed
        missed = [name for name in wanted.keys() - found.keys() if tells(wanted, name)]
        return Whole(len(found), {name: learnt.not_observable.get(QUESTIONS[name].statement.id) for name in missed})

    return asked


@pytest.mark.parametrize("number", READINGS)
def test_each_answer_of_a_reading_is_learnt_or_named_with_its_reason(
    number: int, whole: Callable[[int], Whole]
) -> None:
    assert [name for name, reason in whole(number).missed.items() if not reason] == []


def test_of_all_readings_together_95_percent_is_learnt(whole: Callable[[int], Whole]) -> None:
    found = [whole(number) for number in READINGS]
    learnt, missed = sum(one.learnt for one in found), sum(len(one.missed) for one in found)
    assert learnt >= 0.95 * (learnt + missed), f"{missed} of {learnt + missed} were missed"


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
    assert answers(twins(tmp_path, reading, only)) == reading_of(QUESTIONS, reading).answers


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
    learnt = twins(tmp_path, reading, only)
    assert [one.answer for one in learnt.observed if one.statement == statement] == [None]
    assert reason in learnt.not_observable[statement]
