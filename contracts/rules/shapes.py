"""What the schemas say of answers, a rule for each statement in them: it watches every answer that the others got.

An answer that fails its schema breaks the statement nearest around the failed part, and no other.
"""

from collections.abc import Iterable, Iterator, Sequence

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.observe.attribution import Attribution
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
        seen = [answer for answer in check.target.answers if _holds(attribution, answer, statement)]
        if not seen:
            raise NotRunError("the server gave no answer that has such a part")
        for answer in seen:
            for misfit in attribution.misfits(answer):
                if misfit.statement == statement:
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


def _holds(attribution: Attribution, answer: Answer, statement: str) -> bool:
    operation = answer.request.operation
    return operation is not None and statement in attribution.statements(operation, answer.status)
