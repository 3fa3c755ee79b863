"""From what Schemathesis found to what a check reports: which statement is broken, and what was expected instead."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.exchange import Answer
from contracts.observe.attribution import Attribution
from contracts.outcome import Broken
from contracts.properties.checks import Breach
from contracts.spec.contract import Contract

# The cause in x-errors whose refusal is missing where a check of Schemathesis fails so.
CAUSES: Mapping[str, str] = {
    "AcceptedNegativeData": "invalid_field",
    "MissingHeaderNotRejected": "missing_organization_header",
    "UnsupportedMethodResponse": "method_not_allowed",
}


def broken(contract: Contract, attribution: Attribution, failure: Any, answer: Answer) -> Iterator[Broken]:
    """A failure of Schemathesis in the contract's words; more than one where a body is wrong in several places."""
    breach = getattr(failure, "exception", None)
    kind = type(failure).__name__
    if isinstance(breach, Breach):
        yield Broken(breach.expected, breach.seen, answer, breach.statement)
        return
    misfits = attribution.misfits(answer) if kind in {"JsonSchemaError", "UndefinedStatusCode"} else []
    for misfit in misfits:
        expected = f"{misfit.problem.field or 'the answer'} to keep its {misfit.problem.keyword}"
        yield Broken(expected, f"answered {answer.status} where {misfit.message}", answer, misfit.statement)
    if not misfits:
        statement = _statement(contract, failure, answer)
        yield Broken(_expected(failure), str(answer), answer, statement)


def _expected(failure: Any) -> str:
    match type(failure).__name__:
        case "RejectedPositiveData":
            return "a request that keeps the schema and every rule to be accepted"
        case "AcceptedNegativeData":
            _, _, component = str(failure.message).partition("Invalid component: ")
            return f"a refusal of what breaks the schema: {component.replace(chr(10), ' ')}"
        case "MissingHeaderNotRejected" | "UnsupportedMethodResponse" | "AllowHeaderMismatch":
            return " ".join(str(failure.message).split())
        case _:
            return f"no {failure.title[:1].lower()}{failure.title[1:]}"


def _statement(contract: Contract, failure: Any, answer: Answer) -> str | None:
    kind = type(failure).__name__
    if getattr(failure, "failure_reason", None) == "missing_allow_header":
        return str(contract.document["components"]["headers"]["Allow"]["x-provenance"]["id"])
    if kind in CAUSES:
        return contract.errors[CAUSES[kind]].provenance.id
    if kind == "IgnoredAuth":
        cause = "missing_key" if failure.scenario.name == "NO_AUTH" else "unknown_key"
        return contract.errors[cause].provenance.id
    if kind in {"JsonSchemaError", "MissingHeaders"}:
        for name, stated in contract.document["components"]["headers"].items():
            if name.lower() in str(failure.message).lower():
                return str(stated["x-provenance"]["id"])
    operation = contract.operations.get(answer.request.operation or "")
    return operation.provenance.id if operation else None
