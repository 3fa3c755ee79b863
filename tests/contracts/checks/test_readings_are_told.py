"""A server that answers an open question otherwise keeps what is documented, and the check says which question it is.

Against the contract as shipped it finds notes and warnings that name the question's statement and no other; against the
contract under the same reading it finds nothing. Of an answer the rules of its statement are asked, with what these
build on, and those that look at every answer; of readings that are drawn, every rule. `make thorough` asks every rule
of every answer, and leaves no answer and no reading out.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.rules import rules_of
from contracts.rules.rule import Rule
from contracts.spec.contract import Contract
from contracts.spec.readings import questions_of
from tests.contracts.checks.in_process import CONTRACT, RULES, checked
from tests.effort import draws, every_sixth, thorough

QUESTIONS = questions_of(CONTRACT.document)
ANSWERS = [(question.id, answer) for question in QUESTIONS.values() for answer in question.answers]
# What looks at all answers that the others got, and so at what any answer of a reading could break beside.
GENERAL = ["envelope", "framing", "http.http", "limits.public_general", "served", "limit_headers.on-every-answer"]
# Seen only after what other rules have booked and asked.
BY_ALL = {"limits.verification"}
PAGE = Path(__file__).parents[3] / "docs" / "readings.md"


def asked(question: str, rules: Sequence[Rule]) -> list[str]:
    """None: all of them."""
    if question in BY_ALL or thorough():
        return []
    known = {name for rule in rules for name in (rule.statement, rule.id, rule.topic)}
    return [name for name in (QUESTIONS[question].statement.id, *GENERAL) if name in known]


@pytest.mark.parametrize(("question", "answer"), every_sixth(ANSWERS))
def test_an_answer_is_told_by_its_own_statement_alone(question: str, answer: str, tmp_path: Path) -> None:
    reading, only = f"{question}={answer}", asked(question, RULES)
    unknown = checked(tmp_path / "unknown.jsonl", reading=reading, known=False, only=only)
    assert unknown.statements == {QUESTIONS[question].statement.id}
    assert "failure" not in {str(finding.severity) for finding in unknown.run.findings}


@pytest.mark.parametrize(("question", "answer"), every_sixth(ANSWERS))
def test_who_knows_the_answer_finds_nothing(question: str, answer: str, tmp_path: Path) -> None:
    reading = f"{question}={answer}"
    only = asked(question, rules_of(Contract.load(reading=reading)))
    known = checked(tmp_path / "known.jsonl", reading=reading, only=only)
    assert [(finding.rule, finding.sentence) for finding in known.run.findings] == []


@pytest.mark.parametrize("number", range(1, 1 + draws(50, 25)))
def test_a_reading_breaks_nothing_that_its_own_contract_says(number: int, tmp_path: Path) -> None:
    known = checked(tmp_path / "known.jsonl", reading=str(number))
    assert [(finding.rule, finding.sentence) for finding in known.run.findings] == []


def rows() -> list[list[str]]:
    """Of the table of all questions: number, question, ids, what is missing."""
    lines = re.findall(r"^\| ([0-9]+) \| (.*) \| ?(.*) \| ?(.*) ?\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [[cell.strip() for cell in line] for line in lines]


def test_each_question_has_other_answers_or_a_reason_why_not() -> None:
    assert [int(number) for number, *_ in rows()] == list(range(1, 75))
    for number, _, ids, missing in rows():
        assert ids or len(missing) > 20, f"question {number} has neither an answer nor a reason"


@pytest.mark.parametrize(("number", "answer"), [(23, "structured"), (28, "closed"), (57, "null")])
def test_an_answer_that_a_question_with_others_lacks_has_its_reason(number: int, answer: str) -> None:
    *_, ids, missing = rows()[number - 1]
    assert ids
    assert answer in missing


def test_the_table_of_questions_names_those_of_the_contract() -> None:
    named = {name for _, _, ids, _ in rows() for name in re.findall("`([^`]+)`", ids)}
    assert named == set(QUESTIONS)
