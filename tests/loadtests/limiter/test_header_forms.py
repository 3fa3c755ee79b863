"""Headers that are no plain numbers: what can be read is held against the truth, what cannot is none."""

import re
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime

import pytest

from contracts.spec.contract import Contract
from loadtests.limiter import Verdict, judge
from loadtests.measure.header_values import unix, wait, whole
from loadtests.probe.target import Asker, Target
from mockserver.limits.limiter import Admission
from tests.loadtests.limiter.simulation import Headers, Network, Rule, Server, probed

CONTRACT = Contract.load()
CREATION = Target("creation", "createBooking", 10, 60, (Asker(("key 1",)), Asker(("key 2",))))
ALGORITHMS = ("fixed-window", "sliding-window", "token-bucket")
LIMIT, REMAINING, RESET, RETRY = "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"


def verdict(
    rewrite: Callable[[Headers], Headers], algorithm: str = "fixed-window", contract: Contract = CONTRACT
) -> Verdict:
    def amend(headers: Headers, _: Admission) -> Headers:
        return rewrite(dict(headers))

    server = Server(algorithm, Rule(10, 60, ("createBooking",)), amend=amend)
    (found,) = (
        each
        for each in judge(probed(server, [CREATION], 2, Network(0.01)).observations, contract)
        if each.policy == "creation"
    )
    return found


def said(name: str, value: Callable[[str, Headers], str | None]) -> Callable[[Headers], Headers]:
    def rewrite(headers: Headers) -> Headers:
        if name not in headers:
            return headers
        other = value(headers[name], headers)
        return {**headers, name: other} if other is not None else {k: v for k, v in headers.items() if k != name}

    return rewrite


def now(headers: Headers) -> int:
    return int(parsedate_to_datetime(headers["date"]).timestamp())


@pytest.mark.parametrize("name", [LIMIT, REMAINING, RESET, RETRY])
@pytest.mark.parametrize("junk", ["soon", "", "5.5", "-1", "1e3", "٣", "9" * 5000, "Thu, 99 Foo 2025"])
def test_what_cannot_be_read_is_untrue(name: str, junk: str) -> None:
    found = verdict(said(name, lambda *_: junk))
    assert (found.certain, found.headers_truthful, found.outcome) == (True, False, "broken")
    (finding,) = found.findings
    assert re.match(rf"{name} cannot be read in (\d+) of \1 answers: at [\d.]+ s it said ", finding, re.IGNORECASE)
    assert len(finding) < 200


@pytest.mark.parametrize("name", [LIMIT, REMAINING, RESET, RETRY])
def test_what_is_missing_is_named_and_no_more_than_a_note(name: str) -> None:
    found = verdict(said(name, lambda *_: None))
    untold = name == LIMIT  # without it nobody knows which of two policies the others describe
    assert (found.headers_truthful, found.outcome, found.severity) == (None if untold else True, "note", "note")
    assert re.search(rf"{name} is missing in (\d+) of \1 answers", found.sentence, re.IGNORECASE)


def test_without_any_header_nothing_is_said_to_be_truthful() -> None:
    found = verdict(lambda headers: {"date": headers["date"]})
    assert (found.headers_truthful, found.outcome, len(found.findings)) == (None, "note", 4)


def test_what_is_given_twice_is_named_and_broken_where_it_differs() -> None:
    same = verdict(said(RETRY, lambda value, _: f"{value}\n{value}"))
    assert (same.headers_truthful, same.outcome) == (True, "note")
    assert "Retry-After is given more than once" in same.sentence
    differing = verdict(said(RETRY, lambda value, _: f"{value}\n{int(value) + 1}"))
    assert (differing.headers_truthful, differing.outcome) == (False, "broken")
    assert "given more than once" in differing.sentence


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_date_to_wait_until_is_read(algorithm: str) -> None:
    def date(by: int) -> Callable[[Headers], Headers]:
        return said(RETRY, lambda value, headers: formatdate(now(headers) + int(value) + by, usegmt=True))

    found = verdict(date(0), algorithm)
    assert found.headers_truthful is True
    assert "Retry-After is an HTTP date" in found.sentence
    assert found.outcome == "note"
    for by in (-5, 5):
        wrong = verdict(date(by), algorithm)
        assert (wrong.headers_truthful, wrong.outcome) == (False, "broken"), by
        assert "Retry-After is wrong in" in wrong.sentence


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (lambda value, headers: str(max(0, int(value) - now(headers))), "the seconds left"),
        (lambda value, _: f"{value}000", "Unix milliseconds"),
        (lambda value, _: formatdate(int(value), usegmt=True), "an HTTP date"),
    ],
)
def test_a_reset_that_is_true_in_another_form_is_a_note(form: Callable[[str, Headers], str], words: str) -> None:
    found = verdict(said(RESET, form))
    assert (found.headers_truthful, found.outcome) == (True, "note"), found.sentence
    assert f"X-RateLimit-Reset is {words}" in found.sentence


@pytest.mark.parametrize(
    ("reading", "name", "value"),
    [
        ("limits.header.reset=seconds-left", RESET, lambda value, headers: str(max(0, int(value) - now(headers)))),
        ("limits.header.reset=unix-milliseconds", RESET, lambda value, _: f"{value}000"),
        ("limits.retry_after=http-date", RETRY, lambda value, told: formatdate(now(told) + int(value), usegmt=True)),
        ("limits.retry_after=absent", RETRY, lambda *_: None),
        ("limits.headers_on=429", REMAINING, None),
    ],
)
def test_who_knows_the_form_of_a_header_finds_it_true_and_the_usual_one_noted(
    reading: str, name: str, value: Callable[[str, Headers], str | None] | None
) -> None:
    def on_refusals(headers: Headers) -> Headers:
        told = {LIMIT, REMAINING, RESET} if RETRY not in headers else set()
        return {each: text for each, text in headers.items() if each not in told}

    known = Contract.load(reading=reading)
    found = verdict(said(name, value) if value else on_refusals, contract=known)
    assert (found.headers_truthful, found.outcome) == (True, "kept"), found.sentence
    usual = verdict(lambda headers: headers, contract=known)
    assert (usual.headers_truthful, usual.outcome) == (True, "note"), usual.sentence
    assert re.search(name, usual.sentence, re.IGNORECASE)


def test_header_values_are_read_in_each_lawful_form_and_in_no_other() -> None:
    assert (whole("007"), whole("+7"), whole("7.0"), whole("７"), whole("")) == (7, None, None, None, None)
    dates = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994")
    assert [unix(date) for date in dates] == [784111777] * 3
    assert [unix(text) for text in ("", "soon", "1 2 3", "Thu, 99 Foo 2025 99:99:99 GMT")] == [None] * 4
    assert wait("7", None) == 7.0
    assert wait(dates[0], 784111770.0) == 7.0
    assert wait(dates[0], 784111790.0) == 0.0
    assert (wait(dates[0], None), wait("soon", 0.0)) == (None, None)
