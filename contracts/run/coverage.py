"""How much of the contract a run has touched: what was answered, against what the contract says can be."""

from collections.abc import Iterable

from contracts.exchange import Answer
from contracts.spec.contract import Contract
from contracts.verdicts import ASKED, Coverage, RuleResult


def measured(contract: Contract, answers: Iterable[Answer], rules: Iterable[RuleResult]) -> Coverage:
    """Operation and status, operation and error type, operation and header, rule: each cell covered or not."""
    statuses: set[str] = set()
    types: set[str] = set()
    headers: set[str] = set()
    for answer in answers:
        operation = answer.request.operation
        if operation is not None:
            statuses.add(f"{operation} {answer.status}")
            types.add(f"{operation} {answer.member('type')}")
            headers |= {f"{operation} {name}".lower() for name in answer.headers}
    return Coverage(
        {
            "statuses": {cell: cell in statuses for cell in _statuses(contract)},
            "error types": {cell: cell in types for cell in _types(contract)},
            "headers": {cell: cell.lower() in headers for cell in _headers(contract)},
            "rules": {rule.id: rule.outcome in ASKED for rule in rules},
        }
    )


def _statuses(contract: Contract) -> Iterable[str]:
    for operation in contract.operations.values():
        for status in operation.provokable:
            yield f"{operation.id} {status}"


def _types(contract: Contract) -> Iterable[str]:
    for operation in contract.operations.values():
        told = {
            error.type
            for error in contract.errors.values()
            if error.status in operation.provokable and (error.operations is None or operation.id in error.operations)
        }
        for name in sorted(told):
            yield f"{operation.id} {name}"


def _headers(contract: Contract) -> Iterable[str]:
    for operation in contract.operations.values():
        declared = (operation.response_headers[status] for status in operation.provokable)
        for name in sorted(frozenset[str]().union(*declared)):
            yield f"{operation.id} {name}"
