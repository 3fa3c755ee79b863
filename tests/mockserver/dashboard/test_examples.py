"""Examples as four languages write them: whatever a dataset holds, what is run is what was meant.

That each of them works at a mock is tested where the pages are (test_contract_page.py).
"""

import ast
import json
import shlex
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.spec.contract import Contract
from mockserver.web.dashboard.examples import Filling, Keys, example_of, written
from mockserver.web.dashboard.literals import JAVASCRIPT, PYTHON, RUBY, Variable, shell_header, shell_word
from mockserver.web.dashboard.reference import Reference
from mockserver.wiring.reference import reference_of
from tests.effort import draws

KEYS = Keys("x-kordless-key", "KORDLESS_API_KEY")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
HOSTILE = ['"; rm -rf /; "', "'$(id)'", "`id`", "#{`id`}", "#$0", "${HOME}", "\\", "\u2028", "é\n\t\0\x7f", "</script>"]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return reference_of(Contract.load())


@settings(max_examples=draws(300), deadline=None)
@given(VALUES)
def test_python_and_the_shell_read_what_was_written(value: Any) -> None:
    assert ast.literal_eval(PYTHON.write(value)) == value
    text = json.dumps(value, ensure_ascii=False)
    assert shlex.split(shell_word(text)) == [text]


@pytest.mark.parametrize(
    ("program", "language", "ending"),
    [
        ("node", JAVASCRIPT, "process.stdout.write(JSON.stringify(value))"),
        ("ruby", RUBY, 'require "json"; print JSON.generate(value)'),
    ],
)
def test_javascript_and_ruby_read_what_was_written(program: str, language: Any, ending: str) -> None:
    value = {text: [text, None, True, 1.5, {"in": text}] for text in HOSTILE}
    source = f"{'const ' if program == 'node' else ''}value = {language.write(value)}\n{ending}\n"
    done = subprocess.run([program, "-"], input=source.encode(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == value


def test_keys_are_taken_from_the_environment_by_each_language() -> None:
    key = Variable("KEY")
    assert PYTHON.write({"x": key}, 0).count('os.environ["KEY"]') == 1
    assert "process.env.KEY" in JAVASCRIPT.write([key])
    assert 'ENV.fetch("KEY")' in RUBY.write([key])
    assert shell_header("x-key", key) == '"x-key: $KEY"'


def test_an_example_has_the_world_s_own_values_and_the_contract_s_where_there_is_none(reference: Reference) -> None:
    filling = Filling({"confirmation_number": "BOOK_A/B", "contact": "a+b@example.com"}, {"start_at": "then"})
    made = example_of(reference.operations["rescheduleBooking"], filling, KEYS, "http://localhost:1/w/me")
    assert made.url == (
        "http://localhost:1/w/me/api/calendar/v1/public/bookings/confirmation/BOOK_A%2FB/reschedule"
        "?contact=a%2Bb%40example.com"
    )
    assert made.body["start_at"] == "then"
    assert made.body["end_at"] == "2025-12-04T17:00:00Z"
    assert made.headers == {"Content-Type": "application/json"}


def test_each_surface_has_its_key(reference: Reference) -> None:
    def key_of(id: str) -> Any:
        return example_of(reference.operations[id], Filling({}, {}), KEYS, "").headers.get(KEYS.header)

    assert key_of("getService") == Variable("KORDLESS_API_KEY")
    assert key_of("listBookings") == Variable("KORDKIT_PLATFORM_KEY")
    assert key_of("lookupBooking") is None


def test_no_example_holds_a_key_or_an_optional_parameter_that_nobody_asked_for(reference: Reference) -> None:
    for operation in reference.operations.values():
        for each in written(example_of(operation, Filling({}, {}), KEYS, "http://localhost:1")):
            assert "kord_" not in each.code
            assert "partySize" not in each.code
            assert "cursor" not in each.code
