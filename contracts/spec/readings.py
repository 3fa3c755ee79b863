"""Readings: what else a real server may lawfully do where the documentation leaves a question open.

`x-readings` lists the questions, each by the statement that answers it in the contract as shipped, with the other
answers that a server might give: each a list of overlay actions. A *reading* is one answer to every question. Reading 0
is the contract as shipped; reading N draws its answers from the seed N. A reading is laid over the contract as any
other amendment is, so whoever reads the contract follows it without knowing that there is such a thing.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from contracts.errors import ContractError
from contracts.spec.document import amend, read, require_local
from contracts.spec.provenance import Provenance, provenance_of, stated_in

AS_SHIPPED = "0"
_WORDS = frozenset({"statement", "assumed"})  # what an entry of x-readings says of its question


def read_under(
    wish: str, source: Path | None = None, overlays: Sequence[Path] = ()
) -> tuple[dict[str, Any], "Reading"]:
    """The document in `source`, or the shipped one, under a reading, then with the overlays. Raises ContractError."""
    from contracts.spec.overlay import apply  # JSONPath is wanted by amendments alone

    document = read(source)
    questions = questions_of(document)
    reading = reading_of(questions, wish)
    apply(document, overlay_of(questions, reading), f"the reading {wish}")
    amend(document, overlays)
    require_local(document, str(source or "the contract"))
    return document, reading


class Answer(NamedTuple):
    """Another one than the contract's own; `actions` are those of an OpenAPI Overlay."""

    name: str
    summary: str
    actions: Sequence[Mapping[str, Any]]


class Question(NamedTuple):
    """`assumed` says in words how the contract as shipped answers it."""

    id: str
    statement: Provenance
    assumed: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Reading:
    """`answers` has the name of an answer for each question that is answered otherwise than in the contract as shipped.

    `number` is None for a reading that was spelled out.
    """

    number: int | None = 0
    answers: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As ready-file and health say it."""
        return {"number": self.number, "answers": dict(self.answers)}

    def __str__(self) -> str:
        spelled = ",".join(f"{question}={answer}" for question, answer in self.answers.items())
        return spelled if self.number is None else str(self.number)


def questions_of(document: Mapping[str, Any], *, amended: bool = False) -> dict[str, Question]:
    """By the key of `x-readings`: the id of a statement, or a name where an entry says which `statement` it is about.

    Raises ContractError for a statement that the document does not have. From one that was `amended` statements may
    have been taken away, and with them what is asked about them.
    """
    statements = {provenance.id: provenance for _, node in stated_in(document) for provenance in [provenance_of(node)]}
    questions = {}
    for name, entry in document.get("x-readings", {}).items():
        statement = entry.get("statement", name)
        if statement not in statements:
            if amended:
                continue
            raise ContractError(f"x-readings, {name}: there is no statement {statement}")
        answers = {
            other: Answer(other, stated["summary"], stated["actions"])
            for other, stated in entry.items()
            if other not in _WORDS
        }
        questions[name] = Question(name, statements[statement], entry.get("assumed", "as shipped"), answers)
    return questions


def reading_of(questions: Mapping[str, Question], wish: str) -> Reading:
    """What is wished for: a number, or `STATEMENT=ANSWER,…`. Raises ContractError for what there is not."""
    if wish.isascii() and wish.isdecimal():
        return drawn(questions, int(wish))
    answers = {}
    for part in wish.split(","):
        name, equals, answer = (word.strip() for word in part.partition("="))
        if not equals:
            raise ContractError(f"the reading {wish!r} is neither a number nor STATEMENT=ANSWER,…")
        answers[name] = answer
    return spelled(questions, answers)


def drawn(questions: Mapping[str, Question], number: int) -> Reading:
    """The reading of a number. An answer depends on its question and the number alone, whatever else is asked."""
    answers = {}
    for question in questions.values() if number else ():
        choices = [None, *question.answers]
        draw = hashlib.sha256(f"{number} {question.id}".encode()).digest()
        choice = choices[int.from_bytes(draw[:8], "big") % len(choices)]
        if choice is not None:
            answers[question.id] = choice
    return Reading(number, answers)


def spelled(questions: Mapping[str, Question], answers: Mapping[str, str]) -> Reading:
    """Of answers that are given by name; the order is that of the questions. Raises ContractError."""
    for name, answer in answers.items():
        question = questions.get(name)
        if question is None:
            raise ContractError(f"there is no open question {name}: `kordkit readings list` shows them all")
        if answer not in question.answers:
            others = ", ".join(question.answers)
            raise ContractError(f"{name} has no other answer {answer}: it has {others}")
    return Reading(None, {name: answers[name] for name in questions if name in answers})


def overlay_of(questions: Mapping[str, Question], reading: Reading) -> dict[str, Any]:
    """The reading as an OpenAPI Overlay. An overlay has an action: that of reading 0 has one that changes nothing."""
    actions = [dict(action) for action in _actions(questions, reading)] or [{"target": "$.info", "update": {}}]
    title = "A reading of the Kordless Booking API" if reading.number is None else f"Reading {reading.number}"
    return {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}


def _actions(questions: Mapping[str, Question], reading: Reading) -> Iterator[Mapping[str, Any]]:
    for name, answer in reading.answers.items():
        yield from questions[name].answers[answer].actions
