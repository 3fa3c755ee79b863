"""Each mutant breaks what it says it breaks, and nothing that another scenario of its topic looks at."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import mockserver.mutants as package
from contracts.spec.contract import Contract
from mockserver.mutants import MUTANTS, UnknownMutantError, find
from mockserver.parts import STANDARD, Parts
from tests.mockserver.mutant_server import SALON, Case, Server

TOPICS = {
    path.stem: import_module(f"tests.mockserver.scenarios.{path.stem}")
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.py"))
}
CASES: Mapping[str, Case] = {name: case for topic in TOPICS.values() for name, case in topic.CASES.items()}
TOPIC_OF = {name: topic for topic in TOPICS.values() for name in topic.CASES}


@cache
def contract() -> Contract:
    return Contract.load()


def test_every_mutant_has_its_scenario() -> None:
    assert sorted(CASES) == sorted(MUTANTS)
    assert len(CASES) == sum(len(topic.CASES) for topic in TOPICS.values())


@pytest.mark.parametrize("name", CASES)
def test_a_mutant_does_what_it_says_and_the_clean_mock_does_not(name: str) -> None:
    scenario, right, wrong = CASES[name]
    assert scenario(Server(STANDARD)) == right
    assert scenario(Server(find(name).apply(STANDARD))) == wrong
    assert right != wrong


@pytest.mark.parametrize("name", [name for name, topic in TOPIC_OF.items() if hasattr(topic, "IMPLIED")])
def test_a_mutant_keeps_what_the_others_of_its_topic_break(name: str) -> None:
    """But for the statements that cannot be kept without its own, which `IMPLIED` of its topic lists.

    The topic of whole operations has none: without its operation hardly anything is kept.
    """
    topic, server = TOPIC_OF[name], Server(find(name).apply(STANDARD))
    broken = {MUTANTS[other].statement for other, case in topic.CASES.items() if not keeps(server, case)}
    assert broken - {MUTANTS[name].statement} == topic.IMPLIED.get(name, set())


def keeps(server: Server, case: Case) -> bool:
    server.begin_anew()
    try:
        return case.scenario(server) == case.right
    except (KeyError, StopIteration, TypeError):  # an answer without what the scenario goes on with
        return False


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_alive(name: str) -> None:
    server = Server(find(name).apply(STANDARD))
    assert server.control("GET", "health")["status"] == "ok"
    assert server.get(SALON).status_code < 500


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_replaces_one_part_and_names_a_statement_of_the_contract(name: str) -> None:
    mutant = MUTANTS[name]
    changed = mutant.apply(STANDARD)
    parts = [part for part in Parts.__dataclass_fields__ if getattr(changed, part) is not getattr(STANDARD, part)]
    assert len(parts) == 1
    assert mutant.statement in contract().statements
    assert re.fullmatch("[a-z]+(-[a-z]+)+", mutant.name)
    assert re.fullmatch(r"[A-Z].{10,90}\.", mutant.title)


def test_no_two_mutants_share_a_name_or_say_the_same() -> None:
    all_of_them = [mutant for topic in package._TOPICS for mutant in topic.MUTANTS]
    assert len({mutant.name for mutant in all_of_them}) == len(all_of_them) >= 10
    assert len({mutant.title for mutant in all_of_them}) == len(all_of_them)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("allow-mising", 'there is no mutant "allow-mising"; did you mean "allow-missing"?'),
        ("x", 'there is no mutant "x"'),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(UnknownMutantError) as raised:
        find(name)
    assert str(raised.value) == sentence
