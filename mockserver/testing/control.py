"""What tests ask of a mock's control API: of one in this process without a socket, of another by HTTP."""

import json
import os
from typing import Any, Protocol
from urllib.parse import urlencode

from mockserver.testing.wsgi import Answer, call, environ_of


class ControlError(RuntimeError):
    """The mock refused: its sentence. `status` is that of the control API's answer, `answer` all that it said."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.answer: dict[str, Any] = json.loads(answer.body or b"{}")
        super().__init__(self.answer.get("detail", f"the control API answered with {answer.status}"))


class Way(Protocol):
    def __call__(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """`path` is that below the control API's URL."""


class Control:
    """Paths, bodies and answers are those of `contracts/openapi/control.yaml`."""

    def __init__(self, way: Way, token: str | None) -> None:
        self._way = way
        self._headers = [("Content-Type", "application/json")]
        if token is not None:
            self._headers.append(("Authorization", f"Bearer {token}"))

    def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """What it answers: JSON, or None where there is nothing to say. Raises ControlError."""
        stated = b"" if body is None else json.dumps(body).encode()
        answer = self._way(method, f"{path}?{urlencode(query)}" if query else path, self._headers, stated)
        if answer.status >= 400:
            raise ControlError(answer)
        return json.loads(answer.body) if answer.body else None


def through_wsgi(app: Any, control_url: str) -> Way:
    def way(method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        return call(app, environ_of(method, control_url + path, headers, body))

    return way


def through_http(control_url: str) -> Way:
    """Raises OSError where nobody answers."""
    import ssl
    from urllib.error import HTTPError
    from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

    trusting = ssl.create_default_context(cafile=os.environ.get("KORDKIT_CA_BUNDLE"))
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusting))

    def way(method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        request = Request(control_url + path, body or None, dict(headers), method=method)
        try:
            with opener.open(request, timeout=10) as response:
                return Answer(response.status, [], response.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, [], error.read())

    return way
