"""What becomes of findings: read, forgotten, told at once and at the end, in worlds and in several processes."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from mockserver.observing.advice.advice import MOST_WAITING, Advice, Summary
from mockserver.observing.advice.credentials import Credentials, KnownKey
from mockserver.observing.advice.finding import Finding, Mistake, Sign, Trace
from mockserver.observing.advice.memory import MOST_REMEMBERED, Recent
from mockserver.observing.advice.telling import text, values
from mockserver.observing.journal import Entry
from mockserver.observing.request_log import LogFormat, RequestLog
from mockserver.parts import STANDARD
from mockserver.serving.conclusion import Conclusion
from mockserver.settings import Settings
from mockserver.wiring import load_dataset
from mockserver.wiring.shared import share
from mockserver.wiring.world import beginning_of, world_of
from tests.mockserver.advice.bad_clients import asks_for_another_day, keeps_no_organization, sends_its_key_from_a_page
from tests.mockserver.advice.clients import API, EVENTS, Asking, mock

PAGE = Mistake("credentials.browser", "A page sent a key.", "Do not.", "/api/authentication", "documented")
FOUND = Finding(PAGE, 1, 0, 0, (Sign(PAGE.id, "by a page", (Trace("req_1", 0, None, None),)),))


def ids(client: Asking, query: str = "") -> list[str]:
    return [finding["id"] for finding in client.flask.get(f"/_mock/advice{query}").get_json()["advice"]]


def test_findings_come_in_their_order_and_can_be_chosen() -> None:
    with mock() as built:
        client = Asking(built)
        sends_its_key_from_a_page(client)
        keeps_no_organization(client)
        assert ids(client) == ["credentials.browser", "repeats.uncached"]
        assert ids(client, "?id=repeats.uncached") == ["repeats.uncached"]
        assert ids(client, "?id=credentials") == ["credentials.browser"]
        answer = client.flask.get("/_mock/advice?id=repeats.cached")
        assert (answer.status_code, answer.get_json()["title"]) == (400, "Bad Request")


def test_a_reset_begins_anew_and_the_run_remembers() -> None:
    with mock() as built:
        client = Asking(built)
        sends_its_key_from_a_page(client)
        client.control("reset")
        assert ids(client) == []
        assert [finding.mistake.id for _, finding in built.advice.findings()] == ["credentials.browser"]
        client.ask("public/org/acme-salon")
        client.ask("public/org/acme-salon")  # with the one before the reset it would be the third
        assert ids(client) == []


def test_what_is_forgotten_on_purpose_is_not_told_at_the_end() -> None:
    with mock() as built:
        client = Asking(built)
        sends_its_key_from_a_page(client)
        assert client.control("advice", "DELETE").status_code == 204
        assert ids(client) == []
        assert built.advice.findings() == []


def test_each_world_has_its_own_and_the_run_those_of_all() -> None:
    with mock() as built:
        client = Asking(built)
        client.control("worlds/one")
        for _ in range(2):
            client.ask("public/org/acme-salon")
        client.flask.get(f"/w/one{API}/public/org/acme-salon", headers={"x-kordless-key": client.key})
        assert ids(client) == client.flask.get("/w/one/_mock/advice").get_json()["advice"] == []
        client.flask.get(
            f"/w/one{API}/public/org/acme-salon", headers={"x-kordless-key": client.key, "Origin": "https://a.b"}
        )
        assert ids(client) == []
        (finding,) = client.flask.get("/w/one/_mock/advice").get_json()["advice"]
        assert finding["id"] == "credentials.browser"
        client.control("worlds/one", "DELETE")
        assert [(world, finding.mistake.id) for world, finding in built.advice.findings()] == [
            ("one", "credentials.browser")
        ]


def test_nothing_depends_on_the_journal() -> None:
    with mock(journal=0) as built:
        client = Asking(built)
        keeps_no_organization(client)
        assert ids(client) == ["repeats.uncached"]


def test_nobody_need_read_for_requests_to_be_judged() -> None:
    told: list[str] = []
    with mock() as built:
        built.advice._tell = lambda _, finding: told.append(finding.mistake.id)
        client = Asking(built)
        sends_its_key_from_a_page(client)
        for _ in range(MOST_WAITING):
            client.ask("public/bookings/confirmation/BOOK_X?contact=a@example.com", key=None)
    assert told == ["credentials.browser"]


def test_an_adviser_that_fails_keeps_nobody_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        operations = None

        def look(self, entry: Entry) -> list[Sign]:
            if entry.path == "/b":
                return [Sign(PAGE.id, "seen", (Trace.of(entry),))]
            raise ValueError("oh")

    advice = Advice({PAGE.id: PAGE}.__getitem__, lambda: [Broken()], Summary(), None)
    for path in ("/a", "/b"):
        advice.observe(Entry("req_1", 0, 0, "GET", path, "", "", (), b"", None, None, None, 200, None, (), b""))
    assert [finding.mistake for finding in advice.findings()] == [PAGE]
    assert "no advice on request req_1" in caplog.text


def test_memory_has_an_end_and_begins_with_the_latest() -> None:
    recent: Recent[int, int] = Recent()
    for number in range(10 * MOST_REMEMBERED):
        recent.set(number, number)
    assert MOST_REMEMBERED <= len(recent) <= 2 * MOST_REMEMBERED
    last = 10 * MOST_REMEMBERED - 1
    kept = range(last - MOST_REMEMBERED + 1, last + 1)
    assert [recent.get(number) for number in kept] == list(kept)
    assert recent.get(0) is None
    assert recent.pop(last) == last
    assert recent.get(last) is None


class Siblings:
    """Of two processes, in one."""

    def __init__(self) -> None:
        self.other: Callable[[bytes], bytes | None] = lambda _: None

    def ask(self, word: bytes) -> list[bytes]:
        return [self.other(word) or b""]

    def answer(self, answering: Callable[[bytes], bytes | None]) -> None:
        self.answering = answering


def test_processes_that_serve_as_one_tell_of_what_each_has_seen() -> None:
    with mock() as first, mock() as second:
        one, two = Siblings(), Siblings()
        first.mock.advice.share(one)
        second.mock.advice.share(two)
        one.other, two.other = two.answering, one.answering
        clients = Asking(first), Asking(second)
        for client in clients:
            sends_its_key_from_a_page(client)
        keeps_no_organization(clients[1])
        for client in clients:
            assert [(each["id"], each["count"], len(each["evidence"])) for each in client.advice()] == [
                ("credentials.browser", 2, 2),
                ("repeats.uncached", 1, 1),
            ]
        clients[0].control("advice", "DELETE")
        assert ids(clients[1]) == []
        sends_its_key_from_a_page(clients[1])
        clients[0].control("reset")
        assert ids(clients[1]) == []


def test_what_another_process_may_have_seen_is_not_missed() -> None:
    with mock() as built:
        built.mock.advice.share(Siblings())
        client = Asking(built)
        asks_for_another_day(client)
        assert ids(client) == []


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_is_new_is_a_line_of_the_log(log_format: LogFormat) -> None:
    lines = StringIO()
    log = RequestLog(log_format, lines)
    shared, dataset = share(Settings(seed=7), STANDARD), load_dataset("acme-salon", seed=7)
    summary = Summary(log.advise)
    world = world_of(shared, dataset, summary, "one")
    world.begin(beginning_of(shared, dataset), anew=False)
    log.start(summary.judge)
    names = ("HTTP_ORIGIN", "https://a.b", "HTTP_X_KORDLESS_KEY", "[redacted]")
    for number in range(2):
        entry = Entry(
            f"req_{number}", 0, 0, "GET", "/a", "", "", names, b"", "getOrganization", None, None, 200, None, (), b""
        )
        world.advice.observe(entry)
        log.write(entry)
    world.advice.judge()
    log.stop()
    told = [line for line in lines.getvalue().splitlines() if "advice" in line]
    assert len(told) == 1
    sentence = "An API key was sent by a page in a browser, where everybody can read it."
    detail = f"{sentence} (a page in a browser sent a key to getOrganization: req_0)"
    if log_format == "text":
        assert told == [f"1970-01-01T00:00:00Z advice credentials.browser in world one: {detail}"]
    else:
        assert json.loads(told[0]) == {
            "event": "advice",
            "time": "1970-01-01T00:00:00Z",
            "id": "credentials.browser",
            "world": "one",
            "detail": detail,
            "page": "/api/authentication",
        }


def test_the_end_tells_of_everything() -> None:
    assert text([], 1) == "Advice on 1 request: none"
    said = text([(None, FOUND), ("one", FOUND._replace(times=2))], 1200)
    assert said.splitlines() == [
        "Advice on 1,200 requests: 2 findings",
        "",
        "  credentials.browser, 1 time (documented, /api/authentication)",
        "    A page sent a key.",
        "    Do not.",
        "    Seen: by a page (req_1)",
        "",
        "  credentials.browser in world one, 2 times (documented, /api/authentication)",
        "    A page sent a key.",
        "    Do not.",
        "    Seen: by a page (req_1)",
    ]
    told = values([("one", FOUND)], 3)
    assert (told["event"], told["requests"]) == ("advice", 3)
    assert (told["advice"][0]["id"], told["advice"][0]["world"]) == ("credentials.browser", "one")


def test_a_finding_survives_the_way_to_another_process() -> None:
    assert Finding.read(json.loads(json.dumps(FOUND))) == FOUND


@pytest.mark.parametrize(
    ("fails", "found", "status", "says"),
    [
        (False, [], 0, ""),
        (True, [], 0, "Advice on 2 requests: none\n"),
        (False, [(None, FOUND)], 0, "Advice on 2 requests: 1 finding\n"),
        (True, [(None, FOUND)], 1, "Advice on 2 requests: 1 finding\n"),
    ],
)
def test_only_who_asked_for_it_fails(
    fails: bool, found: list[Any], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    conclusion = Conclusion("text", fails=fails)
    conclusion.tell(found, 2)
    assert conclusion.status == status
    assert capsys.readouterr().out[: len(says) or None] == says


def test_a_probe_wants_a_webhook_that_was_told_of_something() -> None:
    with mock() as built:
        client = Asking(built)
        unknown = client.control("webhooks/hook_none/probe")
        assert (unknown.status_code, unknown.get_json()["detail"]) == (
            404,
            "there is no webhook hook_none; all of them stand in GET /_mock/webhooks",
        )
        wanted: dict[str, Any] = {"organization": "acme-salon", "url": "https://a.example/verify", "events": EVENTS}
        webhook = client.control("webhooks", **wanted).get_json()["id"]
        early = client.control(f"webhooks/{webhook}/probe")
        assert (early.status_code, early.get_json()["detail"]) == (
            409,
            f"nothing was ever sent to {webhook}: make a booking of its organization first",
        )
        assert client.advice() == []


def test_a_probe_is_no_delivery() -> None:
    with mock() as built:
        client = Asking(built)
        webhook = client.receive("believe")
        before = client.flask.get("/_mock/deliveries").get_json()
        probed = client.control(f"webhooks/{webhook}/probe").get_json()
        assert client.flask.get("/_mock/deliveries").get_json() == before
        assert probed["id"] not in str(before)
        assert [finding["evidence"][0]["requests"][0]["request_id"] for finding in client.advice()] == [probed["id"]]


def test_secrets_of_a_request_id_are_masked() -> None:
    with mock() as built:
        client = Asking(built)
        client.ask("public/org/acme-salon", headers={"Origin": "https://a.b", "X-Request-Id": client.key})
        assert client.key not in json.dumps(client.advice())


def test_a_key_that_cannot_be_looked_up_just_now_is_looked_up_later() -> None:
    answers = iter([None, KnownKey(production=True, created=0)])
    adviser = Credentials(lambda _: next(answers), "HTTP_KEY", "key", (), 90, "/pages/")
    entry = Entry("req_1", 0, 0, "GET", "/a", "", "", (), b"", None, None, "key_1", 200, None, (), b"")
    assert [[sign.mistake for sign in adviser.look(entry)] for _ in range(3)] == [
        [],
        ["credentials.production"],
        ["credentials.production"],
    ]
