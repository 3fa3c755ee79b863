"""Property tests: Schemathesis against the contract, with data that the target knows.

properties.<operationId>   its examples, what its schema spells out, and what can be generated from it
properties.links           sequences of requests along the links that the contract declares
"""

from collections.abc import Iterator, Sequence
from functools import partial

from contracts.harness.check import Check
from contracts.properties import data
from contracts.properties.plan import Plan
from contracts.properties.session import Session
from contracts.rules.rule import PLATFORM, READS, WRITES, Need, Rule
from contracts.spec.contract import Contract, Operation

# Requests at most. What a schema spells out decides how many an operation takes: more for a body with many members.
SURVEY = 30
MOST_OF_ONE = 300
MOST_ON_LINKS = 600
# What is drawn takes most of a check's time, and twice as much of it reached no other status or type of error.
FUZZED_EACH, MOST_FUZZED = 5, 20  # for each parameter and member that an operation has, and for one operation
CHAINS, SHORT_CHAINS = 15, 5  # sequences of requests along all links, and along those among what can be read


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
            requests=SURVEY + MOST_OF_ONE,
            elastic=True,
        )
    reading = [operation.id for operation in contract.operations.values() if _needs(operation) == READS]
    for name, needs, operations in (("reading-links", READS, reading), ("booking-links", WRITES, None)):
        yield Rule(
            f"properties.{name}",
            contract.operations[operations[0] if operations else "createBooking"].provenance.id,
            f"The links of the contract lead where they say: {name.partition('-')[0]}",
            partial(_links, operations, seed),
            needs,
            requests=SURVEY + MOST_ON_LINKS,
            elastic=True,
        )


def _needs(operation: Operation) -> frozenset[Need]:
    if operation.key_kind == "platform":
        return PLATFORM
    return READS if operation.key_kind == "public" and operation.method == "GET" else WRITES


def _operation(operation: str, seed: int, check: Check) -> None:
    fuzzed = min(FUZZED_EACH * len(data.schemas(check.contract, operation)), MOST_FUZZED)
    _ask(check, Plan(("examples", "coverage", "fuzzing"), MOST_OF_ONE, [operation], fuzzed), seed)


def _links(operations: Sequence[str] | None, seed: int, check: Check) -> None:
    _ask(check, Plan(("stateful",), MOST_ON_LINKS, operations, CHAINS if operations is None else SHORT_CHAINS), seed)


def _ask(check: Check, plan: Plan, seed: int) -> None:
    from contracts.properties.engine import run  # Schemathesis takes a second to import

    now = _session(check)
    now.survey()
    if check.target.may_write:
        now.book()
    if found := run(check, plan, seed, now):
        raise ExceptionGroup("broken statements", found)


def _session(check: Check) -> Session:
    now: Session = check.once("properties", lambda: Session(check), by_contract=True)
    return now
