"""Each mutant breaks what it says it breaks, and nothing that another scenario of its topic looks at."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import mockserver.mutants as package
from contracts.spec.contract import Contract
from mockserver.mutants import MUTANTS, UnknownMutantError, find
from mockserver.parts import STANDARD, Parts
from mockserver.settings import Settings
from mockserver.wiring import Unusable, build
from tests.effort import every
from tests.mockserver.mutant_server import API, SALON, Case, Server

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


@pytest.fixture(scope="module")
def clean_server() -> Server:
    return Server()


@pytest.fixture
def clean(clean_server: Server) -> Server:
    clean_server.begin_anew()
    return clean_server


@pytest.fixture(scope="module")
def mutated_server(request: pytest.FixtureRequest) -> Server:
    """The tests of a mutant are run one after another, so it is built once."""
    return Server(find(request.param))


@pytest.fixture
def mutated(mutated_server: Server) -> Iterator[Server]:
    yield mutated_server
    mutated_server.begin_anew()


def of_each(names: Iterable[str]) -> pytest.MarkDecorator:
    pairs = [pytest.param(name, name, id=name) for name in names]
    return pytest.mark.parametrize(("name", "mutated_server"), pairs, indirect=["mutated_server"], scope="module")


@of_each(CASES)
def test_a_mutant_does_what_it_says_and_the_clean_mock_does_not(name: str, clean: Server, mutated: Server) -> None:
    scenario, right, wrong = CASES[name]
    assert scenario(clean) == right
    assert scenario(mutated) == wrong
    assert right != wrong


@of_each(every(2, [name for name, topic in TOPIC_OF.items() if hasattr(topic, "IMPLIED")]))
def test_a_mutant_keeps_what_the_others_of_its_topic_break(name: str, mutated: Server) -> None:
    """But for the statements that cannot be kept without its own, which `IMPLIED` of its topic lists.

    The topic of whole operations has none: without its operation hardly anything is kept.
    """
    topic = TOPIC_OF[name]
    broken = {MUTANTS[other].statement for other, case in topic.CASES.items() if not keeps(mutated, case)}
    assert broken - {MUTANTS[name].statement} == topic.IMPLIED.get(name, set())


def keeps(server: Server, case: Case) -> bool:
    server.begin_anew()
    try:
        return case.scenario(server) == case.right
    except (KeyError, StopIteration, TypeError):  # an answer without what the scenario goes on with
        return False


@of_each(MUTANTS)
def test_a_mutant_is_alive(name: str, mutated: Server) -> None:
    assert mutated.control("GET", "health")["status"] == "ok"
    assert mutated.get(SALON).status_code < 500


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_replaces_one_part_and_names_a_statement_of_the_contract(name: str) -> None:
    mutant = MUTANTS[name]
    changed = mutant.apply(STANDARD)
    parts = [part for part in Parts.__dataclass_fields__ if getattr(changed, part) is not getattr(STANDARD, part)]
    assert len(parts) == 1
    assert mutant.statement in contract().statements
    assert re.fullmatch("[a-z]+(-[a-z]+)+", mutant.name)
    assert re.fullmatch(r"[A-Z].{10,90}\.", mutant.title)


def amends(name: str) -> bool:
    return bool(find(name).apply(STANDARD).amendments)


def test_what_the_contract_says_in_so_many_words_is_broken_by_an_overlay() -> None:
    assert sum(amends(name) for name in MUTANTS) >= 70


@pytest.mark.parametrize("name", [name for name in MUTANTS if amends(name)])
def test_an_amended_mock_promises_what_the_clean_one_does(name: str) -> None:
    built = build(Settings(), parts=find(name).apply(STANDARD))
    assert built.app.test_client().get("/_mock/openapi.json").json == contract().document


def test_a_mutant_amends_the_contract_that_an_overlay_of_the_user_has_amended(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        """
        overlay: 1.0.0
        info: {title: another limit, version: "1"}
        actions: [{target: "$['x-rate-limits'].policies.public-general", update: {limit: 7}}]
        """
    )
    built = build(Settings(overlays=[overlay], now=0), parts=find("limit-header-renamed").apply(STANDARD))
    key = next(key.value for key in built.dataset.keys if key.record.id == "key_acme_public")
    headers = built.app.test_client().get(f"{API}/{SALON}", headers={"x-kordless-key": key}).headers
    assert headers["RateLimit-Limit"] == "7"
    assert "X-RateLimit-Limit" not in headers


def test_a_mutant_that_finds_nothing_to_amend_is_told_of(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        """
        overlay: 1.0.0
        info: {title: notes of any length, version: "1"}
        actions: [{target: $.components.schemas.Notes.maxLength, remove: true}]
        """
    )
    with pytest.raises(Unusable, match=r"the mutant, action 1: .*Notes.maxLength matches nothing in the contract"):
        build(Settings(overlays=[overlay]), parts=find("long-notes-accepted").apply(STANDARD))


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
