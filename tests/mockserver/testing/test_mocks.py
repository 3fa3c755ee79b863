"""The mock as tests have it in Python: what they move, what they look at, and that nothing of it stays."""

import socket
import threading
import unittest
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest
import requests

from mockserver.testing import App, ControlError, KordlessMock, Mock, Settings, moment
from mockserver.wiring import Unusable

BEGIN = datetime(2025, 12, 1, 8, tzinfo=UTC)
SETTINGS = Settings(seed=7, now=moment("2025-12-01T08:00:00Z"))
SALON = "/api/calendar/v1/public/org/acme-salon"
BOOKINGS = "/api/calendar/v1/public/bookings"


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    with Mock(SETTINGS) as mock:
        yield mock


@pytest.fixture(scope="module")
def app() -> App:
    return App(SETTINGS)


@pytest.fixture(params=["served", "app"])
def mock(request: pytest.FixtureRequest) -> Mock | App:
    chosen: Mock | App = request.getfixturevalue(request.param)
    chosen.reset()
    return chosen


def ask(mock: Mock | App, method: str = "GET", path: str = SALON, **how: Any) -> requests.Response:
    with mock.session() if isinstance(mock, App) else requests.Session() as session:
        return session.request(method, mock.url + path, headers={"x-kordless-key": mock.key}, timeout=10, **how)


def test_it_answers_below_its_origin(mock: Mock | App) -> None:
    answer = ask(mock)
    assert answer.status_code == 200, answer.text
    assert answer.json()["organization"]["slug"] == mock.credentials.org


def test_its_credentials_are_those_that_the_flags_of_check_name(mock: Mock | App) -> None:
    given = mock.credentials
    assert given.variables() == {
        "KORDLESS_API_KEY": mock.key,
        "KORDKIT_ORG": "acme-salon",
        "KORDKIT_SERVICE": given.service,
        "KORDKIT_PLATFORM_KEY": given.platform_key,
        "KORDKIT_ORGANIZATION_ID": given.organization_id,
        "KORDKIT_REVOKED_KEY": given.revoked_key,
        "KORDKIT_EXPIRED_KEY": given.expired_key,
        "KORDKIT_OTHER_KEY": given.other_key,
        "KORDKIT_OTHER_ORG": "harbor-clinic",
    }
    assert mock.key not in repr(given)


def test_the_clock_is_moved_by_seconds_and_by_timedeltas(mock: Mock | App) -> None:
    mock.clock.freeze()
    frozen_at = mock.clock.now
    assert frozen_at - BEGIN < timedelta(minutes=1)
    mock.clock.advance(90)
    mock.clock.advance(timedelta(hours=1))
    assert mock.clock.frozen
    assert mock.clock.now - frozen_at == timedelta(hours=1, seconds=90)
    mock.clock.move_to(datetime(2025, 12, 2, tzinfo=UTC))
    mock.clock.move_to("2025-12-03T00:00:00Z")
    assert mock.clock.now == datetime(2025, 12, 3, tzinfo=UTC)
    with pytest.raises(ControlError, match="does not go back"):
        mock.clock.move_to(BEGIN)
    with pytest.raises(ValueError, match="no time zone"):
        mock.clock.move_to(datetime(2026, 1, 1))
    mock.clock.run()
    assert not mock.clock.frozen


def test_limits_are_used_up_switched_and_cleared(mock: Mock | App) -> None:
    mock.limits.set_remaining("public-general", "key_acme_public", 0)
    assert ask(mock).status_code == 429
    assert [counter["remaining"] for counter in mock.limits.counters()] == [0]
    mock.limits.off()
    assert ask(mock).ok
    mock.limits.on()
    mock.limits.use("token-bucket")
    mock.limits.set_remaining("public-general", "key_acme_public", 0)
    mock.limits.clear()
    assert ask(mock).ok
    with pytest.raises(ControlError, match="there is no policy none"):
        mock.limits.set_remaining("none", "key_acme_public", 0)


def test_faults_fire_until_they_are_removed(mock: Mock | App) -> None:
    (fault,) = mock.faults.add(action={"kind": "error", "status": 503}, match={"operation": "getOrganization"})
    assert ask(mock).status_code == 503
    assert [(each["id"], each["fired"]) for each in mock.faults.all()] == [(fault, 1)]
    mock.faults.remove(fault)
    assert ask(mock).ok
    assert len(mock.faults.add("flaky")) > 1
    mock.faults.clear()
    assert mock.faults.all() == []
    with pytest.raises(ControlError, match=r"match\.operation must be one of"):
        mock.faults.add(action={"kind": "error", "status": 503}, match={"operation": "nothing"})


def test_requests_are_looked_at_and_verified(mock: Mock | App) -> None:
    ask(mock)
    ask(mock, path="/api/calendar/v1/nowhere")
    assert [request["path"] for request in mock.requests] == [SALON, "/api/calendar/v1/nowhere"]
    assert len(mock.requests) == 2
    assert mock.requests[-1] == mock.requests[1:][0]
    assert [request["operation"] for request in mock.requests.matching(status=200)] == ["getOrganization"]
    mock.requests.verify(operation="getOrganization")
    mock.requests.verify({"at_most": 1}, operation="getOrganization", header={"x-kordless-key": None})
    mock.requests.verify_order({"operation": "getOrganization"}, {"path": "/api/calendar/v1/nowhere"})
    with pytest.raises(AssertionError, match="1 request matched operation getOrganization; 2 wanted"):
        mock.requests.verify(2, operation="getOrganization")
    with pytest.raises(ControlError, match="did you mean getOrganization"):
        mock.requests.verify(0, operation="getOrganisation")
    mock.requests.clear()
    assert list(mock.requests) == []


def test_bookings_are_those_that_staff_see(mock: Mock | App, booking_body: Callable[..., dict[str, Any]]) -> None:
    made = ask(mock, "POST", BOOKINGS, json=booking_body()).json()["booking"]
    assert [booking["id"] for booking in mock.bookings] == [made["id"]]
    assert mock.bookings[0]["contact"]["email"] == booking_body()["contact"]["email"]
    assert mock.bookings.cancel(made["id"])["status"] == "canceled"
    assert len(mock.bookings.matching(status="canceled")) == len(mock.bookings) == 1
    assert mock.bookings[:1] == mock.bookings.matching(organization="acme-salon")
    with pytest.raises(ControlError, match="already canceled"):
        mock.bookings.confirm(made["id"])


def test_advice_is_that_of_one_test(mock: Mock | App) -> None:
    assert mock.advice == []
    ask(mock, path=f"{SALON}?key={mock.key}")
    assert [each["id"] for each in mock.advice] == ["credentials.query"]
    mock.reset()
    assert mock.advice == []


def test_a_reset_leaves_no_trace(mock: Mock | App, booking_body: Callable[..., dict[str, Any]]) -> None:
    def state() -> Any:
        return mock.control.ask("GET", "/state")

    mock.clock.freeze()
    before = state() | {"clock": None}
    ask(mock, "POST", BOOKINGS, json=booking_body())
    mock.clock.advance(timedelta(days=400))
    mock.limits.use("sliding-window")
    mock.limits.off()
    mock.faults.add("outage")
    mock.control.ask("POST", "/keys/key_acme_public/revoke")
    mock.control.ask("POST", "/worlds/beside")
    mock.reset()
    assert not mock.clock.frozen
    assert timedelta(0) <= mock.clock.now - BEGIN < timedelta(minutes=1)
    mock.clock.freeze()
    assert state() | {"clock": None} == before
    assert list(mock.requests) == []
    assert mock.control.ask("GET", "/worlds")["worlds"] == []


def test_httpx_reaches_an_app_without_a_socket(app: App) -> None:
    with httpx.Client(transport=app.httpx_transport(), base_url=app.url) as client:
        assert client.get(SALON, headers={"x-kordless-key": app.key}).status_code == 200


def test_a_session_of_an_app_goes_nowhere_else(app: App) -> None:
    with pytest.raises(requests.exceptions.InvalidSchema, match="No connection adapters"):
        app.session().get("http://127.0.0.1:9/")


def test_faults_on_the_wire_are_carried_out_where_there_is_one(served: Mock) -> None:
    served.reset()
    served.faults.add(action={"kind": "connection-reset"}, times=1)
    with pytest.raises(requests.ConnectionError):
        ask(served)
    assert ask(served).ok


def test_nothing_of_a_stopped_mock_is_left() -> None:
    with Mock() as first:  # what the first one starts, the runtime of the server among it, may stay
        port = int(first.url.rpartition(":")[2])
    before = threading.active_count()
    for _ in range(3):
        with Mock() as mock:
            assert ask(mock).ok
    for thread in threading.enumerate():
        if thread.name == "uploads":
            thread.join(5)
    assert threading.active_count() <= before
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
        pass


def test_what_cannot_be_started_is_one_sentence() -> None:
    with pytest.raises(Unusable, match='there is no dataset "acme-saloon"'):
        Mock(Settings(data="acme-saloon")).start()


def test_a_dataset_without_keys_has_no_key() -> None:
    bare = KordlessMock({"url": "", "control_url": "", "organizations": []}, App().control)
    assert bare.credentials.variables() == {}
    with pytest.raises(LookupError, match="no public key"):
        _ = bare.key


def test_unittest_has_it_too() -> None:
    class Salon(unittest.TestCase):
        mock: Mock

        @classmethod
        def setUpClass(cls) -> None:
            cls.mock = cls.enterClassContext(Mock())

        def test_it(self) -> None:
            assert ask(self.mock).ok

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Salon).run(result)
    assert result.wasSuccessful(), result.errors
    assert result.testsRun == 1


class Receiver(BaseHTTPRequestHandler):
    """Refuses the first delivery and takes every other."""

    taken: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500 if len(self.taken) == 1 else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.taken.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()


def test_webhooks_are_registered_and_their_deliveries_looked_at(
    mock: Mock | App, receiver: str, booking_body: Callable[..., dict[str, Any]]
) -> None:
    hook = mock.webhooks.register(receiver, "booking.created", secret="a-secret-of-ours")
    assert hook["secret"] == "a-secret-of-ours"
    mock.clock.freeze()
    booking = ask(mock, "POST", BOOKINGS, json=booking_body()).json()["booking"]
    (delivery,) = mock.webhooks.deliveries(booking=booking["id"])
    assert (delivery["state"], len(delivery["attempts"])) == ("pending", 1)
    mock.clock.advance(timedelta(days=1))
    (delivery,) = mock.webhooks.deliveries(event="booking.created")
    assert (delivery["state"], len(delivery["attempts"])) == ("delivered", 2)
    assert mock.webhooks.resend(delivery["id"])["id"] == delivery["id"]
    assert len(set(Receiver.taken)) == 1
    assert len(Receiver.taken) == 3
    assert [each["id"] for each in mock.webhooks.all()] == [hook["id"]]
    mock.webhooks.remove(hook["id"])
    assert mock.webhooks.all() == []
    mock.webhooks.register(receiver, "booking.created", organization="harbor-clinic")
    mock.webhooks.clear()
    assert mock.webhooks.all() == []
    with pytest.raises(ControlError, match="organization must be one of acme-salon"):
        mock.webhooks.register(receiver, "booking.created", organization="nobody")
