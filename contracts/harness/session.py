"""Talking to the server under test in the contract's words: every request of a check goes out through here."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from contracts.exchange import Answer, Request
from contracts.harness.counting import ALGORITHMS
from contracts.harness.fakes import Fakes
from contracts.outcome import NotRunError
from contracts.spec.contract import Contract, Operation, Policy
from contracts.target.client import Target
from contracts.target.credentials import Credentials

OWN = "own"  # the key that an operation wants, of the check's own organization


class Session:
    """`call` sends what an operation declares, `send` anything."""

    def __init__(self, contract: Contract, target: Target, fakes: Fakes) -> None:
        self.contract = contract
        self.target = target
        self.fakes = fakes
        self.unserved: list[Answer] = []  # what answered good requests otherwise than they deserved
        self._kept: dict[str, Any] = {}
        self._by_contract: set[str] = set()

    def adopt(self, contract: Contract) -> None:
        """From now on the server is asked by another contract; what was fetched by the one before is fetched anew."""
        self.contract = contract
        self.target.adopt(contract, windows=ALGORITHMS[contract.rate_limits.algorithm].windows)
        for name in self._by_contract:
            self._kept.pop(name, None)

    @contextmanager
    def forgotten(self) -> Iterator[None]:
        """What was fetched meanwhile is not known afterwards."""
        kept = dict(self._kept)
        try:
            yield
        finally:
            self._kept = kept

    @property
    def credentials(self) -> Credentials:
        return self.target.credentials

    # Requests

    def call(
        self,
        operation_id: str,
        *,
        key: str | None = OWN,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        paced: bool = True,
        **path: str,
    ) -> Answer:
        """Sends an operation. `key` is a label of Credentials.keys, or None; `body` is sent as JSON; the organization
        is the check's own unless the path's members name another."""
        request = self.request(operation_id, key=key, query=query, body=body, headers=headers, **path)
        return self.target.send(request, paced=paced)

    def head(self, operation_id: str, *, query: Mapping[str, Any] | None = None, **path: str) -> Answer:
        """HEAD where the operation is GET."""
        request = self.request(operation_id, key=OWN, query=query, body=None, headers=None, **path)
        return self.target.send(replace(request, method="HEAD"))

    def request(
        self,
        operation_id: str,
        *,
        key: str | None = OWN,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **path: str,
    ) -> Request:
        operation = self.contract.operations[operation_id]
        label = operation.key_kind if key == OWN else key
        sent = dict(headers or {})
        identity = self.organization_header(label)
        if operation.key_kind == "platform" and identity is not None:
            sent = {self.contract.organization_header: identity, **sent}
        content = None
        if body is not None:
            content = orjson.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        return Request(operation.method, self.url(operation, query, **path), operation_id, label, sent, content)

    def send(
        self,
        method: str,
        path: str,
        *,
        operation: str | None = None,
        key: str | None = "public",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        paced: bool = True,
    ) -> Answer:
        """Sends anything; `path` is appended to the target's URL as it stands. `operation` is the one that the server
        will take it for, if any: it says which limits are drawn from."""
        url = self.credentials.url.rstrip("/") + path
        return self.target.send(Request(method, url, operation, key, dict(headers or {}), content), paced=paced)

    def url(self, operation: Operation, query: Mapping[str, Any] | None = None, **path: str) -> str:
        made = operation.path
        for name, value in {"org_slug": self.credentials.organization, **path}.items():
            made = made.replace(f"{{{name}}}", quote(str(value), safe=""))
        asked = f"?{urlencode(query)}" if query else ""
        return self.credentials.url.rstrip("/") + made + asked

    def organization_header(self, label: str | None = "platform") -> str | None:
        """The value of `x-organization-id` that goes with a key."""
        credentials = self.credentials
        identity = credentials.other_organization_id if label == "other_platform" else credentials.organization_id
        return None if identity is None else identity.removeprefix("org_")

    def unknown_key(self) -> str:
        """An API key that nobody has."""
        return self.fakes.api_key(self.contract.rule("auth.key.test_prefix"))

    # What a rule needs to ask its question

    def successes(self, operation_id: str | None) -> Collection[int]:
        """Statuses that an operation answers when it does what it was asked for."""
        operation = self.contract.operations.get(operation_id or "")
        return [status for status in operation.responses if status < 300] if operation else range(200, 300)

    def need_served(self, answer: Answer) -> Answer:
        """Raises NotRunError where the server did not do what the rule stands on."""
        if answer.status not in self.successes(answer.request.operation):
            self.unserved.append(answer)
            raise NotRunError(f"{answer.request.operation} {answer}")
        return answer

    @property
    def has_head(self) -> bool:
        """Whether the contract says that what can be got has a HEAD."""
        return self.contract.has_head()

    def need_head(self) -> None:
        """Raises NotRunError where nothing has a HEAD."""
        if not self.has_head:
            raise NotRunError("nothing has a HEAD, as the contract says")

    def once(self, name: str, fetch: Callable[[], Any], *, by_contract: bool = False) -> Any:
        """What several rules look at, fetched for the first of them: `by_contract` if another would have it fetched
        otherwise."""
        if by_contract:
            self._by_contract.add(name)
        if name not in self._kept:
            self._kept[name] = fetch()
        return self._kept[name]

    # Time

    def now(self) -> int:
        """The server's time in Unix seconds, as its last answer says."""
        if self.target.answers:
            last = self.target.answers[-1]
            if last.date is not None:
                return last.date + round(self.target.clock.now - last.received)
        fresh = self.call("getOrganization", key="public" if "public" in self.credentials.keys else None)
        if fresh.date is None:
            raise NotRunError("the server's answers have no Date")
        return fresh.date

    def wait(self, seconds: float) -> None:
        """Lets time pass on the server: a rule says at its head how much it may come to (`waits`)."""
        self.target.clock.wait(seconds)

    def wait_until_unused(self, policy: Policy, subject: str) -> None:
        """Lets so much time pass that nothing sent so far counts against that policy."""
        self.wait(self.target.until_unused(policy, subject))
