"""A client of the mock's control API (`openapi/control.yaml`): time, state and journal of a server that has one.

Only for a URL that the user named: nobody probes a server for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import requests

from contracts.errors import UnreachableError
from contracts.target import transport
from contracts.target.redaction import visible

MOST_BYTES = 128 << 20  # of a mock's whole state


class RefusedError(UnreachableError):
    """The control API answers, and does not do what it was told to; `reason` is what it says of that, or empty."""

    def __init__(self, sentence: str, answer: requests.Response) -> None:
        super().__init__(sentence)
        try:
            self.reason = visible(str(answer.json()["detail"])[:300])
        except (ValueError, KeyError, TypeError, RecursionError):
            self.reason = ""


class ControlApi:
    """`url` ends in `/_mock`. Every method raises UnreachableError where the control API does not do as it is told."""

    def __init__(self, url: str, token: str | None = None, authority: str | Path | None = None) -> None:
        """`authority`: see `transport.session`."""
        self.url = url.rstrip("/")
        self._session = transport.session(authority)
        self._session.proxies = transport.proxies_for(url)
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    @cached_property
    def _blank(self) -> requests.PreparedRequest:
        """With the address and the headers of all others: to read these takes longer than the rest of a request."""
        return self._session.prepare_request(requests.Request("GET", self.url))

    def health(self) -> Mapping[str, Any]:
        return dict(self._call("GET", "/health"))

    def advance(self, seconds: float) -> None:
        self._call("POST", "/clock/advance", {"seconds": seconds})

    def stop_clock(self, moment: str | None = None) -> None:
        """It stands still: at that moment (RFC 3339), or where it is."""
        self._call("PUT", "/clock", {"frozen": True} | ({"now": moment} if moment else {}))

    def set_clock(self, moment: str) -> None:
        """Raises RefusedError for what is in its past."""
        self._call("PUT", "/clock", {"now": moment})

    def reset(self) -> None:
        """Back to the dataset; the clock stays."""
        self._call("POST", "/reset")

    def clear_limits(self) -> None:
        self._call("DELETE", "/limits")

    def make_key(self, organization: str, expires_at: str | None = None) -> tuple[str, str]:
        """A public key: its id and its value."""
        body = {"organization": organization, "kind": "public", "label": "kordkit check", "expires_at": expires_at}
        made = self._call("POST", "/keys", {name: value for name, value in body.items() if value is not None})
        return str(made["id"]), str(made["key"])

    def revoke_key(self, identity: str) -> None:
        self._call("POST", f"/keys/{identity}/revoke")

    def key_id(self, organization: str, end: str) -> str:
        """Of the key of that organization (a slug) whose last four characters these are."""
        for key in self._call("GET", "/keys")["keys"]:
            if key["organization"] == organization and key["end"] == end:
                return str(key["id"])
        raise UnreachableError(f"the control API at {self.url} knows no key of {organization} that ends in {end}")

    def set_remaining(self, policy: str, subject: str, remaining: int) -> None:
        self._call("PUT", f"/limits/{policy}/{subject}", {"remaining": remaining})

    def confirm(self, booking_id: str) -> None:
        """As staff would."""
        self._call("POST", f"/bookings/{booking_id}/confirm")

    def make_webhook(self, organization: str, url: str, events: Sequence[str], secret: str | None) -> tuple[str, str]:
        """An endpoint of an organization (a slug): its id and its secret, which is made up where none is given. Raises
        RefusedError."""
        body = {"organization": organization, "url": url, "events": list(events), "secret": secret}
        made = self._call("POST", "/webhooks", {name: value for name, value in body.items() if value is not None})
        return str(made["id"]), str(made["secret"])

    def remove_webhook(self, identity: str) -> None:
        self._call("DELETE", f"/webhooks/{identity}")

    def deliveries(self, webhook: str) -> Sequence[Mapping[str, Any]]:
        """Those to a webhook that it knows, the newest at least."""
        return list(self._call("GET", "/deliveries", params={"webhook": webhook})["deliveries"])

    def resend(self, delivery: str) -> None:
        """Raises RefusedError."""
        self._call("POST", f"/deliveries/{delivery}/resend")

    def state(self) -> bytes:
        """All of it, as it came: it is large, and wanted to be put back."""
        answer = self._answered("GET", "/state")
        self._read(answer, "/state")
        return answer.content

    def restore(self, state: bytes) -> None:
        self._answered("PUT", "/state", state)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever happens inside, the server is left in the state it had: bookings, counters and clock."""
        state = self.state()
        try:
            yield
        finally:
            self.restore(state)

    def _call(self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Any:
        content = None if body is None else orjson.dumps(body)
        return self._read(self._answered(method, path, content, params), path)

    def _answered(
        self, method: str, path: str, content: bytes | None = None, params: Mapping[str, str] | None = None
    ) -> requests.Response:
        try:
            headers = {name: str(value) for name, value in self._blank.headers.items()}
            if content is not None:
                headers["Content-Type"] = "application/json"
            url = str(self._blank.url).rstrip("/") + path + (f"?{urlencode(params)}" if params else "")
            answer = transport.send(self._session, transport.prepared(method, url, headers, content), most=MOST_BYTES)
        except transport.NoAnswerError as error:
            raise UnreachableError(f"the control API at {self.url} does not answer: {error}") from error
        except (requests.RequestException, ValueError) as error:  # no request can be made of it
            raise UnreachableError(f"the control API at {self.url} cannot be asked: is that its URL?") from error
        if answer.is_redirect:
            where = transport.elsewhere(answer.headers["Location"])
            raise UnreachableError(f"the control API at {self.url} sends on to {where}: name that one instead")
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise UnreachableError(f"the control API at {self.url} wants its token: --admin-token")
        if answer.status_code == HTTPStatus.NOT_FOUND and not self.url.endswith("/_mock"):
            raise UnreachableError(f"there is no control API at {self.url}: its URL ends in /_mock")
        if not answer.ok:
            sentence = f"the control API at {self.url} answered {method} {path} with {answer.status_code}"
            raise RefusedError(sentence, answer)
        return answer

    def _read(self, answer: requests.Response, path: str) -> Any:
        if not answer.content:
            return {}
        try:
            if transport.is_deep(answer.content):
                raise ValueError("it is nested too deeply")
            return orjson.loads(answer.content)
        except ValueError as error:
            raise UnreachableError(f"{self.url} is no control API: it answered {path} with no JSON") from error
