"""Values that no answer of `x-readings` has: seen in what a server answered, or found by asking.

Where a statement stands in the contract says what kind of value it is about. Each value is an amendment that is tried
before it is believed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from contracts.comparing.learn_limits import HiddenError, LimitSearch, named_headers
from contracts.comparing.learn_numbers import NUMBERS
from contracts.errors import ContractError
from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.outcome import Broken, NotRunError
from contracts.rules.rule import Rule
from contracts.spec.contract import Contract
from contracts.spec.document import METHODS, walk
from contracts.spec.observed import Action, Observed, json_path
from contracts.spec.provenance import provenance_of, stated_in
from contracts.target.client import UnansweredError

Path = tuple[str | int, ...]


class Search:
    """For what a server does at one statement that does not hold under a contract. `reason` says why nothing was found
    where that is known; `is_hidden` that it is a limit behind another one."""

    def __init__(
        self, check: Check, contract: Contract, statement: str, is_told: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._check = check
        self._contract = contract
        self._statement = statement
        self._limits = LimitSearch(check, contract, is_told)
        self.reason, self.is_hidden = "", False

    @property
    def measures(self) -> bool:
        """Whether a limit is in question: what it is can be found out without its rules."""
        return self._place[:2] == ("x-rate-limits", "policies")

    def values(self, accusers: Sequence[Rule]) -> Iterator[Observed]:
        """From what its accusers were answered, and by asking further."""
        if not accusers and not self.measures:
            return
        for search in (self._seen, self._asked):
            try:
                yield from search(accusers)
            except NotRunError as unknown:
                self._not_found(unknown)
            except (ContractError, UnansweredError):
                continue

    def is_absent(self) -> bool:
        """Whether the server surely has nothing of the kind."""
        match self._place:
            case ("x-rate-limits", "policies", str(name)):
                try:
                    return self._limits.is_absent(name)
                except NotRunError as unknown:
                    self._not_found(unknown)
        return False

    def _not_found(self, unknown: NotRunError) -> None:
        self.reason, self.is_hidden = str(unknown), isinstance(unknown, HiddenError)

    def confirms(self, contract: Contract | None) -> bool:
        """Whether a limit is as this contract has it."""
        return contract is not None and self._limits.lasts(contract, str(self._place[-1]))

    def is_limited_by(self, contract: Contract | None) -> bool:
        """Whether a limit admits and refuses as this contract has it, whatever headers tell of it."""
        return contract is not None and self._limits.admits(contract, str(self._place[-1]))

    @property
    def _place(self) -> Path:
        for path, node in stated_in(self._contract.document):
            if provenance_of(node).id == self._statement:
                return path
        return ()

    def _seen(self, accusers: Sequence[Rule]) -> Iterator[Observed]:
        match self._place:
            case ("x-errors", str(cause)):
                for answer in self._answers(accusers):
                    if answer.status >= 400:  # what was served is no matter of a cause
                        yield self._as_cause(cause, answer)
            case ("x-error-types", str(name)):
                for answer in self._answers(accusers):
                    if found := answer.text(self._contract.document["x-error-members"]["type"]):
                        yield self._as_type(name, found)
            case ("components", "headers", str(name)) if name in self._contract.rate_limits.headers.values():
                yield from named_headers(self._contract, self._statement, self._answers(accusers))

    def _asked(self, _: Sequence[Rule]) -> Iterator[Observed]:
        match self._place:
            case ("x-rate-limits", "policies", str(name)):
                yield from self._limits.policies(self._statement, name)
        find = NUMBERS.get(self._statement)
        if find is not None:
            yield from find(self._check, self._contract)

    def _answers(self, accusers: Sequence[Rule]) -> Iterator[Answer]:
        """What the server says when it is asked once more. What is generated does not say which answer it was."""
        for rule in (one for one in accusers if not one.elastic):
            try:
                rule.ask(self._check)
            except Broken as broken:
                yield broken.answer or self._check.target.answers[-1]
            except NotRunError:
                continue

    def _as_cause(self, cause: str, answer: Answer) -> Observed:
        error, document = self._contract.errors[cause], self._contract.document
        name = answer.text(document["x-error-members"]["type"]) or error.type
        actions: list[Action] = []
        for path, operation in _operations(self._contract, cause):
            if str(answer.status) not in operation["responses"]:
                as_before = {str(answer.status): operation["responses"][str(error.status)]}
                actions.append({"target": json_path((*path, "responses")), "update": as_before})
                if "x-statuses" in operation:
                    listed = {"x-statuses": {"assumed": [answer.status]}}
                    actions.append({"target": json_path(path), "update": listed})
        if name not in document["x-error-types"]:
            stated = {"x-provenance": {"id": f"errors.type.{name}", "level": "assumed"}}
            actions.append({"target": "$['x-error-types']", "update": {name: stated}})
        told = {"status": answer.status, "type": name}
        actions.append({"target": json_path(("x-errors", cause)), "update": told})
        if error.type != name and [each.type for each in self._contract.errors.values()].count(error.type) == 1:
            actions.append({"target": json_path(("x-error-types", error.type)), "remove": True})
        return Observed(self._statement, f"{answer.status} {name}", actions)

    def _as_type(self, name: str, found: str) -> Observed:
        provenance = {"x-provenance": {"id": self._statement, "level": "assumed"}}
        actions: list[Action] = [
            {"target": json_path(("x-error-types", name)), "remove": True},
            {"target": "$['x-error-types']", "update": {found: provenance}},
            {"target": f"$['x-errors'][?@.type == '{name}']", "update": {"type": found}},
        ]
        member, responses = self._contract.document["x-error-members"]["type"], ("components", "responses")
        for path, node in walk(self._contract.document["components"].get("responses", {})):
            if path[-1:] == ("value",) and node.get(member) == name:  # an example
                actions.append({"target": json_path((*responses, *path)), "update": {member: found}})
        return Observed(self._statement, f"the type is `{found}`", actions)


def _operations(contract: Contract, cause: str) -> Iterator[tuple[Path, Any]]:
    """Those that a cause can happen in, with their places."""
    named = contract.errors[cause].operations
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            if method in METHODS and (named is None or operation["operationId"] in named):
                yield ("paths", path, method), operation
