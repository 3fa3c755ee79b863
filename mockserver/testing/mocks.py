"""A mock as a test sees it: served by threads of this process, called without a socket, or a world of one that runs."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mockserver.collection import paused
from mockserver.settings import Settings
from mockserver.testing.control import Control, through_http, through_wsgi
from mockserver.testing.credentials import Credentials
from mockserver.testing.views import Bookings, Clock, Faults, Limits, Moment, Requests, Webhooks, written

if TYPE_CHECKING:
    import httpx
    import requests

    from mockserver.wiring import Built

HOST = "127.0.0.1"


def moment(when: Moment) -> int:
    """For `Settings(now=moment("2025-12-01T08:00:00Z"))`. Raises ValueError."""
    from mockserver.domain.instants import parse_instant
    from mockserver.ports import SECOND

    return parse_instant(written(when)) * SECOND


class KordlessMock:
    """What all mocks have. `url` is the origin, to which the API's paths are appended.

    `organizations` are those of the dataset as the ready-file tells them: `slug`, `id`, `services`, `keys`.
    """

    def __init__(self, ready: Mapping[str, Any], control: Control) -> None:
        self.url: str = ready["url"]
        self.control_url: str = ready["control_url"]
        self.organizations: list[dict[str, Any]] = ready["organizations"]
        self.credentials = Credentials.of(ready)
        self.control = control
        self.clock = Clock(control)
        self.limits = Limits(control)
        self.faults = Faults(control)
        self.requests = Requests(control)
        self.bookings = Bookings(control)
        self.webhooks = Webhooks(control, self.credentials.org)

    @property
    def advice(self) -> list[dict[str, Any]]:
        """What the client under test did against the documentation's advice, since the test began (docs/advice.md)."""
        return list(self.control.ask("GET", "/advice")["advice"])

    @property
    def key(self) -> str:
        """The first organization's public key. Raises LookupError if it has none."""
        if self.credentials.key is None:
            raise LookupError("the dataset has no public key in its first organization")
        return self.credentials.key


class _Own(KordlessMock):
    """A mock of this process."""

    def __init__(self, settings: Settings, url: str, built: "Built") -> None:
        from mockserver.wiring.ready import ready_content

        self._built = built
        ready = ready_content(built.contract, built.dataset, built.mock, url, settings.admin_token)
        control_url = ready["control_url"]
        super().__init__(ready, Control(through_wsgi(built.gate, control_url), settings.admin_token))

    def reset(self) -> None:
        """As it began: bookings, keys, limits, faults, journal, the clock; without the worlds beside it."""
        for name, _ in self._built.front.worlds.unused():
            self._built.front.worlds.drop(name)
        self._built.mock.begin(self._built.beginning, anew=True)


class App(_Own):
    """A mock without a socket: itself a WSGI application, and the ways of httpx and requests to it.

    What faults do to a connection (delay, reset, cut) wants a server: see Mock. Raises mockserver.wiring.Unusable.
    """

    def __init__(self, settings: Settings = Settings()) -> None:  # noqa: B008 - it cannot be changed
        with paused():
            from mockserver.wiring import build

            super().__init__(settings, "http://kordless.localhost", build(settings))

    def close(self) -> None:
        self._built.mock.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self._built.gate(environ, start_response)

    def httpx_transport(self) -> "httpx.WSGITransport":
        """For `httpx.Client(transport=app.httpx_transport(), base_url=app.url)`."""
        import httpx

        return httpx.WSGITransport(app=self)

    def session(self) -> "requests.Session":
        """One whose requests to `url` come here; no other goes out of it."""
        import requests

        from mockserver.testing.requests_adapter import WsgiAdapter

        session = requests.Session()
        session.adapters.clear()
        session.mount(self.url, WsgiAdapter(self))
        return session


class Mock(_Own):
    """A mock on a free port of 127.0.0.1, served by threads of this process.

    `with Mock(Settings(seed=7)) as mock: ...`, or `start()` and `stop()`. `start` raises mockserver.wiring.Unusable.
    """

    def __init__(self, settings: Settings = Settings()) -> None:  # noqa: B008 - it cannot be changed
        self._settings = settings
        self._ends = ExitStack()

    def start(self) -> Self:
        with paused(), ExitStack() as ends:
            from mockserver.serving.requests import Requests as Handler
            from mockserver.serving.server import start
            from mockserver.serving.sockets import bind
            from mockserver.serving.turns import Turns
            from mockserver.serving.uploads import Patience, Uploads
            from mockserver.wiring import build

            built = build(self._settings)
            ends.callback(built.mock.close)
            built.mock.dispatcher.start()
            sock = ends.enter_context(bind(HOST, 0))
            uploads, gate = Uploads(), built.gate
            turns = Turns(gate.quick)
            handler = Handler(gate, gate.body_limit, gate.late, gate.broken, Patience(), uploads, turns)
            ends.callback(start(handler, uploads, sock))
            self._ends = ends.pop_all()
        super().__init__(self._settings, f"http://{HOST}:{sock.getsockname()[1]}", built)
        return self

    def stop(self) -> None:
        self._ends.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class World(KordlessMock):
    """A world of its own beside a mock that runs, as the mock's ready-file tells of it; `close` drops it.

    Raises OSError where there is no such mock, ControlError for a world that cannot be made.
    """

    def __init__(self, ready_file: Path, name: str) -> None:
        mock = json.loads(ready_file.read_text("utf-8"))
        self._path = f"/worlds/{name}"
        self._beside = Control(through_http(mock["control_url"]), mock["admin_token"])
        ready = self._beside.ask("POST", self._path)
        super().__init__(ready, Control(through_http(ready["control_url"]), mock["admin_token"]))

    def close(self) -> None:
        self._beside.ask("DELETE", self._path)
