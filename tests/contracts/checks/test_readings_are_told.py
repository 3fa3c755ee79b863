"""A server that answers an open question otherwise keeps what is documented, and the check says which question it is.

Against the contract as shipped it finds notes and warnings that name the question's statement and no other; against the
contract under the same reading it finds nothing.
"""

from pathlib import Path

import pytest

from contracts.spec.readings import questions_of
from tests.contracts.checks.in_process import CONTRACT, checked
from tests.effort import every_sixth

QUESTIONS = questions_of(CONTRACT.document)
# How a limiter counts shows in several of the statements on limits; `kordkit load limiter` tells one from the other.
IN_SEVERAL = {"limits.algorithm"}
ANSWERS = [(question.id, answer) for question in QUESTIONS.values() for answer in question.answers]


@pytest.mark.parametrize(("question", "answer"), every_sixth(ANSWERS))
def test_an_answer_is_told_by_its_own_statement_alone(question: str, answer: str, tmp_path: Path) -> None:
    reading = f"{question}={answer}"
    known = checked(tmp_path / "known.jsonl", reading=reading)
    assert known.statements == set()
    if question not in IN_SEVERAL:
        unknown = checked(tmp_path / "unknown.jsonl", reading=reading, known=False)
        assert unknown.statements == {QUESTIONS[question].statement.id}
        assert "failure" not in {str(finding.severity) for finding in unknown.run.findings}
