"""A mock in this process, reached through either of its doors; every answer of it is held against the contract."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.test import TestResponse

from contracts.lint import lint
from contracts.spec.contract import Contract
from contracts.spec.document import read
from contracts.spec.readings import AS_SHIPPED
from mockserver.domain.instants import parse_instant, render_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build
from tests import postgresql

NOW = "2025-12-01T08:00:00Z"
API = "/api/calendar/v1"


@cache
def shipped() -> Contract:
    return Contract.load()


@dataclass
class Client:
    """Sends requests to a built mock; `key` is sent unless a call gives other headers for it."""

    built: Built
    key: str | None = None

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **how: Any) -> TestResponse:
        sent = {"x-kordless-key": self.key} if self.key else {}
        sent.update(headers or {})
        full = path if path.startswith("/") else f"{API}/{path}"
        answer = self.built.app.test_client().open(full, method=method, headers=sent, **how)
        if full.startswith("/api/"):
            self._hold_against_contract(method, answer)
        return answer

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> TestResponse:
        return self.request("POST", path, **how)

    def with_key(self, key: str | None) -> "Client":
        return replace(self, key=key)

    @property
    def mock(self) -> Any:
        return self.built.mock

    def stored(self, part: str) -> Sequence[Any]:
        """All of a part of the state: `bookings`, `replays`, `keys`."""
        with self.built.mock.state.work() as work:
            held: Sequence[Any] = getattr(work, part).all()
        return held

    def advance(self, seconds: float) -> None:
        """Move the frozen clock forward."""
        self.built.mock.clock.advance(round(seconds * SECOND))

    def _hold_against_contract(self, method: str, answer: TestResponse) -> None:
        assert answer.headers["X-Request-Id"]
        assert answer.headers["Date"]
        if answer.status_code == 204 or method == "HEAD":
            assert answer.data == b""
            return
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert answer.headers["Content-Type"] == "application/json"
        contract = self.built.contract
        operation = _operation(contract, answer)
        if operation is None:
            problem = next(iter(contract.operations.values())).responses[answer.status_code]
            assert answer.status_code in (404, 405)
        else:
            assert answer.status_code in operation.responses, f"{operation.id} does not declare {answer.status}"
            problem = operation.responses[answer.status_code]
        assert list(problem.problems(answer.json)) == []
        if answer.status_code >= 400:
            body = answer.get_json()
            assert set(body) == {"detail", "status", "type"}
            assert body["status"] == answer.status_code
            causes = [e for e in contract.errors.values() if e.status == answer.status_code and e.type == body["type"]]
            assert causes, f"x-errors has no {body['type']} with status {answer.status_code}"


def _operation(contract: Contract, answer: TestResponse) -> Any:
    """The operation that a request reached, by the longest way: comparing its path with each template."""
    segments = answer.request.path.split("/")
    method = answer.request.method
    for operation in contract.operations.values():
        template = operation.path.split("/")
        if (
            operation.method == method
            and len(template) == len(segments)
            and all(a == b or (a.startswith("{") and b) for a, b in zip(template, segments, strict=True))
        ):
            return operation
    return None


def dataset_key(built: Built, name: str, organization: str = "acme") -> str:
    """A key of the shipped dataset by its kind: public, platform, revoked, expired."""
    return next(key.value for key in built.dataset.keys if key.record.id == f"key_{organization}_{name}")


@pytest.fixture(params=["direct", pytest.param("flask", marks=pytest.mark.slow)])
def door(request: pytest.FixtureRequest) -> str:
    """The way that API requests take into the pipeline."""
    return str(request.param)


@pytest.fixture
def state_settings() -> Callable[[], dict[str, Any]]:
    """Where each mock that a test starts keeps its state."""
    return dict


@pytest.fixture
def start(door: str, state_settings: Callable[[], dict[str, Any]]) -> Iterator[Callable[..., Client]]:
    """Starts a mock at 2025-12-01T08:00:00Z, its clock frozen and limits off unless told otherwise."""

    begun: list[Built] = []

    def started(**settings: Any) -> Client:
        chosen: dict[str, Any] = {
            **state_settings(),
            "now": parse_instant(NOW) * SECOND,
            "frozen": True,
            "limits": False,
            "seed": 7,
            "direct": door == "direct",
        }
        built = build(Settings(**{**chosen, **settings}))
        begun.append(built)
        public = (key.value for key in built.dataset.keys if key.record.kind == "public")
        return Client(built, next(public, None))

    yield started
    for built in begun:
        built.mock.close()


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    """A mock with the shipped dataset, asked with its first public key."""
    return start()


@pytest.fixture
def keys() -> Callable[..., str]:
    """Full values of the shipped dataset's keys: `keys(client, "platform")`, `keys(client, "public", "harbor")`."""

    def value(client: Client, name: str, organization: str = "acme") -> str:
        return dataset_key(client.built, name, organization)

    return value


@pytest.fixture
def booking_body() -> Callable[..., dict[str, Any]]:
    """The documentation's createBooking body, with changes; a change to None leaves the member out."""

    def body(**changes: Any) -> dict[str, Any]:
        documented = shipped().document["components"]["examples"]["CreateBooking"]["value"]
        merged = {**documented, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    return body


@pytest.fixture
def amend(tmp_path: Path) -> Callable[..., Path]:
    """An overlay of `target=update` pairs, `None` removing the target; the amended contract must be sound."""

    def amended(*changes: tuple[str, Any], sound: bool = True) -> Path:
        actions = [{"target": t, "remove": True} if u is None else {"target": t, "update": u} for t, u in changes]
        path = tmp_path / "overlay.yaml"
        info = {"title": "What we have learned", "version": "1"}
        path.write_text(yaml.safe_dump({"overlay": "1.0.0", "info": info, "actions": actions}))
        if sound:
            assert lint(read(None, [path])) == []
        return path

    return amended


@pytest.fixture
def refused() -> Callable[..., None]:
    """Asserts that an answer is that of a cause in `x-errors`: `refused(answer, "missing_field", field="to")`."""

    def check(answer: TestResponse, cause: str, **details: object) -> None:
        error = shipped().errors[cause]
        sentence = error.detail.format(**details)
        assert answer.get_json() == {"detail": sentence, "status": error.status, "type": error.type}
        assert answer.status_code == error.status

    return check


@pytest.fixture
def wish(booking_body: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A createBooking body by service and start; the end follows from the service's duration."""

    def body(client: Client, service: str, start: str, **changes: Any) -> dict[str, Any]:
        calendar = client.mock.bookings.organizations["acme-salon"].services[service].calendar
        end = render_instant(parse_instant(start) + calendar.duration * 60)
        return booking_body(**{"service_slug": service, "starts_at": start, "ends_at": end, **changes})

    return body


@pytest.fixture
def book(wish: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Makes a booking and gives what was answered of it."""

    def booked(
        client: Client, service: str = "haircut", start: str = "2025-12-03T15:00:00Z", **changes: Any
    ) -> dict[str, Any]:
        answer = client.post("public/bookings", json=wish(client, service, start, **changes))
        assert answer.status_code == 201, answer.text
        booking: dict[str, Any] = answer.get_json()["booking"]
        return booking

    return booked


@pytest.fixture
def slots() -> Callable[..., list[dict[str, Any]]]:
    """The slots of a service on 3 December 2025, or in the range that `from` and `to` in `query` give."""

    def offered(client: Client, service: str = "haircut", **query: Any) -> list[dict[str, Any]]:
        day = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}
        asked = {"org_slug": "acme-salon", "service_slug": service, **day, **query}
        answer = client.get("public/availability", query_string=asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.get_json()["slots"]
        return found

    return offered


@pytest.fixture(scope="session", autouse=True)
def one_contract() -> Iterator[None]:
    """Reading the shipped contract is most of what a mock does to start: here all mocks share one."""
    contract, load = shipped(), Contract.load

    def remembered(source: Path | None = None, overlays: Sequence[Path] = (), reading: str = AS_SHIPPED) -> Contract:
        amended = source or overlays or reading != AS_SHIPPED
        return load(source, overlays, reading) if amended else contract

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Contract, "load", remembered)
        yield


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """Shared by all processes of this run."""
    folder = tmp_path_factory.getbasetemp()
    try:
        with postgresql.shared_server(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as server:
            yield server
    except postgresql.NoPostgresqlError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture
def new_database(postgresql_server: postgresql.Server) -> Callable[[], str]:
    """Makes a database, and gives its URL."""
    return postgresql_server.new_database
