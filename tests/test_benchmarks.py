"""What the benchmarks write, and where; what they measure is not judged here."""

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import SUITES
from benchmarks.peers.requests import REPLAY, REQUESTS
from benchmarks.plot import bars
from benchmarks.report import PAGE, Section, put, table
from benchmarks.steps import measure


def test_each_benchmark_has_its_place_in_the_page() -> None:
    """The dashboard's is measured by a command of its own, for it wants a browser, and a quarter of an hour."""
    places = re.findall(r"^<!-- (\w+) -->$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(places) == {*SUITES, "dashboard"}


def test_a_section_takes_the_place_of_the_former_and_of_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Between `<!-- a -->` and `<!-- /a -->`.\n<!-- a -->\nold\n<!-- /a -->\nrest\n")
    put("a", Section("new\\1", {"a.svg": "<svg/>"}), page)
    assert page.read_text() == "Between `<!-- a -->` and `<!-- /a -->`.\n<!-- a -->\nnew\\1\n<!-- /a -->\nrest\n"
    assert (tmp_path / "a.svg").read_text() == "<svg/>"
    with pytest.raises(LookupError, match="no place <!-- b -->"):
        put("b", Section(""), page)


def test_tables_and_bars_show_what_they_are_given() -> None:
    assert table(("who", "rate"), [("we", 2)]) == "| who | rate |\n| --- | ---: |\n| we | 2 |"
    drawn = bars({"Rate": {"we": 2.0, "they & co": 1.0}}, own="we")
    assert drawn.count('class="own"') == drawn.count('class="bar"') == 1
    assert "they &amp; co" in drawn


def test_a_replay_is_asked_for_with_one_key_and_a_creation_with_many() -> None:
    scripts = {kind: request.script("run") for kind, request in REQUESTS.items()}
    assert [kind for kind, script in scripts.items() if '"again"' in script] == [REPLAY]


def test_every_step_of_a_request_is_timed() -> None:
    spent = measure(rounds=1, journal=10)
    assert {"authentication", "rate limit", "idempotency", "operation"} <= spent["POST create, with a key"].keys()
    assert "operation" not in spent["POST replay"]
    assert all(took > 0 for of in spent.values() for took in of.values())
