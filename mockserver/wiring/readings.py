"""The contract's open questions, for who tries a client under other answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from contracts.errors import ContractError
from contracts.spec.document import read
from contracts.spec.readings import Question, Reading, drawn, questions_of
from mockserver.wiring import Unusable

__all__ = ["Question", "Reading", "open_questions", "readings"]


def open_questions(contract: Path | None) -> Mapping[str, Question]:
    """By their ids. Raises Unusable."""
    try:
        return questions_of(read(contract))
    except ContractError as error:
        raise Unusable(str(error)) from error


def readings(questions: Mapping[str, Question], count: int) -> Iterator[Reading]:
    """Readings 1 to `count`."""
    return (drawn(questions, number) for number in range(1, count + 1))
