"""Property tests: Schemathesis against the contract, with data that the target knows.

properties.<operationId>   its examples, what its schema spells out, and what can be generated from it
properties.links           sequences of requests along the links that the contract declares
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from contracts.rules.rule import PLATFORM, READS, WRITES, Need, Rule
from contracts.spec import Contract, Operation

if TYPE_CHECKING:
    from contracts.check import Check
    from contracts.properties.engine import Plan
    from contracts.properties.session import Session

MOST = 300  # requests for an operation
MOST_ON_LINKS = 500
SURVEY = 30


def property_rules(contract: Contract, seed: int) -> Sequence[Rule]:
    return list(_rules(contract, seed))


def _rules(contract: Contract, seed: int) -> Iterator[Rule]:
    for operation in contract.operations.values():
        yield Rule(
            f"properties.{operation.id}",
            operation.provenance.id,
            f"{operation.id} keeps the contract, whatever is sent",
            partial(_operation, operation.id, seed),
            _needs(operation),
            requests=MOST + SURVEY,
        )
    yield Rule(
        "properties.links",
        contract.operations["createBooking"].provenance.id,
        "Whoever follows the links of the contract gets where they lead",
        partial(_links, seed),
        WRITES,
        requests=MOST_ON_LINKS + SURVEY,
    )


def _needs(operation: Operation) -> frozenset[Need]:
    if operation.key_kind == "platform":
        return PLATFORM
    return READS if operation.key_kind == "public" and operation.method == "GET" else WRITES


def _operation(operation: str, seed: int, check: Check) -> None:
    from contracts.properties.engine import Plan  # Schemathesis takes a second to import

    _ask(check, Plan(("examples", "coverage", "fuzzing"), MOST, [operation]), seed)


def _links(seed: int, check: Check) -> None:
    from contracts.properties.engine import CHAINS, Plan

    _ask(check, Plan(("stateful",), MOST_ON_LINKS, fuzzed=CHAINS), seed)


def _ask(check: Check, plan: Plan, seed: int) -> None:
    from contracts.properties.engine import run

    now = _session(check)
    now.survey()
    if check.target.may_write:
        now.book()
    found = run(check, plan, seed, now)
    if found:
        raise ExceptionGroup("statements are broken", found)


def _session(check: Check) -> Session:
    from contracts.properties.session import Session

    now: Session = check.once("properties", lambda: Session(check))
    return now
