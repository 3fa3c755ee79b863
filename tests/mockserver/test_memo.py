"""What is remembered of earlier answers is never seen in later ones."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.application.memo import Memo
from mockserver.application.snapshot import restore, take

WEEK = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "from": "2025-12-01T00:00:00Z",
    "to": "2025-12-08T00:00:00Z",
}


def test_an_answer_is_worked_out_again_when_what_it_follows_from_is_another() -> None:
    memo = Memo[list[int]](2)
    first = memo.answer("week", (1, 2), lambda: [3])
    assert memo.answer("week", (1, 2), lambda: [0]) is first
    assert memo.answer("week", (1, 3), lambda: [4]) == [4]
    assert memo.answer("week", (1, 2), lambda: [5]) == [5]
    assert memo.answer("day", (1, 2), lambda: [6]) == [6]


def test_few_questions_are_remembered() -> None:
    memo = Memo[int](2)
    for question in range(3):
        memo.answer(question, None, lambda: 1)
    assert [memo.answer(question, None, lambda: 2) for question in (2, 1, 0)] == [1, 1, 2]


def test_a_week_is_told_as_if_nobody_had_asked_before(
    client: Any, book: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> bytes:
        return bytes(client.get("public/availability", query_string=WEEK).data)

    def forgetful(_: object, question: object, source: object, work: Callable[[], Any]) -> Any:
        return work()

    mock = client.mock
    before = take(mock)
    made = [book(client, start=f"2025-12-03T{hour}:00:00Z")["id"] for hour in (15, 17)]
    begun, seen = told(), set[bytes]()
    changes: list[Callable[[], object]] = [
        lambda: book(client, start="2025-12-04T15:00:00Z"),
        lambda: mock.bookings.cancel_by_staff(made[0]),
        lambda: mock.bookings.cancel_booking(made[1], mock.clock.now() // 10**9),
        lambda: client.advance(3 * 86400),
        lambda: restore(mock, before),
        lambda: book(client, start="2025-12-05T15:00:00Z"),
        mock.reset,
    ]
    for change in changes:
        change()
        now = told()
        with monkeypatch.context() as patched:
            patched.setattr(Memo, "answer", forgetful)
            assert now == told()
        seen.add(now)
    assert begun not in seen
    assert len(seen) == len(changes) - 1  # nothing is booked after a reset, nor was in the state put back
