"""What a change of the contract means to those who rely on it: edits that break, and their opposites that do not."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.lint.breaking import changes_between
from contracts.lint.breaking.changes import Kind
from contracts.spec.document import read, walk
from kordkit import cli
from tests.effort import draws

SHIPPED = read(None)
CREATE = ("paths", "/api/calendar/v1/public/bookings", "post")
LIST = ("paths", "/api/calendar/v1/bookings", "get")
BODY = ("components", "schemas", "CreateBooking")
GONE = object()


def edited(*edits: tuple[tuple[str | int, ...], Any]) -> dict[str, Any]:
    document = deepcopy(SHIPPED)
    for path, value in edits:
        node: Any = document
        for name in path[:-1]:
            node = node[name]
        if value is GONE:
            del node[path[-1]]
        else:
            node[path[-1]] = value
    return document


def at(*path: str | int) -> Any:
    node: Any = SHIPPED
    for name in path:
        node = node[name]
    return node


PARAMETER = {"name": "channel", "in": "query", "schema": {"type": "string"}}

# An edit and its opposite: the one breaks, the other does not.
BREAKING: list[tuple[str, tuple[tuple[str | int, ...], Any], str]] = [
    ("a lower limit", (("x-rate-limits", "policies", "creation", "limit"), 5), "x-rate-limits creation"),
    ("a longer window", (("x-rate-limits", "policies", "creation", "window"), 120), "x-rate-limits creation"),
    (
        "a shorter range",
        (("x-rules", "availability.max_range_days", "value"), 7),
        "x-rules availability.max_range_days",
    ),
    ("a smaller body", (("x-rules", "http.max_body_bytes", "value"), 1024), "x-rules http.max_body_bytes"),
    ("a shorter lifetime", (("x-idempotency", "lifetime"), 60), "x-idempotency lifetime"),
    ("fewer outcomes stored", (("x-idempotency", "stored"), [201]), "x-idempotency stored"),
    ("a new required member", ((*BODY, "required"), [*at(*BODY, "required"), "notes"]), "body.notes"),
    ("a shorter text", ((*BODY, "properties", "notes", "maxLength"), 100), "body.notes"),
    ("another policy", ((*LIST, "x-rate-limit"), [*at(*LIST, "x-rate-limit"), "creation"]), "x-rate-limit"),
    (
        "a new required parameter",
        ((*LIST, "parameters"), [*at(*LIST, "parameters"), {**PARAMETER, "required": True}]),
        "query channel",
    ),
    ("a wider scope", (("x-rate-limits", "policies", "platform-minute", "scope"), "organization"), "platform-minute"),
    ("a smaller page", ((*LIST, "parameters", 5, "schema", "maximum"), 100), "query limit"),
]
BREAKING_BOTH_WAYS: list[tuple[str, tuple[tuple[str | int, ...], Any], str]] = [
    ("another status", (("x-errors", "start_in_past", "status"), 409), "x-errors start_in_past"),
    ("another type", (("x-errors", "start_in_past", "type"), "conflict"), "x-errors start_in_past"),
    ("another algorithm", (("x-rate-limits", "algorithm"), "token-bucket"), "x-rate-limits algorithm"),
    ("another header", (("x-idempotency", "replayed_header"), "Retry-After"), "x-idempotency replayed_header"),
    ("another envelope", (("x-error-members", "detail"), "message"), "x-error-members detail"),
    ("another format", (("components", "schemas", "Slot", "properties", "startsAt", "format"), "date"), "startsAt"),
]
COMPATIBLE: list[tuple[str, tuple[tuple[str | int, ...], Any], str]] = [
    ("a new optional member", ((*BODY, "properties", "color"), {"type": "string"}), "body.color"),
    ("a new optional parameter", ((*LIST, "parameters"), [*at(*LIST, "parameters"), PARAMETER]), "query channel"),
    ("a new member of an answer", (("components", "schemas", "Slot", "properties", "color"), {}), "slots[].color"),
    ("a new operation", (("paths", "/api/calendar/v1/new"), {"get": at(*LIST)}), "GET /api/calendar/v1/new"),
]
EDITORIAL: list[tuple[str, tuple[tuple[str | int, ...], Any], str]] = [
    ("another sentence", (("x-errors", "start_in_past", "detail"), "{field} is over"), "x-errors start_in_past"),
    ("another description", ((*CREATE, "summary"), "Book it"), "/post/summary"),
    ("a page", (("x-errors", "start_in_past", "x-provenance", "level"), "inferred"), "start_in_past/x-provenance"),
]


def names(edits: list[Any]) -> list[str]:
    return [edit[0] for edit in edits]


def kinds_at(old: dict[str, Any], new: dict[str, Any], where: str) -> set[Kind]:
    return {change.kind for change in changes_between(old, new) if where in change.where}


@pytest.mark.parametrize(("name", "edit", "where"), BREAKING, ids=names(BREAKING))
def test_what_takes_something_away_breaks_and_its_opposite_does_not(name: str, edit: Any, where: str) -> None:
    assert kinds_at(SHIPPED, edited(edit), where) == {Kind.BREAKING}
    assert kinds_at(edited(edit), SHIPPED, where) <= {Kind.COMPATIBLE} or name == "a new required parameter"
    assert changes_between(edited(edit), SHIPPED)


@pytest.mark.parametrize(("name", "edit", "where"), BREAKING_BOTH_WAYS, ids=names(BREAKING_BOTH_WAYS))
def test_what_is_otherwise_breaks_both_ways(name: str, edit: Any, where: str) -> None:
    assert kinds_at(SHIPPED, edited(edit), where) == kinds_at(edited(edit), SHIPPED, where) == {Kind.BREAKING}


@pytest.mark.parametrize(("name", "edit", "where"), COMPATIBLE, ids=names(COMPATIBLE))
def test_what_is_new_and_optional_breaks_nothing_until_it_is_gone(name: str, edit: Any, where: str) -> None:
    assert {change.kind for change in changes_between(SHIPPED, edited(edit))} == {Kind.COMPATIBLE}
    assert kinds_at(SHIPPED, edited(edit), where) == {Kind.COMPATIBLE}
    assert kinds_at(edited(edit), SHIPPED, where) == {Kind.BREAKING}


@pytest.mark.parametrize(("name", "edit", "where"), EDITORIAL, ids=names(EDITORIAL))
def test_what_only_reads_otherwise_is_editorial(name: str, edit: Any, where: str) -> None:
    changes = changes_between(SHIPPED, edited(edit))
    assert [(change.kind, where in change.where) for change in changes] == [(Kind.EDITORIAL, True)]


@pytest.mark.parametrize(
    ("type_", "sent", "read_"), [("string", "BREAKING", "BREAKING"), (["number", "null"], "COMPATIBLE", "BREAKING")]
)
def test_who_reads_and_who_sends_see_a_schema_from_two_sides(type_: Any, sent: str, read_: str) -> None:
    def body(kind: Any) -> dict[str, Any]:
        return edited(((*BODY, "properties", "party_size"), {"type": kind}))

    def answer(kind: Any) -> dict[str, Any]:
        return edited((("components", "schemas", "Slot", "properties", "capacity"), {"type": kind}))

    assert kinds_at(body("number"), body(type_), "body.party_size") == {Kind[sent]}
    assert kinds_at(answer("number"), answer(type_), "capacity") == {Kind[read_]}


PATHS = [path for path, node in walk(SHIPPED) if path and path[0] != "x-readings" and node]


@given(st.sampled_from(PATHS), st.data())
@settings(max_examples=draws(60), deadline=None)
def test_no_edit_goes_unseen(path: tuple[str | int, ...], data: st.DataObject) -> None:
    """Whatever scalar of the document is edited, something is said of it; of the same document nothing is."""
    scalars = [name for name, value in at(*path).items() if isinstance(value, str | int) and name != "$ref"]
    if not scalars:
        return
    name = data.draw(st.sampled_from(scalars))
    value = at(*path)[name]
    other = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    assert changes_between(SHIPPED, deepcopy(SHIPPED)) == []
    try:
        changes = changes_between(SHIPPED, edited(((*path, name), other)))
    except (KeyError, AttributeError):  # no contract any more: `Contract.load` refuses it before
        return
    assert changes


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(cli, ["lint", "--breaking", *map(str, words)])


def test_the_command_tells_what_breaks_by_its_exit_code(tmp_path: Path) -> None:
    files = {}
    for name, document in {
        "old": SHIPPED,
        "lower": edited((("x-rate-limits", "policies", "creation", "limit"), 5)),
        "worded": edited((("x-errors", "start_in_past", "detail"), "{field} is over")),
    }.items():
        files[name] = tmp_path / f"{name}.json"
        files[name].write_text(json.dumps(document))
    lowered = run(files["old"], files["lower"])
    assert lowered.exit_code == 1
    assert "breaking    x-rate-limits creation: was 10 in 60 s, is 5 in 60 s\n" in lowered.stdout
    raised, worded, same = (run(*pair) for pair in (
        (files["lower"], files["old"]), (files["old"], files["worded"]), (files["old"], files["old"])
    ))  # fmt: skip
    assert [one.exit_code for one in (raised, worded, same)] == [0, 0, 0]
    assert raised.stdout.startswith("compatible  x-rate-limits creation")
    assert worded.stdout.startswith("editorial   x-errors start_in_past")
    assert (same.stdout, same.stderr) == ("", "no changes\n")


@pytest.mark.parametrize("text", [None, "", "no: contract", "{", "- a\n- b\n"])
def test_a_file_that_is_no_contract_is_an_error_and_never_no_change(text: str | None, tmp_path: Path) -> None:
    file, sound = tmp_path / "file.yaml", tmp_path / "sound.json"
    if text is not None:
        file.write_text(text)
    sound.write_text(json.dumps(SHIPPED))
    for words in ((file, sound), (sound, file), (file, file)):
        ended = run(*words)
        assert ended.exit_code == 2
        assert str(file) in ended.output.replace("\n", " ")


def test_the_two_documents_stand_alone(tmp_path: Path) -> None:
    assert run(tmp_path / "a", tmp_path / "b", "--overlay", "c").exit_code == 2
