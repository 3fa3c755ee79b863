"""What the schemas say of answers, a rule for each statement in them: it watches every answer that the others got.

An answer that fails its schema breaks the statement nearest around the failed part, and no other.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.observe.attribution import Attribution, Misfit
from contracts.outcome import Broken, NotRunError
from contracts.rules.rule import Rule
from contracts.spec.contract import Contract


def shape_rules(contract: Contract, written: Sequence[Rule]) -> Iterator[Rule]:
    """`written` are the rules whose answers are looked at."""
    attribution = Attribution(contract)
    statements = {
        statement
        for operation in contract.operations.values()
        for status in operation.provokable
        for statement in attribution.statements(operation.id, status)
    }
    for statement in sorted(statements):
        yield _shape_rule(statement, attribution, written)


def _shape_rule(statement: str, attribution: Attribution, written: Iterable[Rule]) -> Rule:
    def ask(check: Check) -> None:
        judged = _judged(attribution, check)
        if not any(statement in attribution.statements(*kind) for kind in judged.kinds):
            raise NotRunError("the server gave no answer that has such a part")
        if statement in judged.misfits:
            answer, misfit = judged.misfits[statement]
            breach = misfit.breach(answer)
            raise Broken(breach.expected, breach.seen, answer)

    return Rule(
        f"shapes.{statement}",
        statement,
        f"Answers have the form that the contract gives them: {statement}",
        ask,
        frozenset(),
        follows=tuple(written),
        of_all=True,
        requests=0,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """Of some answers, the kinds (operation, status), and by statement the first one that breaks it."""

    kinds: Collection[tuple[str | None, int]]
    misfits: Mapping[str, tuple[Answer, Misfit]]


def _judged(attribution: Attribution, check: Check) -> _Judged:
    """Of all answers so far: once for all rules that are asked one after the other."""
    answers = check.target.answers

    def judged() -> _Judged:
        misfits: dict[str, tuple[Answer, Misfit]] = {}
        for answer in answers:
            for misfit in attribution.misfits(answer):
                misfits.setdefault(misfit.statement, (answer, misfit))
        return _Judged({(answer.request.operation, answer.status) for answer in answers}, misfits)

    known: _Judged = check.once(f"the shapes of {len(answers)} answers", judged, by_contract=True)
    return known
