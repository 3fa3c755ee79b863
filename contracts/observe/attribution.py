"""Which statement of the contract an answer breaks: the nearest one around the part of the schema that it fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from contracts.exchange import Answer
from contracts.observe.breach import Breach
from contracts.spec.contract import Contract, Operation
from contracts.spec.document import follow, walk
from contracts.spec.schemas import Problem


@dataclass(frozen=True, slots=True)
class Misfit:
    """One way in which a body fails the schema of its status."""

    statement: str
    problem: Problem
    message: str

    def breach(self, answer: Answer) -> Breach:
        field, keyword = self.problem.field or "the body", self.problem.keyword
        to_be = "be there" if keyword.startswith("required") else f"keep its schema's {keyword}"
        return Breach(self.statement, f"{field} to {to_be}", f"answered {answer.status} where {self.message}")


class Attribution:
    """A status that an operation does not declare breaks the operation's own statement."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._judged: WeakKeyDictionary[Answer, list[Misfit]] = WeakKeyDictionary()
        self._known: dict[tuple[str, int], frozenset[str]] = {}  # and not a cache of all that there ever were

    def misfits(self, answer: Answer) -> list[Misfit]:
        """Judged once, however often it is asked. An answer to HEAD has no body to be judged."""
        if answer not in self._judged:
            self._judged[answer] = list(self._misfits(answer))
        return self._judged[answer]

    def _misfits(self, answer: Answer) -> Iterator[Misfit]:
        operation = self._contract.operations.get(answer.request.operation or "")
        if operation is None or answer.request.method == "HEAD":
            return
        response = operation.responses.get(answer.status)
        if response is None and answer.status < 300 and not self._success_is_documented(operation):
            return  # which status it has is another statement's to say
        if response is None:
            problem = Problem((), "status", sorted(operation.responses))
            yield Misfit(operation.provenance.id, problem, f"{operation.id} declares no such status")
            return
        if response.is_valid(answer.json):
            return
        around = self._around(operation.id, answer.status)
        for steps, problem, message in response.errors(answer.json):
            yield Misfit(_nearest(self._contract.document, response.schema, steps) or around, problem, message)

    def _success_is_documented(self, operation: Operation) -> bool:
        item = self._contract.document["paths"][operation.path][operation.method.lower()]
        documented = item.get("x-statuses", {}).get("documented", ())
        return any(status < 300 for status in documented)

    def statements(self, operation: str | None, status: int) -> frozenset[str]:
        """The ids that a body of that response can break: none, where no operation was meant."""
        if operation is None:
            return frozenset()
        known = self._known.get((operation, status))
        if known is None:
            known = self._known[operation, status] = self._statements(operation, status)
        return known

    def _statements(self, operation: str, status: int) -> frozenset[str]:
        declared = self._contract.operations[operation]
        if status not in declared.responses:
            return frozenset({declared.provenance.id})
        schema = declared.responses[status].schema
        stated = frozenset(_within(self._contract.document, schema, frozenset()))
        # Where the whole body has a statement of its own, nothing is left to the one around it.
        whole = _nearest(self._contract.document, schema, ("$ref",) if "$ref" in schema else ())
        return stated | {declared.provenance.id if whole else self._around(operation, status)}

    def _around(self, operation: str, status: int) -> str:
        """The statement of the response itself, else of the operation."""
        found = self._contract.operations[operation]
        response = follow(
            self._contract.document,
            self._contract.document["paths"][found.path][found.method.lower()]["responses"][str(status)],
        )
        stated: Mapping[str, Any] = response.get("x-provenance") or {"id": found.provenance.id}
        return str(stated["id"])


def _nearest(document: dict[str, Any], schema: Mapping[str, Any], steps: tuple[str | int, ...]) -> str | None:
    node: Any = schema
    nearest = None
    for step in (*steps, None):
        if isinstance(node, dict) and "x-provenance" in node:
            nearest = str(node["x-provenance"]["id"])
        if step is None:
            break
        if step == "$ref" and isinstance(node, dict):
            node = follow(document, {"$ref": node["$ref"]})
        else:
            node = node[int(step)] if isinstance(node, list) else node[step]
    return nearest


def _within(document: dict[str, Any], schema: Any, seen: frozenset[str]) -> Iterator[str]:
    for _, node in walk(schema):
        target = follow(document, node)
        # What only refers to something with a statement of its own has nothing left for the one beside the reference.
        if "x-provenance" in node and (target is node or "x-provenance" not in target):
            yield str(node["x-provenance"]["id"])
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            yield from _within(document, follow(document, {"$ref": reference}), seen | {reference})
