"""What two servers answered to the same requests, field by field, and how far one is true to the other."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.comparing.diff.attribution import Statements
from contracts.comparing.diff.fields import STATUS
from contracts.comparing.diff.volatile import Fields
from contracts.comparing.diff.witness import Seen
from contracts.exchange import Answer
from contracts.spec.contract import Contract

WEIGHTS: Mapping[str, int] = {"documented": 3, "inferred": 2, "observed": 2, "assumed": 1}  # by level
NO_OPERATION = "(no operation)"


@dataclass
class Difference:
    """A field in which answers of an operation differ. `a` and `b` are what they had in it the first time, `asked` what
    that was an answer to; `times` counts the answers, `rules` names whose questions they were."""

    operation: str
    field: str
    statement: str
    level: str | None
    page: str | None
    a: str
    b: str
    asked: str
    times: int = 0
    rules: list[str] = dataclasses.field(default_factory=list)


@dataclass
class Tally:
    """Fields that were compared, and how many of them were alike."""

    compared: int = 0
    alike: int = 0


class Comparison:
    """An exchange that both servers had before, and answered the same way, counts once. `left_out` tells of rules why
    they were not asked, or not to the end."""

    def __init__(self, contract: Contract, mask: Callable[[str], str]) -> None:
        """`mask` takes secrets out of what is told."""
        self._contract = contract
        self._mask = mask
        self._statements = Statements(contract)
        self._known: set[int] = set()
        self._differences: dict[tuple[str, str, str], Difference] = {}
        self.levels: dict[str | None, Tally] = {level: Tally() for level in (*WEIGHTS, None)}
        self.answers = Tally()
        self.left_out: list[tuple[str, str]] = []

    @property
    def differences(self) -> Sequence[Difference]:
        """What is surest first."""
        order: list[str | None] = [*WEIGHTS, None]
        return sorted(
            self._differences.values(), key=lambda it: (order.index(it.level), it.operation, it.field, it.statement)
        )

    @property
    def fidelity(self) -> float | None:
        """The share of fields that are alike, each weighted by the level of what the contract says of it; in percent.
        None where nothing was compared that it speaks of."""
        weighed = [(weight, self.levels[level]) for level, weight in WEIGHTS.items()]
        whole = sum(weight * tally.compared for weight, tally in weighed)
        return 100 * sum(weight * tally.alike for weight, tally in weighed) / whole if whole else None

    def add(self, rule: str, about: str, asked: object, a: tuple[Seen, Fields], b: tuple[Seen, Fields]) -> None:
        """One request's two answers. `asked` is what was asked, `about` the statement that it is about, or ""."""
        (seen, fields), (_, others) = a, b
        known = hash((repr(asked), repr(sorted(fields.items())), repr(sorted(others.items()))))
        if known in self._known:
            return
        self._known.add(known)
        self.answers.compared += 1
        self.answers.alike += fields == others
        operation = seen.request.operation or ""
        for name in _compared(fields, others):
            alike = fields.get(name) == others.get(name)
            if alike:
                status = fields[STATUS][0]
                statement = self._statements.of_field(operation, status, name, about)
            else:
                statement = self._statement(a[0], b[0], name, about)
                self._differs(rule, statement, name, a, b)
            tally = self.levels[self._level(statement)]
            tally.compared += 1
            tally.alike += alike

    def _statement(self, a: Seen, b: Seen, name: str, about: str) -> str:
        if isinstance(a, Answer) and isinstance(b, Answer):
            return self._statements.of_difference(a, b, name, about)
        return self._statements.of_field(a.request.operation or "", 0, name, about)

    def _differs(self, rule: str, statement: str, name: str, a: tuple[Seen, Fields], b: tuple[Seen, Fields]) -> None:
        operation = a[0].request.operation or NO_OPERATION
        found = self._differences.get((operation, name, statement))
        if found is None:
            stated = self._contract.statements.get(statement)
            one, other = _told(a[1].get(name), b[1].get(name))
            found = self._differences[operation, name, statement] = Difference(
                operation,
                name,
                statement,
                stated.level if stated else None,
                stated.page if stated else None,
                self._mask(one),
                self._mask(other),
                self._mask(f"{a[0].request.method} {a[0].request.url}"),
            )
        found.times += 1
        if rule not in found.rules:
            found.rules.append(rule)

    def _level(self, statement: str) -> str | None:
        stated = self._contract.statements.get(statement)
        return stated.level if stated else None


def _compared(a: Fields, b: Fields) -> Iterator[str]:
    """Answers of two statuses have nothing else that could be compared."""
    yield STATUS
    if a[STATUS] == b[STATUS]:
        yield from (name for name in {**a, **b} if name != STATUS)


def _told(a: tuple[Any, ...] | None, b: tuple[Any, ...] | None) -> tuple[str, str]:
    """The values of two fields; of lists those that differ first."""
    if a is None or b is None:
        return _one(a), _one(b)
    first = next((pair for pair in zip(a, b, strict=False) if pair[0] != pair[1]), None)
    if first is None:
        return f"{len(a)} times", f"{len(b)} times"
    return _one(first[:1]), _one(first[1:])


def _one(values: tuple[Any, ...] | None) -> str:
    if values is None:
        return "absent"
    return ", ".join(value if isinstance(value, str) else repr(value) for value in values[:3])
