"""What a server does otherwise than a statement that nobody documented: learnt by asking, kept as an OpenAPI Overlay.

The overlay amends the contract for mock, check and load as any other does. What it states is *observed*: `x-provenance`
names the server and the day.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from contracts.errors import ContractError, TargetError
from contracts.spec.provenance import provenance_of, stated_in
from contracts.spec.readings import questions_of

Action = Mapping[str, Any]
NOTHING: Action = {
    "target": "$.info",
    "update": {},
    "description": "Nothing was learnt: what could be told is as the contract has it.",
}


@dataclass(frozen=True, slots=True)
class Observed:
    """`seen` says in words what the server does. `question` and `answer` name an answer of `x-readings`; where they are
    None no answer fits, and the `actions` of an overlay say what was seen."""

    statement: str
    seen: str
    actions: Sequence[Action]
    question: str | None = None
    answer: str | None = None

    def shown(self) -> dict[str, Any]:
        """As reports say it."""
        return {"statement": self.statement, "question": self.question, "answer": self.answer, "seen": self.seen}

    def __str__(self) -> str:
        told = f"{self.question}={self.answer}" if self.answer is not None else self.statement
        return f"{told}: {self.seen}"


@dataclass(frozen=True, slots=True)
class Learnt:
    """From one server on one day (ISO 8601). `not_observable` says of open statements why they could not be told."""

    server: str
    day: str
    observed: Sequence[Observed] = ()
    not_observable: Mapping[str, str] = field(default_factory=dict)

    def untold(self) -> Iterator[str]:
        """A line for each reason, with all that could not be told for it."""
        for reason in dict.fromkeys(self.not_observable.values()):
            names = (name for name, why in self.not_observable.items() if why == reason)
            yield f"{', '.join(names)}: {reason}"


def origin(url: str) -> str:
    """Of a server, without what a URL may hold beside it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def in_order(document: Mapping[str, Any], observed: Sequence[Observed]) -> list[Observed]:
    """As they are to be laid over the document: answers in the order of their questions, values last."""
    order = {name: number for number, name in enumerate(document.get("x-readings", {}))}
    return sorted(observed, key=lambda one: order.get(one.question or "", len(order)))


def amended(document: Mapping[str, Any], observed: Sequence[Observed]) -> dict[str, Any]:
    """The document, stating what was observed; it shares what is the same. Raises ContractError where that does not
    apply to it."""
    from contracts.spec.overlay import apply  # JSONPath is wanted by amendments alone

    made = dict(document)
    actions = [dict(action) for one in in_order(document, observed) for action in one.actions]
    if actions:
        apply(made, {"overlay": "1.0.0", "actions": actions}, "what was learnt")
    return made


def named(document: Mapping[str, Any], value: Observed) -> Observed:
    """The answer of `x-readings` that makes the same of the document; the value itself where none does."""
    made = amended(document, [value])
    for question in questions_of(document, amended=True).values():
        for answer in question.answers.values() if question.statement.id == value.statement else ():
            found = Observed(value.statement, answer.summary, answer.actions, question.id, answer.name)
            with suppress(ContractError):  # one that does not apply to what is amended already
                if amended(document, [found]) == made:
                    return found
    return value


def overlay_of(document: Mapping[str, Any], learnt: Learnt) -> dict[str, Any]:
    """What was learnt, as an amendment of the document that it was learnt with.

    An overlay has an action: that of nothing has one that changes nothing. Raises ContractError.
    """
    observed = in_order(document, learnt.observed)
    actions = [
        {**action, "description": str(one)} if number == 0 else dict(action)
        for one in observed
        for number, action in enumerate(one.actions)
    ]
    actions += _marks(amended(document, observed), learnt)
    return {
        "overlay": "1.0.0",
        "info": {"title": f"What {learnt.server} does", "version": learnt.day},
        "x-learnt": [one.shown() for one in observed],
        "x-not-observable": dict(learnt.not_observable),
        "actions": actions or [dict(NOTHING)],
    }


def _marks(document: Mapping[str, Any], learnt: Learnt) -> Iterator[dict[str, Any]]:
    """Actions that say of each statement where and when it was observed. One that an answer took away needs none."""
    statements = {one.statement for one in learnt.observed}
    for path, node in stated_in(document):
        if provenance_of(node).id in statements:
            mark = {"level": "observed", "server": learnt.server, "day": learnt.day}
            yield {"target": json_path(path), "update": {"x-provenance": mark}}


def json_path(path: Sequence[str | int]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f"['{_quoted(part)}']" for part in path)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")


def try_out(path: Path) -> None:
    """Before anything is sent, for afterwards it would be too late. Raises TargetError where it cannot be written."""
    partial = _partial(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        partial.touch()
        partial.unlink()
    except OSError as error:
        raise TargetError(f"--learn {path} cannot be written: {error.strerror}") from error


def write(path: Path, overlay: Mapping[str, Any]) -> None:
    """As a whole or not at all. Raises OSError."""
    partial = _partial(path)
    partial.write_text(yaml.safe_dump(dict(overlay), sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
    partial.replace(path)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
