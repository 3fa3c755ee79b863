"""What the rules are worth: each finds the mock that breaks its statement, and nothing wrong in the one that doesn't.

Statement by statement: every mutant of a statement is killed by a finding that names the statement, and every rule of
the statement finds at least one of them. A mutant is asked the rules of its statement, with what these build on, then
more and more, up to every rule, until a finding names it: that may be one of a rule of another statement.
`python tests/contracts/checks/matrix.py` asks each mutant every rule and prints who kills whom.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.mutants import MUTANTS, Mutant
from tests.contracts.checks.in_process import CONTRACT, RULES, Outcome, checked
from tests.effort import draws

RULED = {rule.statement for rule in RULES}
# What looks at all answers is given those of these topics, in which every operation answers.
OF_ALL = {rule.statement for rule in RULES if rule.of_all}
TOPICS = ["organization", "self_service", "availability", "bookings", "platform"]
# Topics whose rules name the statements of others.
ELSEWHERE = ["told", "charges", "each_cost", "limit_headers", "served"]

MUTANTS_OF: dict[str, list[Mutant]] = defaultdict(list)
for _mutant in MUTANTS.values():
    MUTANTS_OF[_mutant.statement].append(_mutant)


@pytest.mark.parametrize("statement", sorted(RULED | set(MUTANTS_OF)))
def test_a_broken_statement_is_found_by_each_of_its_rules(statement: str, tmp_path: Path) -> None:
    found: dict[str, set[str]] = {}
    for mutant in MUTANTS_OF[statement]:
        for outcome in asked(mutant, tmp_path):
            if statement in outcome.statements:
                break
        else:
            pytest.fail(f"{mutant.name} lives: found were {sorted(outcome.statements)}")
        found[mutant.name] = outcome.broken
    for rule in RULES:
        if rule.statement == statement:
            assert any(rule.id in broken for broken in found.values()), f"{rule.id} is killed by none of {list(found)}"


def asked(mutant: Mutant, folder: Path) -> Iterator[Outcome]:
    """Of more and more rules, at last of every one."""
    ledger, statement = folder / f"{mutant.name}.jsonl", mutant.statement
    own = [statement] if statement in RULED else []
    if own:
        yield checked(ledger, mutant, only=[*own, *(TOPICS if statement in OF_ALL else ())])
    yield checked(ledger, mutant, only=[*own, *ELSEWHERE])
    yield checked(ledger, mutant)


@pytest.mark.parametrize("seed", range(draws(20)))
def test_the_mock_keeps_every_statement(seed: int, tmp_path: Path) -> None:
    outcome = checked(tmp_path / "ledger.jsonl", seed=seed)
    assert [(finding.rule, finding.sentence) for finding in outcome.run.findings] == []
    not_run = {rule.id: rule.reason for rule in outcome.run.results.values() if rule.outcome == "not run"}
    assert not_run == {}


def test_there_are_more_than_a_hundred_statements_with_rules() -> None:
    assert len(RULED) >= 100


def test_every_rule_names_a_statement_of_the_contract_and_has_an_id_of_its_own() -> None:
    assert set(CONTRACT.statements) >= RULED
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_every_documented_statement_has_a_rule_or_a_reason_why_none_can_be() -> None:
    documented = {name for name, provenance in CONTRACT.statements.items() if provenance.level == "documented"}
    assert documented - RULED == set(CONTRACT.untested)
