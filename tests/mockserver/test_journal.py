"""The journal has an end in every direction: entries, their members, and all together."""

from typing import Any

import pytest

from mockserver.observing.feed import Feed
from mockserver.observing.journal import MAX_TEXT, Entry, Journal
from mockserver.observing.matching import match_of_answer

ENTRY = Entry("req_1", 0, 0, "GET", "/a", "", "", (), b"", None, None, None, 200, None, (), b"")


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY._replace(path="/" + 400_000 * "a"),
        ENTRY._replace(query=400_000 * "a"),
        ENTRY._replace(method=400_000 * "a"),
        ENTRY._replace(headers=("HTTP_X_LONG", 400_000 * "a")),
        ENTRY._replace(headers=("HTTP_" + 400_000 * "A", "")),
        ENTRY._replace(headers=sum(((f"HTTP_X_{number}", 4000 * "a") for number in range(100)), ())),
        ENTRY._replace(answer_headers=("X-Long", 400_000 * "a")),
        ENTRY._replace(body=400_000 * b"a", answer=400_000 * b"a"),
    ],
    ids=["path", "query", "method", "header", "header name", "headers", "answer header", "bodies"],
)
def test_every_member_is_cut(entry: Entry) -> None:
    journal = Journal(10)
    journal.record(entry)
    (kept,) = journal.entries()
    assert kept.text_size < 20_000
    assert max(len(kept.body), len(kept.answer)) <= 8192
    assert entry.path.startswith(kept.path.rstrip("…"))


def test_a_secret_that_is_cut_in_two_goes_whole() -> None:
    filler = (MAX_TEXT - 5) * "x"
    journal = Journal(10)
    journal.record(ENTRY._replace(query=f"{filler[:-4]}&q=sarah.johnson@example.com"))
    (kept,) = journal.entries()
    assert "sar" not in kept.query


def test_long_entries_are_fewer() -> None:
    journal = Journal(1000, max_bytes=100_000)
    for number in range(100):
        journal.record(ENTRY._replace(request_id=f"req_{number}", body=9000 * b"x"))
    kept = [entry.request_id for entry in journal.entries()]
    assert kept == [f"req_{number}" for number in range(90, 100)]
    journal.clear()
    journal.record(ENTRY)
    assert len(list(journal.entries())) == 1


def test_a_watcher_is_told_until_it_goes_and_not_more_may_watch_than_that() -> None:
    journal, seen = Journal(10), list[Entry]()
    assert journal.watch(seen.append, 1)
    assert not journal.watch(print, 1)
    journal.record(ENTRY)
    journal.unwatch(seen.append)
    journal.record(ENTRY)
    assert seen == [ENTRY]
    assert journal.watch(print, 1)


def test_a_feed_that_is_not_read_loses_the_oldest_and_counts_them() -> None:
    feed = Feed(match_of_answer([("status", "2xx")]), waiting=3)
    news: list[str] = []
    feed.on_news(lambda: news.append("news"))
    for number in range(5):
        feed.put(ENTRY._replace(request_id=f"req_{number}"))
        feed.put(ENTRY._replace(status=404))
    assert len(news) == 5
    lost, entries = feed.take(2)
    assert (lost, [entry.request_id for entry in entries]) == (2, ["req_2", "req_3"])
    assert feed.take(2) == (0, [ENTRY._replace(request_id="req_4")])
    assert feed.take(2) == (0, [])


def test_a_server_that_cannot_stream_says_so(client: Any) -> None:
    answer = client.get("/_mock/requests/stream")
    assert (answer.status_code, answer.mimetype) == (501, "application/problem+json")
