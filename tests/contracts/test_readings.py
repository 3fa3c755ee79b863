"""Readings: other answers to what the documentation leaves open, drawn, spelled out, and laid over the contract."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.lint import lint, lint_readings
from contracts.spec.contract import Contract
from contracts.spec.document import read, walk
from contracts.spec.readings import Reading, drawn, overlay_of, questions_of, read_under, reading_of
from kordkit import cli
from tests.effort import draws, every_sixth

QUESTIONS = questions_of(read(None))
ANSWERS = [f"{question.id}={answer}" for question in QUESTIONS.values() for answer in question.answers]
STATEMENTS = Contract.load().statements


def run(*words: str) -> Any:
    return CliRunner().invoke(cli, ["readings", *words])


def with_readings(readings: dict[str, Any]) -> dict[str, Any]:
    return read(None) | {"x-readings": readings}


def answer(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"summary": "otherwise", "actions": list(actions)}


def test_reading_0_is_the_contract_as_shipped() -> None:
    document, reading = read_under("0")
    assert (document, reading) == (read(None), Reading(0, {}))


@given(st.integers(1, 10**9))
@settings(max_examples=draws(30), deadline=None)
def test_a_number_draws_the_same_reading_every_time_and_leaves_a_sound_contract(number: int) -> None:
    reading = drawn(QUESTIONS, number)
    assert reading == reading_of(QUESTIONS, str(number))
    assert reading.answers
    for question, chosen in reading.answers.items():
        assert chosen in QUESTIONS[question].answers
    document, found = read_under(str(number))
    assert found == reading
    stated = Contract.of(document).statements
    assert stated.items() <= STATEMENTS.items()
    gone = {STATEMENTS[name].level for name in STATEMENTS.keys() - stated.keys()}
    assert gone <= {"assumed", "inferred"}


def test_every_answer_is_drawn_by_some_number_and_so_is_that_of_the_contract() -> None:
    seen = {(name, drawn(QUESTIONS, number).answers.get(name)) for number in range(1, 200) for name in QUESTIONS}
    assert seen == {(q.id, answer) for q in QUESTIONS.values() for answer in (None, *q.answers)}


def test_what_a_number_draws_for_a_question_does_not_depend_on_the_other_questions() -> None:
    few = dict(list(QUESTIONS.items())[3:5])
    for number in range(1, 20):
        everything = drawn(QUESTIONS, number).answers
        assert drawn(few, number).answers == {name: everything[name] for name in few if name in everything}


@pytest.mark.parametrize("spelled", every_sixth(ANSWERS))
def test_a_contract_under_an_answer_is_sound_and_an_answer_is_its_overlay(spelled: str, tmp_path: Path) -> None:
    document, reading = read_under(spelled)
    assert (str(reading), reading.number) == (spelled, None)
    assert lint(document) == []
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(overlay_of(QUESTIONS, reading)))
    assert read(None, [overlay]) == document != read(None)


def test_every_answer_is_lawful() -> None:
    """Of a sixth of the questions: `make contract` asks `kordkit lint` of all of them, beside the tests."""
    questions = every_sixth(list(read(None)["x-readings"].items()))
    assert lint_readings(with_readings(dict(questions))) == []


def test_whoever_follows_every_reference_of_the_shipped_contract_arrives() -> None:
    """Other tools do, those in extensions too."""
    document = read(None)
    references = [node["$ref"] for _, node in walk(document) if "$ref" in node]
    assert any(reference.startswith("#/components/headers/") for reference in references)
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]


def test_what_an_answer_takes_away_is_no_question_any_more() -> None:
    document, _ = read_under("limits.verification=none")
    assert list(questions_of(document, amended=True)) == [name for name in QUESTIONS if name != "limits.verification"]
    with pytest.raises(ContractError, match=r"there is no statement limits\.verification"):
        questions_of(document)


def test_several_answers_are_given_in_the_order_of_the_questions() -> None:
    wanted = "errors.type.conflict=conflict_error, errors.409.party_too_large=422"
    assert list(reading_of(QUESTIONS, wanted).answers) == ["errors.409.party_too_large", "errors.type.conflict"]


def test_an_overlay_of_the_users_amends_what_a_reading_says(tmp_path: Path) -> None:
    known_better = tmp_path / "known-better.yaml"
    actions = [{"target": "$['x-idempotency']", "update": {"lifetime": 60}}]
    known_better.write_text(yaml.safe_dump({"overlay": "1.0.0", "actions": actions}))
    contract = Contract.load(None, [known_better], "idempotency.lifetime=a-week")
    assert contract.idempotency.lifetime == 60
    assert contract.reading.answers == {"idempotency.lifetime": "a-week"}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("", "neither a number nor STATEMENT=ANSWER"),
        ("-1", "neither a number nor STATEMENT=ANSWER"),
        ("¹", "neither a number nor STATEMENT=ANSWER"),
        ("limits.algorithm", "neither a number nor STATEMENT=ANSWER"),
        ("limits.algorithms=token-bucket", "there is no open question limits.algorithms"),
        ("limits.algorithm=leaky-bucket", "limits.algorithm has no other answer leaky-bucket: it has sliding"),
    ],
)
def test_what_is_no_reading_is_said_in_a_sentence(wish: str, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        reading_of(QUESTIONS, wish)
    shown = run("show", "--", wish)
    assert (shown.exit_code, said in shown.output) == (2, True)


UPDATE_RULE = {"target": "$['x-rules']['time.years']", "update": {"value": {"first": 1, "last": 9998}}}


@pytest.mark.parametrize(
    ("readings", "trouble"),
    [
        ({"time.never": {"a": answer(UPDATE_RULE)}}, "there is no statement time.never"),
        ({"time.years": {"assumed": "only"}}, "there is no other answer"),
        ({"errors.400": {"a": answer(UPDATE_RULE)}}, "what is documented is no open question"),
        ({"time.years": {"a": answer({"target": "$.nothing", "remove": True})}}, "$.nothing matches nothing"),
        (
            {"time.years": {"a": answer({"target": "$['x-rate-limits'].policies.verification", "remove": True})}},
            "names the policy verification, which x-rate-limits does not have",
        ),
        (
            {"time.years": {"a": answer({"target": "$['x-errors'].missing_key", "update": {"status": 403}})}},
            "errors.401.missing is documented, and changed by it",
        ),
        (
            {"time.years": {"a": answer({"target": "$.components.schemas.Booking.required[0]", "remove": True})}},
            "is documented, and changed by it",
        ),
    ],
)
def test_lint_finds_the_answers_that_are_none(readings: dict[str, Any], trouble: str) -> None:
    document = with_readings(readings)
    assert lint(document) == []
    assert [finding for finding in lint_readings(document) if trouble in finding.trouble]


def test_lint_knows_the_form_of_readings() -> None:
    for malformed in ({"a": {"summary": "no actions"}}, {}, {"a,b": answer(UPDATE_RULE)}):
        assert [f.where for f in lint(with_readings({"time.years": malformed})) if "x-readings" in f.where], malformed


def test_the_command_lists_every_question_with_its_answers() -> None:
    plain, bare, as_json = run("list"), run(), run("list", "--json")
    assert plain.output == bare.output
    listed = yaml.safe_load(as_json.stdout)
    assert [question["statement"] for question in listed] == list(QUESTIONS)
    for question in listed:
        assert question.keys() == {"statement", "level", "page", "assumed", "answers"}
        assert question["level"] in {"assumed", "inferred"}
        for name, summary in question["answers"].items():
            assert f"  {name}: {summary}\n" in plain.output


def test_the_command_shows_a_reading_as_an_overlay_and_nothing_else(tmp_path: Path) -> None:
    for wish in ("0", "7", "limits.algorithm=token-bucket"):
        overlay = tmp_path / "overlay.yaml"
        overlay.write_text(run("show", wish).stdout)
        assert read(None, [overlay]) == read_under(wish)[0]
