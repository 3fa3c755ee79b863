"""Which requests are meant by words and what they must be."""

import pytest

from mockserver.domain.instants import parse_instant
from mockserver.domain.matching import match_of_request
from mockserver.observing.journal import Entry
from mockserver.observing.matching import ANSWER_WORDS, match_of_answer
from mockserver.ports import SECOND

ENTRY = Entry(
    request_id="req_1",
    arrived=parse_instant("2025-12-01T08:00:00Z") * SECOND,
    took=0,
    method="POST",
    path="/api/calendar/v1/public/bookings",
    query="",
    client="",
    headers=("HTTP_X_TEST", "seven", "HTTP_IDEMPOTENCY_KEY", "k: 1"),
    body=b"",
    operation="createBooking",
    organization="acme-salon",
    key_id="key_1",
    status=409,
    cause="slot_not_offered",
    answer_headers=(),
    answer=b"",
)
MEANT = [
    ("method", "POST"),
    ("method", "post"),
    ("path", "/api/calendar/v1/public/"),
    ("operation", "createBooking"),
    ("organization", "acme-salon"),
    ("key", "key_1"),
    ("header", "x-test"),
    ("header", "X-Test: seven"),
    ("header", "X-Test:seven"),
    ("header", "Idempotency-Key: k: 1"),
    ("status", "409"),
    ("status", "4xx"),
    ("cause", "slot_not_offered"),
    ("request_id", "req_1"),
    ("since", "2025-12-01T08:00:00Z"),
    ("until", "2025-12-01T09:00:01+01:00"),
]
NOT_MEANT = [
    ("method", "GET"),
    ("path", "/api/calendar/v2"),
    ("operation", "createbooking"),
    ("organization", "acme"),
    ("key", "key_2"),
    ("header", "X-Tes"),
    ("header", "X-Test: eight"),
    ("status", "201"),
    ("status", "2xx"),
    ("cause", "unknown_path"),
    ("request_id", "req_"),
    ("since", "2025-12-01T08:00:01Z"),
    ("until", "2025-12-01T08:00:00Z"),
]


@pytest.mark.parametrize("stated", MEANT, ids=str)
def test_what_it_says_is_meant(stated: tuple[str, str]) -> None:
    assert match_of_answer([stated])(ENTRY)


@pytest.mark.parametrize("stated", NOT_MEANT, ids=str)
def test_another_is_not_meant(stated: tuple[str, str]) -> None:
    match = match_of_answer([*MEANT, stated])
    assert not match(ENTRY)
    assert [(criterion.word, criterion.wanted) for criterion in match.unmet(ENTRY)] == [stated]


def test_no_word_was_forgotten() -> None:
    assert {word for word, _ in MEANT} == {word for word, _ in NOT_MEANT} == set(ANSWER_WORDS)


def test_nothing_said_means_every_request() -> None:
    assert match_of_answer([])(ENTRY)


def test_a_request_has_no_status_yet() -> None:
    with pytest.raises(
        ValueError, match="cannot be matched by status; there are method, path, operation, organization,"
    ):
        match_of_request([("status", "409")])
    assert match_of_request([("header", "x-test: seven")])(ENTRY)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        (("colour", "red"), "requests cannot be matched by colour; there are method, path, "),
        (("operation", ""), "operation is empty"),
        (("path", "public/org"), "path must be the beginning of one"),
        (("header", ": seven"), "header must be a header's name"),
        (("header", "x test"), "header must be a header's name"),
        (("header", "x_test"), "header must be a header's name"),
        (("status", "44"), "status must be one of three digits, or a class of them"),
        (("status", "4x4"), "status must be one of three digits, or a class of them"),
        (("status", "٤٠٤"), "status must be one of three digits, or a class of them"),
        (("since", "yesterday"), "since: 'yesterday' is not an RFC 3339 time"),
        (("until", "2025-12-01"), "until: '2025-12-01' is not an RFC 3339 time"),
    ],
)
def test_what_can_never_match_is_refused(stated: tuple[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        match_of_answer([stated])
