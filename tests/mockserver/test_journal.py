"""The journal has an end in every direction: entries, their members, and all together."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.observing.feed import Feed
from mockserver.observing.journal import MAX_TEXT, Entry, Journal
from mockserver.observing.matching import match_of_answer
from mockserver.settings import Settings
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.recording import TOGETHER, PutAside, Recorder
from mockserver.wiring import Built, build

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


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_X_KORDLESS_KEY": "kord_test_0123456789abcdef"},
        {
            "HTTP_HOST": "a",
            "HTTP_USER_AGENT": "HTTP_X_KORDLESS_KEY",
            "HTTP_X_KORDLESS_KEY": "kord_test_0123456789abcdef",
        },
        {"HTTP_X_KORDLESS_KEY": "kord_test_0123456789abcdef", "CONTENT_TYPE": "a", "HTTP_HOST": "a"},
        {"HTTP_HOST": "", "HTTP_ACCEPT": "*/*"},
    ],
    ids=["none", "the key alone", "another with the name of the key's as its value", "the key first", "no key"],
)
def test_an_entry_has_the_headers_of_its_request_and_nothing_of_its_key(headers: dict[str, str]) -> None:
    entries: list[Entry] = []
    record = Recorder("X-Kordless-Key", "kord_live_", [entries.append])
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/a", "wsgi.url_scheme": "http", **headers}
    for _ in range(2):
        record(Exchange(environ, 0), Reply(200, b"", [("Date", "now"), ("X-Request-Id", "1")]), 0)
    hidden = {name: "[redacted]...cdef" if name == "HTTP_X_KORDLESS_KEY" else value for name, value in headers.items()}
    for entry in entries:
        assert dict(zip(entry.headers[::2], entry.headers[1::2], strict=True)) == {
            name: value for name, value in hidden.items() if name.startswith("HTTP_")
        }
        assert entry.answer_headers == ("Date", "now", "X-Request-Id", "1")


class Siblings:
    """The journals of three processes, in one."""

    def __init__(self, others: "list[Siblings]") -> None:
        self.others = others
        self.answering: Callable[[bytes], bytes | None] = bytes

    def ask(self, word: bytes) -> list[bytes]:
        return [other.answering(word) or b"" for other in self.others]

    def answer(self, answering: Callable[[bytes], bytes | None]) -> None:
        self.answering = answering


def shared(size: int) -> list[Journal]:
    journals, siblings = [Journal(size) for _ in range(3)], [Siblings([]) for _ in range(3)]
    for journal, sibling in zip(journals, siblings, strict=True):
        sibling.others = [other for other in siblings if other is not sibling]
        journal.share(sibling)
    return journals


def test_journals_that_are_shared_are_one_in_the_order_of_arrival() -> None:
    journals = shared(100)
    for number in range(30):
        journals[number * 7 % 3].record(ENTRY._replace(arrived=number))
    for journal in journals:
        assert [entry.arrived for entry in journal.entries()] == list(range(30))


def test_who_looks_again_and_again_is_told_everything_once() -> None:
    journals = shared(100)
    moment, told = 0, []
    for number in range(60):
        journals[number * 7 % 3].record(ENTRY._replace(arrived=number))
        if number % 5 == 0:
            moment, news = journals[1].since(moment)
            assert [entry.arrived for entry in news] == sorted((entry.arrived for entry in news), reverse=True)
            told += news
    for _ in range(2):  # what another process had not put away yet is told the next time
        moment, news = journals[1].since(moment)
        told += news
    assert sorted(entry.arrived for entry in told) == list(range(60))
    assert journals[1].since(moment)[1] == []


def test_together_they_remember_as_many_as_one() -> None:
    journals = shared(10)
    for number in range(30):
        journals[number % 3].record(ENTRY._replace(arrived=number))
    assert [entry.arrived for entry in journals[0].entries()] == list(range(20, 30))


def test_to_clear_one_is_to_clear_all() -> None:
    journals = shared(10)
    for journal in journals:
        journal.record(ENTRY)
    journals[1].clear()
    assert [list(journal.entries()) for journal in journals] == [[], [], []]


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


def test_the_journal_has_the_body_of_a_request_that_was_refused_before_it_was_read(
    client: Any, booking_body: Callable[..., dict[str, Any]]
) -> None:
    body = booking_body()
    client.post("public/bookings", json=body, headers={"Prefer": "code=503"})
    assert [json.loads(entry.body) for entry in client.mock.journal.entries()] == [body]


# --- put aside: recorded later, many in a row


def nudged(log: Callable[[Entry], None]) -> tuple[Built, list[str]]:
    """A mock that records when it is asked to, and how often it was nudged to do so."""
    nudges: list[str] = []
    return build(Settings(seed=7), log=log, nudge=lambda: nudges.append("nudge")), nudges


def asked(built: Built, times: int) -> None:
    client = built.app.test_client()
    for _ in range(times):
        assert client.get("/api/calendar/v1/nothing").status_code == 404


def test_what_was_put_aside_is_there_for_whoever_reads() -> None:
    logged: list[Entry] = []
    built, nudges = nudged(logged.append)
    asked(built, 3)
    assert (logged, nudges) == ([], ["nudge"])
    entries = list(built.mock.journal.entries())
    assert [entry.request_id for entry in entries] == ["req_00000001", "req_00000002", "req_00000003"]
    assert logged == entries
    asked(built, 1)
    assert nudges == ["nudge"]  # nobody has come yet
    built.advice.judge()
    asked(built, 1)
    assert nudges == ["nudge", "nudge"]
    until, found = built.mock.journal.since(0)
    assert len(found) == 5
    asked(built, 1)
    assert len(built.mock.journal.since(until)[1]) == 1
    asked(built, 1)
    built.mock.journal.clear()
    assert list(built.mock.journal.entries()) == []
    assert len(logged) == 7


def test_what_was_put_aside_is_judged_when_the_run_is_over() -> None:
    built, _ = nudged(lambda _: None)
    asked(built, 3)
    assert built.advice.findings() == []
    assert built.advice.requests == 3
    asked(built, 2)
    built.mock.close()
    assert built.advice.requests == 5


def test_not_more_than_so_many_wait_to_be_recorded() -> None:
    logged: list[Entry] = []
    built, _ = nudged(logged.append)
    asked(built, TOGETHER - 1)
    assert logged == []
    asked(built, 1)
    assert len(logged) == TOGETHER


def test_what_cannot_be_recorded_keeps_nothing_else_from_it(caplog: pytest.LogCaptureFixture) -> None:
    recorded: list[int] = []

    def record(exchange: Exchange, reply: Reply, took: int) -> None:
        if took == 1:
            raise KeyError("of a mistake of ours")
        recorded.append(took)

    aside = PutAside(record, lambda: None)
    for took in range(3):
        aside(Exchange({"REQUEST_METHOD": "GET", "PATH_INFO": "/a"}, 0), Reply(200, b"", []), took)
    aside.catch_up()
    assert recorded == [0, 2]
    assert "was answered, but could not be recorded" in caplog.text


def test_a_body_is_read_before_its_request_is_put_aside(booking_body: Callable[..., dict[str, Any]]) -> None:
    logged: list[Entry] = []
    built, _ = nudged(logged.append)
    key = next(key.value for key in built.dataset.keys if key.record.kind == "public")
    headers = {"x-kordless-key": key, "Prefer": "code=503"}
    with built.app.test_client().post("/api/calendar/v1/public/bookings", json=booking_body(), headers=headers):
        pass  # and closes what it was read from
    built.mock.advice.judge()
    assert [json.loads(entry.body) for entry in logged] == [booking_body()]
