"""The contract as people read it: plain values, made by the wiring, which alone reads the contract."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast

from flask import current_app

_PLACE = "kordkit.reference"


class Badge(NamedTuple):
    """Where a statement comes from: its id, its level, the page of the documentation, None where it is silent."""

    id: str
    level: str
    page: str | None

    @property
    def subject(self) -> str:
        return self.id.partition(".")[0]


class Row(NamedTuple):
    """A member, a parameter or a header. `depth` counts the objects around it, `says` is what limits its values."""

    name: str
    depth: int
    type: str
    required: bool
    says: str
    badge: Badge | None


class Parameter(NamedTuple):
    """`place` is path, query or header; `example` the contract's, None where it has none."""

    place: str
    row: Row
    example: str | None


class Answer(NamedTuple):
    """What one status means; `shape` is where the form of its body comes from. `example` is the contract's, None where
    it has none."""

    status: int
    level: str | None
    says: str
    badge: Badge | None
    shape: Badge | None
    headers: Sequence[Row]
    members: Sequence[Row]
    example: Any


class Refusal(NamedTuple):
    """A cause, and what it is answered with; `also` are statuses that are taken for right, too. `named` is where the
    name of the type comes from."""

    cause: str
    status: int
    also: Sequence[int]
    type: str
    named: Badge | None
    detail: str
    retry_after: int | None
    badge: Badge


class Limit(NamedTuple):
    """A policy: `limit` units in `window` seconds for each `scope`."""

    name: str
    limit: int
    window: int
    scope: str
    counts: str
    badge: Badge


class Idempotency(NamedTuple):
    """`lifetime` in seconds; `stored` are the statuses of outcomes that are given again."""

    header: str
    replayed_header: str | None
    lifetime: int
    stored: Sequence[int]
    badge: Badge


class Reading(NamedTuple):
    """One way to answer a question; `name` is None for the contract's own."""

    name: str | None
    summary: str
    in_force: bool


class Question(NamedTuple):
    """What the documentation leaves open, and the answers that a server might give."""

    id: str
    badge: Badge
    readings: Sequence[Reading]


class Statement(NamedTuple):
    """What the contract says, in a few words, as far as it says so in one place."""

    says: str
    badge: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`key_kind` is the kind of key that it wants, None: none. `body` is None where it takes none; `subjects` are those
    of the rules that concern it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    key_kind: str | None
    badge: Badge
    parameters: Sequence[Parameter]
    body: Sequence[Row] | None
    body_shape: Badge | None
    body_example: Any
    answers: Sequence[Answer]
    refusals: Sequence[Refusal]
    limits: Sequence[Limit]
    idempotency: Idempotency | None
    questions: Sequence[Question]
    subjects: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`levels` counts the statements of each level; `reading` says in words how open questions are answered;
    `documentation` is the address below which its pages are, "" where the contract does not know it."""

    title: str
    version: str
    documentation: str
    reading: str
    levels: Mapping[str, int]
    key_header: str
    key_badge: Badge | None
    key_variable: str
    algorithm: str
    limit_headers: Mapping[str, str]
    operations: Mapping[str, Operation]
    questions: Sequence[Question]
    statements: Sequence[Statement]


def keep(make: Callable[[], Reference], extensions: dict[str, Any]) -> None:
    """It is made when somebody reads it."""
    extensions[_PLACE] = cache(make)


def in_force() -> Reference:
    """The contract of the mock, which is that of the worlds beside it, too."""
    return cast(Reference, current_app.extensions[_PLACE]())
