from collections.abc import Iterable

import pytest

from loadtests.judge.judgement import Outcome
from loadtests.judge.thresholds import ThresholdError, parse
from loadtests.measure.statistics import Statistics
from tests.loadtests.meanings import meaning


def statistics(
    answers: Iterable[tuple[str, int, float]] = (), sent: int = 0, late: int = 0, dropped: int = 0
) -> Statistics:
    """Of answers (operation, status, latency), all in the first of two seconds; the last answer is in the second."""
    filled, answers = Statistics(), list(answers)
    for number, (operation, status, latency) in enumerate(answers, 1):
        filled.answered(operation, number == len(answers), status, meaning(status), latency, error=status in (0, 500))
    for number in range(sent):
        filled.sent(0, 50.0 if number < late else 0.0, 0.0)
    filled.dropped(0, dropped)
    return filled


SLOW_END = [("a", 200, 10.0)] * 98 + [("b", 200, 400.0)] * 2
MIXED = [("a", 200, 1.0)] * 6 + [("a", 429, 1.0)] * 2 + [("a", 409, 1.0), ("a", 500, 1.0)]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("p95>200ms", "kept"),
        ("p99>200ms", "broken"),
        ("p99 > 0.2 s", "broken"),
        ("p99>0.5s", "kept"),
        ("max>=400ms", "broken"),
        ("max>400ms", "kept"),
        ("max<=400ms", "broken"),
        ("max<400ms", "kept"),
        ("a p99>200ms", "kept"),
        ("b p50>200ms", "broken"),
        ("p99.9>200ms", "broken"),
        ("rate<50/s", "kept"),
        ("rate<=50/s", "broken"),
        ("b rate>0.9/s", "broken"),
        ("c p95>200ms", "not judged"),
        ("c errors>1%", "not judged"),
        ("c rate<1/s", "not judged"),
        ("late>1%", "not judged"),
    ],
)
def test_latency_and_rate(text: str, outcome: Outcome) -> None:
    assert parse(text).judge(statistics(SLOW_END)).outcome == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("errors>9%", "broken"),
        ("errors>10%", "kept"),
        ("errors>=10%", "broken"),
        ("errors>0", "broken"),
        ("errors>1", "kept"),
        ("refused>19.9%", "broken"),
        ("refused>20%", "kept"),
        ("conflicts>=1", "broken"),
        ("refused<1", "kept"),
    ],
)
def test_shares_of_the_answers(text: str, outcome: Outcome) -> None:
    assert parse(text).judge(statistics(MIXED)).outcome == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("late>4%", "broken"),
        ("late>5%", "kept"),
        ("dropped>19%", "broken"),
        ("dropped>20%", "kept"),
        ("late>=5", "broken"),
    ],
)
def test_shares_of_the_arrivals(text: str, outcome: Outcome) -> None:
    assert parse(text).judge(statistics(sent=80, late=5, dropped=20)).outcome == outcome


def test_a_request_without_an_answer_is_no_part_of_the_rate() -> None:
    answers = [("a", 0, 1.0)] * 50 + [("a", 200, 1.0)] * 50
    assert parse("rate<30/s").judge(statistics(answers)).reason == "was 25/s"


def test_a_judgement_says_what_was_seen_and_an_unjudged_one_why() -> None:
    assert parse("p99>200ms").judge(statistics(SLOW_END)).reason == "was 399.5 ms"
    assert parse("errors>1%").judge(statistics(MIXED)).reason == "was 10%"
    assert parse("c p95>1ms").judge(statistics(SLOW_END)).reason == "c saw no request to measure p95 by"
    assert parse("p95>1ms").judge(Statistics()).reason == "the run saw no request to measure p95 by"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'', character 1: one of p50, "),
        ("p95>>200ms", "'p95>>200ms', character 5: a number is missing"),
        ("p95=200ms", "'p95=200ms', character 4: one of > >= < <= is missing"),
        ("p95>200", "'p95>200', character 8: p95 wants ms or s"),
        ("p95>200%", "'p95>200%', character 8: p95 wants ms or s"),
        ("rate<45", "'rate<45', character 8: rate wants /s"),
        ("errors>1ms", "'errors>1ms', character 9: errors wants % or no unit"),
        ("p95>200ms please", "'p95>200ms please', character 11: nothing may follow here"),
        ("p0>1ms", "'p0>1ms', character 1: p0 is neither an operation nor one of p50"),
        ("p101>1ms", "'p101>1ms', character 1: p101 is neither"),
        ("a late>1%", "'a late>1%', character 3: late is counted for the whole run, not for a"),
        ("a speed>1%", "'a speed>1%', character 3: speed is none of p50"),
        ("creatBooking p99>1ms", "'creatBooking p99>1ms', character 1: creatBooking is neither"),
    ],
)
def test_a_bad_expression_is_one_sentence_with_the_place(text: str, sentence: str) -> None:
    with pytest.raises(ThresholdError) as caught:
        parse(text, {"a", "createBooking"})
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
