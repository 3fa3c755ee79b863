"""A patient client of the API, for questions before and after a load: one at a time, and within the server's limits."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson
import requests

from contracts.errors import UnreachableError
from contracts.target import transport
from contracts.target.control import ControlApi
from loadtests.api.endpoint import Endpoint
from loadtests.measure.header_values import wait

PATIENCE = 90.0  # seconds that all questions of one client may take, waiting included
LEAST = 0.1  # seconds before asking again, whatever a refusal says
SHOWN = 100  # characters of a redirect's target


class ImpatientError(Exception):
    """There is no more time to ask, often because of the server's limits: one sentence."""


@dataclass(slots=True)
class Client:
    """Refusals of the limiter are waited out, as they say; where there is a control API, the counters are cleared.

    Every question raises UnreachableError, and ImpatientError where it would end after `patience` seconds in all.
    `now` is the server's time as its last answer had it, long ago before the first.
    """

    endpoint: Endpoint
    control: ControlApi | None = None
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: datetime = field(init=False, default=datetime.min.replace(tzinfo=UTC))
    _session: requests.Session = field(init=False, repr=False)
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self._deadline = self.clock() + self.patience
        self._session = transport.session(self.endpoint.authority)
        self._session.proxies = transport.proxies_for(self.endpoint.origin)

    def ask(
        self,
        operation: str,
        members: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer, unless the limiter refuses it; `members` fill the path."""
        request = requests.Request(
            self.endpoint.operations[operation][0],
            self.endpoint.url(operation, **(members or {})),
            params=query,
            headers=headers,
        ).prepare()
        pause = 1.0
        self._wait(0.0)
        answer = self._send(request)
        if self._is_limited(answer) and self.control is not None:
            self.control.clear_limits()
            answer = self._send(request)
        while self._is_limited(answer):
            asked = wait(answer.headers.get("Retry-After", ""), self.now.timestamp())
            self._wait(pause if asked is None else max(asked, LEAST))
            pause *= 2
            answer = self._send(request)
        return answer

    def _is_limited(self, answer: requests.Response) -> bool:
        return self.endpoint.meaning(answer.status_code) == "rate limited"

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        try:
            answer = transport.send(self._session, request)
        except transport.NoAnswerError as error:
            raise UnreachableError(f"{self.endpoint.origin} does not answer: {error}") from error
        if answer.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise UnreachableError(
                f"the proxy {self.endpoint.proxy or 'on the way'} wants to know who asks:"
                " http_proxy and https_proxy may say it as http://USER:PASSWORD@HOST:PORT"
            )
        if answer.is_redirect:  # where it leads, nobody allowed a load, nor the key
            where = answer.headers["Location"].partition("?")[0].partition("#")[0]
            raise UnreachableError(
                f"{self.endpoint.origin} sends on to {transport.elsewhere(where)}"
                f" ({answer.status_code} to {shown(where)}): give that URL instead"
            )
        try:
            now = parsedate_to_datetime(answer.headers["Date"])
            self.now = now if now.tzinfo else now.replace(tzinfo=UTC)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise UnreachableError(f"{self.endpoint.origin} is no Booking API: it answers without a Date") from error
        return answer

    def _wait(self, seconds: float) -> None:
        if self.clock() + seconds > self._deadline:
            wish = f", and the server's limit wants {seconds:g} s of waiting" if seconds else ""
            raise ImpatientError(f"there are {self.patience:g} s to read the server in{wish}")
        if seconds:
            self.sleep(seconds)


def object_of(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises UnreachableError where it is none."""
    try:
        stated = orjson.loads(answer.content)  # which refuses what is nested too deeply
    except ValueError:
        stated = None
    if not isinstance(stated, dict):
        raise UnreachableError(f"{answer.url.partition('?')[0]} is no Booking API: it answered without a JSON object")
    return stated


def shown(text: str) -> str:
    """Of a server's words what a terminal can show, and not too much of it."""
    return "".join(character if character.isprintable() else "?" for character in text[:SHOWN])
