"""The journal as it is told to a page, without one."""

from typing import Any

import orjson
import pytest

from mockserver.application.journal_admin import JournalAdmin
from mockserver.observing.matching import match_of_answer
from mockserver.settings import Settings
from mockserver.web.dashboard.rows import MOST_AT_ONCE, MOST_WAITING, Rows
from mockserver.wiring import Built, build

KEY = {"x-kordless-key": "kord_test_AcmeSalonPublic0000000000000Apub"}


@pytest.fixture
def built() -> Built:
    return build(Settings(limits=False))


def ask(built: Built, count: int, organization: str = "acme-salon") -> None:
    client = built.app.test_client()
    for _ in range(count):
        client.get(f"/api/calendar/v1/public/org/{organization}", headers=KEY)


def rows_of(built: Built, **words: str) -> Rows:
    return Rows(JournalAdmin(built.mock), match_of_answer(words.items()), lambda: None)


def told(rows: Rows) -> dict[str, Any] | None:
    """What it tells when it is time."""
    rows.due = True
    event = rows.take()
    assert rows.take() == b""
    return orjson.loads(event.removeprefix(b"data: ")) if event else None


def test_the_newest_come_first_and_what_is_new_after_them(built: Built) -> None:
    ask(built, 2)
    rows = rows_of(built)
    first = told(rows)
    assert first is not None
    assert (first["first"], len(first["rows"])) == (True, 2)
    assert told(rows) is None
    ask(built, 1, "nobody")
    news = told(rows)
    assert news is not None
    assert [(row["status"], row["why"]) for row in news["rows"]] == [(404, "unknown_organization")]


def test_what_comes_at_one_go_is_told_in_turn_and_too_much_left_out(built: Built) -> None:
    rows = rows_of(built)
    told(rows)
    ask(built, MOST_WAITING + 7)
    ids = [entry.request_id for entry in built.mock.journal.entries()]
    seen: list[str] = []
    left_out = 0
    while event := told(rows):
        assert len(event["rows"]) <= MOST_AT_ONCE
        seen += [row["id"] for row in reversed(event["rows"])]
        left_out += event["left_out"]
    assert (seen, left_out) == (ids[7:], 7)


def test_a_page_begins_with_the_newest(built: Built) -> None:
    ask(built, MOST_WAITING + 10)
    first = told(rows_of(built))
    assert first is not None
    assert (len(first["rows"]), first["left_out"]) == (MOST_WAITING, 0)


def test_a_filter_looks_at_everything_that_has_come(built: Built) -> None:
    rows = rows_of(built, status="404")
    told(rows)
    ask(built, 1, "nobody")
    ask(built, MOST_AT_ONCE + 7)
    news = told(rows)
    assert news is not None
    assert ([row["status"] for row in news["rows"]], news["left_out"]) == ([404], 0)


def test_what_was_forgotten_is_not_told_again(built: Built) -> None:
    ask(built, 3)
    rows = rows_of(built)
    told(rows)
    built.mock.journal.clear()
    ask(built, 1)
    news = told(rows)
    assert news is not None
    assert len(news["rows"]) == 1


def test_who_has_gone_has_his_place_taken_by_another_once() -> None:
    gone: list[bool] = []
    rows = Rows(JournalAdmin(build(Settings()).mock), match_of_answer([]), lambda: gone.append(True))
    rows.close()
    rows.close()
    assert gone == [True]
