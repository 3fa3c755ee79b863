import csv
import io
import json
import random
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from loadtests.judge.judgement import Judgement, Outcome, Severity
from loadtests.measure.result import Result
from loadtests.measure.statistics import Statistics
from loadtests.report.charts import Series, lines, stack
from loadtests.report.contents import Limits, Report
from loadtests.report.files import as_csv, as_json
from loadtests.report.html import MOST_BINS, as_html
from loadtests.report.terminal import show
from tests.loadtests.meanings import meaning

OPERATIONS = ("createBooking", "getAvailability")
POLICY = {
    "scope": "key",
    "limit": 60,
    "window": 60,
    "algorithm": "fixed-window",
    "certain": True,
    "reason": "",
    "headers_truthful": True,
    "contract_says": "60 per 60 s, fixed-window",
}
UNREACHED = dict.fromkeys(POLICY, None) | {"scope": "organization", "certain": False, "reason": "not reached"}


def statistics(seconds: int = 5) -> Statistics:
    rng, filled = random.Random(1), Statistics()
    for second in range(seconds):
        filled.dropped(second, 2)
        for _ in range(10):
            filled.sent(second, rng.choice([1.0, 20.0]), 0.5)
            status = rng.choice([200, 201, 409, 429, 500])
            filled.answered(
                rng.choice(OPERATIONS), second, status, meaning(status), rng.expovariate(0.1), error=status == 500
            )
    return filled


def report(filled: Statistics | None = None, **more: Any) -> Report:
    outcome = Result("booking_flow", 7, "time", filled or statistics(), notes=("Mind <this> & that.",), moved=3600.0)
    judged: dict[str, Any] = {
        "thresholds": [Judgement("p95>200ms", "kept", "was 3 ms"), Judgement("errors>1%", "broken", "was 20%")],
        "invariants": [Judgement("no seat is sold twice", "broken", "2025-12-03T10:00:00Z: [2] <seats>")],
        "limits": Limits([POLICY, UNREACHED], [Judgement("60 a minute", "not judged", "why")], "<svg id='plot'></svg>"),
    }
    return Report(
        "http://127.0.0.1:4020", "kordkit load booking_flow --fail-if 'p95>200ms'", outcome, **(judged | more)
    )


@pytest.mark.parametrize(("silent", "code"), [(2, 0), (3, 4)])
def test_a_target_that_dies_midway_leaves_the_run_incomplete(silent: int, code: int) -> None:
    filled = Statistics()
    for second in range(9):
        for status in (0, 0 if second >= 9 - silent else 200):  # every other answer was lost before, too
            filled.sent(second, 0.1, 0.1)
            filled.answered("getService", second, status, meaning(status), 10.0, error=status == 0)
    found = report(filled, thresholds=[], invariants=[], limits=None)
    assert found.exit_code == code
    assert list(found.gaps()) == (["Nobody answered in the last 3 s."] if code else [])


@pytest.mark.parametrize(
    ("outcome", "fail_on", "code", "summary"),
    [
        (
            "note",
            "failure",
            0,
            "Every promise was kept that is documented; other than the contract has it: limit x (note).",
        ),
        (
            "note",
            "warning",
            0,
            "Every promise was kept that is documented or inferred; other than the contract has it: ",
        ),
        ("note", "note", 1, "Found: limit x (note)."),
        ("warning", "failure", 0, "Every promise was kept that is documented; other than "),
        ("warning", "warning", 1, "Found: limit x (warning)."),
        ("broken", "failure", 1, "Broken: limit x."),
    ],
)
def test_what_fails_a_run_follows_from_fail_on(outcome: Outcome, fail_on: Severity, code: int, summary: str) -> None:
    limits = Limits([POLICY], [Judgement("limit x", outcome, "why")])
    found = report(thresholds=[], invariants=[], limits=limits, fail_on=fail_on)
    assert found.exit_code == code
    assert found.summary.startswith(summary)
    assert outcome in as_html(found)


def test_the_json_has_the_shape_that_is_promised() -> None:
    stated = json.loads(as_json(report()))
    head = {"scenario": "booking_flow", "target": "http://127.0.0.1:4020", "seed": 7, "exit_code": 1}
    assert stated.items() >= head.items()
    assert stated["arrivals"].keys() == {"planned", "sent", "late", "dropped"}
    assert stated["arrivals"]["planned"] == stated["arrivals"]["sent"] + stated["arrivals"]["dropped"] == 60
    assert stated["operations"].keys() == set(OPERATIONS)
    for numbers in stated["operations"].values():
        assert numbers.keys() == {"count", "refused", "conflicts", "errors", "p50", "p95", "p99", "max"}
        assert 0 < numbers["p50"] <= numbers["p95"] <= numbers["p99"] <= numbers["max"]
    assert stated["limiter"] == [POLICY, UNREACHED]
    assert stated["thresholds"][1] == {"name": "errors>1%", "outcome": "broken", "reason": "was 20%"}
    assert stated["invariants"][0]["outcome"] == "broken"


def test_the_csv_adds_up_to_the_json() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(report()))))
    stated = json.loads(as_json(report()))
    for operation, numbers in stated["operations"].items():
        own = [row for row in rows if row["operation"] == operation]
        for name in ("count", "refused", "conflicts", "errors"):
            assert sum(int(row[name]) for row in own) == numbers[name]
    for name, count in stated["arrivals"].items():
        assert sum(int(row[name]) for row in rows if not row["operation"]) == count


class Page(HTMLParser):
    """What of a page is fetched or run, and whether its tags are in order."""

    EMPTY = frozenset({"meta", "line", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        if tag not in self.EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def test_the_page_needs_nothing_but_itself() -> None:
    text = as_html(report())
    page = Page(text)
    assert page.fetched == []
    assert "script" not in page.tags
    assert re.findall(r"url\(|@import", text) == []
    assert page.tags.count("svg") == 4


def test_the_page_says_what_was_found_and_escapes_it() -> None:
    text = as_html(report())
    assert "Broken: errors&gt;1%, no seat is sold twice." in text
    assert "2025-12-03T10:00:00Z: [2] &lt;seats&gt;" in text
    assert "Mind &lt;this&gt; &amp; that." in text
    assert "kordkit load booking_flow --fail-if &#39;p95&gt;200ms&#39;" in text
    assert "<svg id='plot'>" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@pytest.mark.parametrize("seconds", [0, 1, MOST_BINS, MOST_BINS + 1, 10_000])
def test_a_run_of_any_length_has_a_page_of_modest_size(seconds: int) -> None:
    filled = Statistics()
    for second in range(seconds):
        filled.answered("getService", second, 200, "success", float(second))
    text = as_html(report(filled, limits=None))
    Page(text)
    assert len(text) < 200_000


def test_the_numbers_of_each_chart_can_be_read_without_a_mouse() -> None:
    text = as_html(report())
    assert text.count("<details><summary>The numbers</summary>") == 3
    table = text[text.index('aria-label="Arrivals, the numbers"') :]
    seconds = re.findall(r"<tr><td>(\d+)</td>", table[: table.index("</table>")])
    shown = re.findall(r'class="number">([\d,]+)</td>', table[: table.index("</table>")])
    assert seconds == sorted(seconds, key=int)
    assert sum(int(number.replace(",", "")) for number in shown) == report().result.statistics.arrivals.planned


def test_an_empty_run_says_so() -> None:
    empty = Report("http://127.0.0.1:4020", "kordkit load browse", Result("browse", 0, "interrupted"))
    assert "Nothing was sent." in as_html(empty)
    assert json.loads(as_json(empty))["exit_code"] == 4


def bars(svg: str, style: str) -> list[float]:
    namespace = "{http://www.w3.org/2000/svg}"
    found = ElementTree.fromstring(svg).iter(f"{namespace}rect")
    return [float(rect.attrib["height"]) for rect in found if rect.attrib["class"] == style]


def test_bars_are_as_high_as_what_they_stand_for() -> None:
    series = [Series("admitted", "admitted", [10.0, 20.0, 0.0]), Series("refused", "refused", [0.0, 10.0, 40.0])]
    svg = stack("Requests", unit="requests", size=1, series=series)
    assert len(bars(svg, "admitted")) == len(bars(svg, "refused")) == 2
    low, high = bars(svg, "admitted")
    assert high == pytest.approx(2 * low, rel=0.01)
    assert bars(svg, "refused")[1] == pytest.approx(4 * low, rel=0.01)


def test_a_line_is_broken_where_there_is_no_value() -> None:
    svg = lines("Latency", unit="ms", size=2, series=[Series("p99", "p99", [1.0, 2.0, None, 3.0, None, 4.0, 5.0])])
    assert (svg.count("<polyline"), svg.count("<circle")) == (2, 1)
    assert "<title>4 s: nothing</title>" in svg


def test_the_terminal_shows_every_number_and_judgement() -> None:
    console = Console(width=120, record=True, file=io.StringIO(), markup=False)
    show(report(), console)
    text = console.export_text()
    for piece in (
        *OPERATIONS,
        "Arrivals: 60 planned, 50 sent",
        "60     60 s    fixed-window  yes      truthful",
        "broken",
        "2025-12-03T10:00:00Z: [2] <seats>",
        "Note: Mind <this> & that.",
        "The server's clock was moved by 3,600 s.",
        "Broken: errors>1%, no seat is sold twice.",
    ):
        assert piece in text
    assert "\x1b" not in text


def test_no_color_means_none_on_a_terminal_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        file = io.StringIO()
        show(report(), Console(file=file, force_terminal=True, color_system="standard"))
        return file.getvalue()

    colors = re.compile(r"\x1b\[(?:\d;)*3\dm")
    assert colors.search(printed())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colors.search(printed())
