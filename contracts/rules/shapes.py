"""What the schemas say of answers, a rule for each statement in them: it watches every answer that the others got.

An answer that fails its schema breaks the statement nearest around the failed part, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from contracts.observe.attribution import Attribution, Misfit
from contracts.rules.rule import Broken, NotRunError, Rule
from contracts.spec.contract import Contract
from contracts.target.exchange import Answer

if TYPE_CHECKING:
    from contracts.harness.check import Check

UNPROVOKED = 500  # what no request may cause


def shape_rules(contract: Contract, written: Sequence[Rule]) -> Iterator[Rule]:
    """`written` are the rules whose answers are looked at."""
    attribution = Attribution(contract)
    statements = {
        statement
        for operation in contract.operations.values()
        for status in operation.responses
        if status < UNPROVOKED
        for statement in attribution.statements(operation.id, status)
    }
    for statement in sorted(statements):
        yield _shape_rule(statement, attribution, written)


def _shape_rule(statement: str, attribution: Attribution, written: Iterable[Rule]) -> Rule:
    def ask(check: Check) -> None:
        seen = [answer for answer in check.target.answers if _holds(attribution, answer, statement)]
        if not seen:
            raise NotRunError("the server gave no answer that has such a part")
        for answer in seen:
            for misfit in attribution.misfits(answer):
                if misfit.statement == statement:
                    raise Broken(_expected(misfit), f"answered {answer.status} where {misfit.message}", answer)

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


def _holds(attribution: Attribution, answer: Answer, statement: str) -> bool:
    operation = answer.request.operation
    return operation is not None and statement in attribution.statements(operation, answer.status)


def _expected(misfit: Misfit) -> str:
    field = misfit.problem.field or "the body"
    if misfit.problem.keyword.startswith("required"):
        return f"{field} to be there"
    return f"{field} to keep its schema's {misfit.problem.keyword}"
