"""Webhooks and deliveries as parts of the State: datasets, reset, snapshots, worlds, and processes that end."""

import json
import os
import signal
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import pytest
import yaml

from mockserver.application.dispatcher import Dispatcher
from mockserver.ports import Post
from mockserver.settings import Settings
from mockserver.wiring import Unusable, build
from mockserver.wiring.state import exchanged
from tests.mockserver.conftest import NOW, Client, shipped
from tests.mockserver.storage.test_recovery import BOOKINGS, ask, mock
from tests.mockserver.webhooks.conftest import EVENTS, URL, Receiver
from tests.turns import PATIENCE

Listed = Callable[..., list[dict[str, Any]]]
SHIPPED = Path(__file__).parents[3] / "mockserver" / "datasets" / "acme-salon.yaml"
STATED = {"url": URL, "events": EVENTS, "secret": "whsec_made_up_for_a_test"}


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., str]:
    """A file with the shipped organizations, the first of which has a webhook."""

    def written(**changes: Any) -> str:
        document = yaml.safe_load(SHIPPED.read_text("utf-8"))
        document["organizations"][0]["webhooks"] = [{**STATED, **changes}]
        file = tmp_path / "told.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return str(file)

    return written


def test_a_dataset_has_webhooks_and_a_reset_brings_them_back_and_empties_the_outbox(
    told: Callable[..., Client],
    dataset: Callable[..., str],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
) -> None:
    receiver = Receiver(lambda _: 500)
    client = told(receiver, data=dataset())
    [first] = client.get("/_mock/webhooks").get_json()["webhooks"]
    assert (first["organization"], first["secret_end"]) == ("acme-salon", "test")
    registered(client)
    book(client)
    assert [one["state"] for one in deliveries(client)] == ["pending"] * 2
    assert client.post("/_mock/reset").status_code == 204
    assert client.get("/_mock/webhooks").get_json() == {"webhooks": [first]}
    assert deliveries(client) == []
    came = len(receiver.posts)
    client.advance(9000)
    assert len(receiver.posts) == came


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "http://example.com/"}, "organizations[0].webhooks[0]: url must be https"),
        ({"events": ["made"]}, "organizations[0].webhooks[0]: events must be some of booking.created"),
        ({"secret": "short"}, "organizations[0].webhooks[0]: secret must have"),
        ({"id": "whk_1"}, "organizations[0].webhooks[0].id: must be"),
    ],
)
def test_a_mistake_in_a_dataset_is_told_with_its_place(
    dataset: Callable[..., str], changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Unusable) as told:
        build(Settings(data=dataset(**changes)))
    assert sentence in str(told.value)


def test_a_snapshot_goes_on_where_it_was_taken(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
) -> None:
    receiver = Receiver(lambda _: 500)
    client = told(receiver)
    registered(client)
    book(client)
    before = deliveries(client)
    taken = client.get("/_mock/state").get_json()
    client.advance(9000)
    client.request("DELETE", "/_mock/webhooks")
    receiver.answer = lambda _: 200
    assert client.request("PUT", "/_mock/state", json=taken).status_code == 204
    assert deliveries(client) == before
    assert client.get("/_mock/state").get_json()["webhooks"] == taken["webhooks"]
    client.advance(10)
    [one] = deliveries(client)
    assert (one["state"], len(one["attempts"])) == ("delivered", 2)


@pytest.mark.parametrize(
    ("part", "changes", "sentence"),
    [
        ("webhooks", {"url": "http://example.com/"}, "the snapshot does not fit"),
        ("webhooks", {"id": "x"}, "webhooks"),
        ("deliveries", {"payload": "e30"}, "deliveries[0].payload is not JSON in base64"),
        ("deliveries", {"due": -1}, "deliveries"),
        ("deliveries", {"due": 1, "webhook": "hook_x"}, "deliveries[0].webhook is none of webhooks"),
    ],
)
def test_a_snapshot_that_nothing_could_be_done_with_is_refused(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    part: str,
    changes: dict[str, Any],
    sentence: str,
) -> None:
    client = told(Receiver())
    registered(client)
    book(client)
    assert deliveries(client)
    taken = client.get("/_mock/state").get_json()
    for altered in ([{**taken[part][0], **changes}], taken[part] * 2):
        answer = client.request("PUT", "/_mock/state", json={**taken, part: altered})
        assert answer.status_code in (400, 409), answer.text
        if len(altered) == 1:
            assert sentence in answer.get_json()["detail"]
        else:
            assert f"{part}[1].id is another's, too" in answer.get_json()["detail"]


def test_each_world_has_its_own(told: Callable[..., Client], book: Callable[..., dict[str, Any]]) -> None:
    receiver = Receiver()
    client = told(receiver)
    assert client.post("/_mock/worlds/w").status_code == 201
    wanted = {"organization": "acme-salon", "url": URL, "events": EVENTS}
    assert client.post("/w/w/_mock/webhooks", json=wanted).status_code == 201
    book(client)
    assert client.get("/_mock/webhooks").get_json() == {"webhooks": []}
    body = shipped().document["components"]["examples"]["CreateBooking"]["value"]
    assert client.post("/w/w/api/calendar/v1/public/bookings", json=body).status_code == 201
    assert client.post("/w/w/_mock/clock/advance", json={"seconds": 0}).status_code == 200
    assert len(client.get("/w/w/_mock/deliveries").get_json()["deliveries"]) == len(receiver.posts) == 1
    receiver.answer = lambda _: 500
    [one] = client.get("/w/w/_mock/deliveries").get_json()["deliveries"]
    assert client.post(f"/w/w/_mock/deliveries/{one['id']}/resend").get_json()["state"] == "pending"
    assert client.request("DELETE", "/_mock/worlds/w").status_code == 204
    assert client.get("/_mock/deliveries").get_json() == {"deliveries": []}


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the state outlives its process."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    made: str = request.getfixturevalue("new_database")()
    return made


def test_what_is_pending_goes_on_after_a_restart(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    state: str,
) -> None:
    client = told(Receiver(lambda _: "nobody is there"), state=state)
    registered(client)
    book(client)
    [before] = deliveries(client)
    client.mock.close()
    receiver = Receiver()
    client = told(receiver, state=state)
    assert deliveries(client) == [before]
    client.advance(10)
    [after] = deliveries(client)
    assert [attempt["error"] for attempt in after["attempts"]] == ["nobody is there", None]
    assert (after["id"], after["state"], len(receiver.posts)) == (before["id"], "delivered", 1)


class Hangs(BaseHTTPRequestHandler):
    """Answers nothing while it `hangs`; what comes is told."""

    came: SimpleQueue[dict[str, Any]]
    hangs: Event

    def do_POST(self) -> None:
        self.came.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.hangs.is_set():
            self.rfile.read(1)  # until the other side is gone
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """To nobody."""


def test_a_kill_between_booking_and_delivery_loses_nothing(tmp_path: Path) -> None:
    """One process: what was claimed by it is free when the next one opens its file."""
    state, ready_file = f"sqlite:///{tmp_path / 'state.db'}", tmp_path / "ready.json"
    Hangs.came, Hangs.hangs = SimpleQueue(), Event()
    Hangs.hangs.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hangs) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        wanted = {"organization": "acme-salon", "url": url, "events": EVENTS[:1]}
        with mock(state, ready_file, "--now", NOW, "--freeze") as (process, ready):
            assert ask(ready["control_url"] + "/webhooks", wanted)[0] == 201
            key = {"x-kordless-key": ready["organizations"][0]["keys"]["public"]}
            body = shipped().document["components"]["examples"]["CreateBooking"]["value"]
            assert ask(ready["url"] + BOOKINGS, body, **key)[0] == 201
            first = Hangs.came.get(timeout=PATIENCE)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
            ready_file.unlink()
        Hangs.hangs.clear()
        with mock(state, ready_file, "--data", "acme-salon"):
            assert Hangs.came.get(timeout=PATIENCE) == first
        server.shutdown()


def test_what_a_process_left_behind_that_is_no_more_is_sent_by_another(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    new_database: Callable[[], str],
) -> None:
    state, come = new_database(), Event()
    dying = told(Receiver(), state=state)
    registered(dying)

    def answer(_: Post) -> int:
        come.set()
        return 200

    receiver = Receiver(answer)
    other = told(receiver, state=state)
    other.mock.dispatcher.start()
    dying.mock.dispatcher.close()
    booked = book(dying)["id"]
    assert come.wait(PATIENCE)
    assert [json.loads(post.body)["data"]["booking"]["id"] for post in receiver.posts] == [booked]


def test_a_state_that_is_carried_sends_nothing(
    told: Callable[..., Client],
    registered: Callable[..., dict[str, Any]],
    book: Callable[..., dict[str, Any]],
    deliveries: Listed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = told(Receiver(lambda _: 500))
    registered(client)
    book(client)
    assert [one["state"] for one in deliveries(client)] == ["pending"]
    taken = client.get("/_mock/state").get_json()
    taken["clock"]["now"] += 10**10  # it is due
    client.mock.close()
    couriers: list[Dispatcher] = []
    monkeypatch.setattr(Dispatcher, "_carry", couriers.append)
    url = f"sqlite:///{tmp_path / 'carried.db'}"
    exchanged(url, "acme-salon", 7, taken)
    held = exchanged(url, None, 7, None)
    assert json.loads(json.dumps(held["deliveries"])) == taken["deliveries"]
    assert couriers == []
