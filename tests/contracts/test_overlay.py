"""OpenAPI Overlay 1.0: what its actions do to a document, and what is said of those that cannot be carried out."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.spec.contract import Contract
from contracts.spec.document import read
from contracts.spec.overlay import apply
from contracts.spec.readings import questions_of
from tests.effort import draws

Write = Callable[..., Path]


def amended(document: dict[str, Any], *actions: dict[str, Any]) -> dict[str, Any]:
    apply(document, {"overlay": "1.0.0", "actions": list(actions)}, "amend.yaml")
    return document


def test_an_update_is_merged_into_the_object_it_targets() -> None:
    before = {"info": {"title": "A", "contact": {"name": "B", "url": "C"}}}
    after = amended(before, {"target": "$.info", "update": {"contact": {"name": "D"}, "version": "2"}})
    assert after == {"info": {"title": "A", "contact": {"name": "D", "url": "C"}, "version": "2"}}


def test_an_update_of_another_kind_takes_the_place_of_what_was_there() -> None:
    before = {"a": {"number": 1, "object": {"x": 1}, "list": [1]}}
    update = {"number": 2, "object": "text", "list": None}
    assert amended(before, {"target": "$.a", "update": update}) == {"a": update}


def test_an_update_is_appended_to_the_list_it_targets() -> None:
    assert amended({"tags": ["a"]}, {"target": "$.tags", "update": "b"}) == {"tags": ["a", "b"]}
    assert amended({"tags": ["a"]}, {"target": "$.tags", "update": {"name": "b"}}) == {"tags": ["a", {"name": "b"}]}


def test_a_list_within_an_update_is_appended_too() -> None:
    assert amended({"a": {"tags": ["x"]}}, {"target": "$.a", "update": {"tags": ["y"]}}) == {"a": {"tags": ["x", "y"]}}


def test_every_match_is_updated_and_each_gets_a_copy_of_its_own() -> None:
    after = amended(
        {"a": {}, "b": {}},
        {"target": "$.*", "update": {"x": {"y": 1}}},
        {"target": "$.a.x", "update": {"y": 2}},
    )
    assert after == {"a": {"x": {"y": 2}}, "b": {"x": {"y": 1}}}


def test_a_filter_chooses_what_is_updated() -> None:
    before = {"x-errors": {"a": {"type": "old"}, "b": {"type": "other"}, "c": {"type": "old"}}}
    after = amended(before, {"target": "$['x-errors'][?@.type=='old']", "update": {"type": "new"}})
    assert [error["type"] for error in after["x-errors"].values()] == ["new", "other", "new"]


def test_members_of_objects_are_removed() -> None:
    assert amended({"a": {"b": 1, "c": 2}}, {"target": "$.a.b", "remove": True}) == {"a": {"c": 2}}


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("$.a[0]", [1, 2, 3, 4]),
        ("$.a[-1]", [0, 1, 2, 3]),
        ("$.a[1:4]", [0, 4]),
        ("$.a[0,2]", [1, 3, 4]),
        ("$.a[2,0]", [1, 3, 4]),
        ("$.a[1,1]", [0, 2, 3, 4]),
        ("$.a[?@>2]", [0, 1, 2]),
        ("$.a[*]", []),
    ],
)
def test_several_members_of_a_list_are_removed_at_once(target: str, left: list[int]) -> None:
    assert amended({"a": [0, 1, 2, 3, 4]}, {"target": target, "remove": True}) == {"a": left}


def test_what_lies_within_another_match_is_removed_with_it() -> None:
    before = {"x": {"x": {"x": 1}}, "y": [{"x": 2, "z": 3}]}
    assert amended(before, {"target": "$..x", "remove": True}) == {"y": [{"z": 3}]}


def test_names_that_a_schema_holds_once_are_not_added_twice() -> None:
    before = {"s": {"type": ["integer", "null"], "required": ["a"], "examples": [1]}}
    update = {"type": ["null", "string"], "required": ["a", "b"], "examples": [1]}
    after = amended(before, {"target": "$.s", "update": update})
    assert after == {"s": {"type": ["integer", "null", "string"], "required": ["a", "b"], "examples": [1, 1]}}


def test_remove_wins_over_update() -> None:
    assert amended({"a": {"b": 1}, "c": 2}, {"target": "$.a", "update": {"d": 3}, "remove": True}) == {"c": 2}


def test_actions_are_carried_out_in_their_order() -> None:
    remove, update = {"target": "$.a.b", "remove": True}, {"target": "$.a", "update": {"b": 2}}
    assert amended({"a": {"b": 1}}, remove, update) == {"a": {"b": 2}}
    assert amended({"a": {"b": 1}}, update, remove) == {"a": {}}


def test_several_overlays_are_applied_in_their_order(write: Write) -> None:
    def overlay(name: str, *actions: dict[str, Any]) -> Path:
        return write({"overlay": "1.0.0", "info": {"title": name, "version": "1"}, "actions": list(actions)}, name)

    first = overlay("first.yaml", {"target": "$.info", "update": {"title": "First", "x-by": ["first"]}})
    second = overlay("second.yaml", {"target": "$.info", "update": {"title": "Second", "x-by": ["second"]}})
    assert read(None, [first, second])["info"]["title"] == "Second"
    assert read(None, [first, second])["info"]["x-by"] == ["first", "second"]
    assert read(None, [second, first])["info"]["title"] == "First"


def documented_at(write: Write, url: str) -> Contract:
    action = {"target": "$", "update": {"externalDocs": {"url": url}}}
    overlay = {"overlay": "1.0.0", "info": {"title": "Where", "version": "1"}, "actions": [action]}
    return Contract.load(None, [write(overlay, "o.yaml")])


@pytest.mark.parametrize("url", ["https://docs.example.com/kordless", "https://docs.example.com/kordless/"])
def test_whoever_knows_the_host_of_the_documentation_says_it_once(write: Write, url: str) -> None:
    shipped, amended = Contract.load().statements, documented_at(write, url).statements
    assert shipped["errors.404"].page == "/api/errors"
    assert amended["errors.404"].page == "https://docs.example.com/kordless/api/errors"
    assert [statement for statement, provenance in amended.items() if provenance.page is None] == [
        statement for statement, provenance in shipped.items() if provenance.page is None
    ]


@pytest.mark.parametrize(
    "url", ["docs.example.com", "javascript:alert(1)", 'https://x.example/" onclick="x', "ftp://x"]
)
def test_an_address_that_is_none_is_refused(write: Write, url: str) -> None:
    with pytest.raises(ContractError, match="externalDocs"):
        documented_at(write, url)


def test_what_two_places_share_by_an_anchor_is_amended_in_one_of_them(write: Write) -> None:
    contract = write("openapi: 3.1.0\na: &shared {x: 1, list: [1]}\nb: *shared\n")
    overlay = write({"overlay": "1.0.0", "actions": [{"target": "$.b", "update": {"x": 2, "list": [2]}}]}, "o.yaml")
    amended = read(contract, [overlay])
    assert (amended["a"], amended["b"]) == ({"x": 1, "list": [1]}, {"x": 2, "list": [1, 2]})


@pytest.mark.parametrize(
    ("overlay", "sentence"),
    [
        ({}, "amend.yaml is not an OpenAPI Overlay: its first member must be `overlay: 1.0.0`"),
        ({"overlay": "2.0.0", "actions": []}, "amend.yaml is not an OpenAPI Overlay: its first member must be"),
        ({"overlay": "1.0.0"}, "amend.yaml has no `actions`"),
        ({"overlay": "1.0.0", "actions": []}, "amend.yaml has no `actions`"),
        ({"overlay": "1.0.0", "actions": ["x"]}, "amend.yaml, action 1: `target` is missing"),
        ({"overlay": "1.0.0", "actions": [{"update": {}}]}, "amend.yaml, action 1: `target` is missing"),
    ],
)
def test_what_is_no_overlay_is_told_in_one_sentence(overlay: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ContractError) as caught:
        apply({"a": {}}, overlay, "amend.yaml")
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"target": "$.a"}, "neither `update` nor `remove: true`"),
        ({"target": "$.a", "remove": False}, "neither `update` nor `remove: true`"),
        ({"target": "$[", "remove": True}, "$[ is not a JSONPath: "),
        ({"target": "$.nowhere", "update": {}}, "$.nowhere matches nothing in the contract"),
        (
            {"target": "$.a.n", "update": 2},
            "`target` must select objects or lists, and an object is updated by an object",
        ),
        (
            {"target": "$.a", "update": 2},
            "`target` must select objects or lists, and an object is updated by an object",
        ),
        ({"target": "$", "remove": True}, "the whole document cannot be removed"),
    ],
)
def test_an_action_that_cannot_be_carried_out_is_told_with_file_and_number(
    action: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ContractError) as caught:
        amended({"a": {"n": 1}}, {"target": "$.a", "update": {"m": 1}}, action)
    assert str(caught.value).startswith(f"amend.yaml, action 2: {sentence}")
    assert "\n" not in str(caught.value)


def test_an_overlay_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    with pytest.raises(ContractError, match=r"missing\.yaml cannot be read: No such file"):
        read(None, [missing])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_TARGET = st.text(alphabet="$.[]*'abc@?=!<>&|()012:,- ", max_size=14) | _JSON


@settings(max_examples=draws(300), deadline=None)
@given(target=_TARGET, update=_JSON, remove=_JSON)
def test_any_other_action_is_carried_out_or_is_a_contract_error(target: Any, update: Any, remove: Any) -> None:
    document: dict[str, Any] = {"a": {"b": [1, {"c": 2}], "c": {"a": "x"}}, "b": [[1], [2]]}
    with suppress(ContractError):
        amended(document, {"target": target, "update": update, "remove": remove})


def test_a_shallow_copy_is_amended_alone() -> None:
    document = read(None)
    for question in questions_of(document).values():
        for answer in question.answers.values():
            copied = dict(document)
            apply(copied, {"overlay": "1.0.0", "actions": answer.actions}, f"{question.id}={answer.name}")
            assert copied != document
    assert document == read(None)
