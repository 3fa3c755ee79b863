"""What a rule is handed: the server to ask, and the ways to say what was expected of it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from contracts.harness.bookings import Desk
from contracts.harness.fakes import Fiction
from contracts.harness.ledger import Ledger
from contracts.harness.limits import Meter
from contracts.harness.slots import instant, seconds
from contracts.rules.rule import Broken, NotRunError
from contracts.spec.contract import Contract, Operation, Policy
from contracts.target.client import Target
from contracts.target.control import ControlApi
from contracts.target.credentials import Access
from contracts.target.exchange import Answer, Request, member

OWN = "own"  # the key that an operation wants, of the check's own organization


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that the check made; `label` is its name among Access.keys."""

    label: str
    revoke: Callable[[], None]


class Check:
    """`call` sends what an operation declares, `send` anything. The `expect…` methods raise Broken.

    What a rule needs only in order to ask its question is fetched through the methods that raise NotRunError: a rule
    does not fail for what another rule is there to find.
    """

    def __init__(
        self, contract: Contract, target: Target, fiction: Fiction, ledger: Ledger, control: ControlApi | None = None
    ) -> None:
        self.contract = contract
        self.target = target
        self.fiction = fiction
        self.control = control
        self.desk = Desk(self, ledger)
        self.meter = Meter(self)
        self._kept: dict[str, Any] = {}

    @property
    def access(self) -> Access:
        return self.target.access

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
        """Sends an operation. `key` is a label of Access.keys, or None; `body` is sent as JSON; members of the path
        that are not given are the check's own organization and service."""
        request = self.request(operation_id, key=key, query=query, body=body, headers=headers, **path)
        return self.target.send(request, paced=paced)

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
        url = self.access.url.rstrip("/") + path
        return self.target.send(Request(method, url, operation, key, dict(headers or {}), content), paced=paced)

    def url(self, operation: Operation, query: Mapping[str, Any] | None = None, **path: str) -> str:
        known = {"org_slug": self.access.organization, **path}
        if "{service_slug}" in operation.path and "service_slug" not in known:
            known["service_slug"] = self.service_slug
        made = operation.path
        for name, value in known.items():
            made = made.replace(f"{{{name}}}", quote(str(value), safe=""))
        asked = f"?{urlencode(query)}" if query else ""
        return self.access.url.rstrip("/") + made + asked

    def organization_header(self, label: str | None = "platform") -> str | None:
        """The value of the contract's organization header that goes with a key."""
        access = self.access
        identity = access.other_organization_id if label == "other_platform" else access.organization_id
        return None if identity is None else identity.removeprefix("org_")

    # Expectations

    def expect(self, holds: bool, expected: str, seen: str, answer: Answer | None = None) -> None:
        """`seen` reads on from "the server"."""
        if not holds:
            raise Broken(expected, seen, answer)

    def expect_status(self, answer: Answer, *statuses: int) -> Answer:
        if answer.status not in statuses:
            raise Broken(" or ".join(map(str, sorted(statuses))), str(answer), answer)
        return answer

    def expect_served(self, answer: Answer) -> Answer:
        """With a status that the operation answers when it does what it was asked for."""
        return self.expect_status(answer, *self.successes(answer.request.operation))

    def expect_success(self, answer: Answer) -> Answer:
        """With any status of success: whether it is the right one is another rule's to judge."""
        if not 200 <= answer.status < 300:
            raise Broken("a success", str(answer), answer)
        return answer

    def expect_refused(self, answer: Answer, cause: str) -> Answer:
        """With the status of a cause of `x-errors`, or one that its page allows beside it."""
        error = self.contract.errors[cause]
        return self.expect_status(answer, error.status, *error.also_accepted)

    def expect_member(self, answer: Answer, value: object, *path: str | int) -> None:
        found = answer.member(*path)
        name = ".".join(map(str, path))
        if found != value:
            raise Broken(f"{name} {_shown(value)}", f"answered with {name} {_shown(found)}", answer)

    def expect_moment(self, answer: Answer, moment: int, *path: str | int) -> None:
        """However it is written: that is another rule's to judge."""
        with suppress(ValueError, TypeError):
            if seconds(answer.member(*path)) == moment:
                return
        self.expect_member(answer, instant(moment), *path)

    def expect_header(self, answer: Answer, name: str, value: str) -> None:
        found = answer.headers.get(name)
        if found != value:
            raise Broken(f"the header {name}: {value}", f"sent {_header(name, found)}", answer)

    def watch(self, of: Callable[[Answer], bool], judge: Callable[["Check", Answer], None]) -> None:
        """Judges every answer so far that it is `of`."""
        seen = [answer for answer in self.target.answers if of(answer)]
        if not seen:
            raise NotRunError("the server gave no answer of the kind that it judges")
        for answer in seen:
            judge(self, answer)

    # What a rule needs to ask its question

    def need_served(self, answer: Answer) -> Answer:
        """Raises NotRunError where the server did not do what the rule stands on."""
        if answer.status not in self.successes(answer.request.operation):
            raise NotRunError(f"{answer.request.operation} {answer}")
        return answer

    def organization(self) -> Mapping[str, Any]:
        """The answer of getOrganization, fetched once."""
        found: Mapping[str, Any] = self.once("organization", lambda: self._object(self.call("getOrganization")))
        return found

    def service(self, slug: str | None = None) -> Mapping[str, Any]:
        """The answer of getService, fetched once for each service; by default the check's own."""
        name = slug or self.service_slug
        found: Mapping[str, Any] = self.once(
            f"service {name}", lambda: self._object(self.call("getService", service_slug=name))
        )
        return found

    def services(self) -> list[str]:
        """Slugs of the services that the organization lists."""
        entries = self.organization().get("services")
        slugs = [member(entry, "slug") for entry in entries] if isinstance(entries, list) else []
        return [slug for slug in slugs if isinstance(slug, str)]

    @property
    def service_slug(self) -> str:
        """The service that is asked for: the user's choice, or the first listed one with a slot to be had."""
        if self.access.service is not None:
            return self.access.service
        return str(self.once("service", self.desk.first_bookable))

    def now(self) -> int:
        """The server's time in Unix seconds, as its last answer says."""
        if self.target.answers:
            last = self.target.answers[-1]
            if last.date is not None:
                return last.date + round(self.target.waiting.now - last.received)
        fresh = self.call("getOrganization", key="public" if "public" in self.access.keys else None)
        if fresh.date is None:
            raise NotRunError("the server's answers have no Date")
        return fresh.date

    def wait(self, seconds: float) -> None:
        """Lets time pass on the server: a rule says at its head how much it may come to (`waits`)."""
        self.target.waiting.wait(seconds)

    def wait_until_unused(self, policy: Policy, subject: str) -> None:
        """Lets so much time pass that nothing sent so far counts against that policy."""
        self.wait(self.target.until_unused(policy, subject))

    @contextmanager
    def moved(self, seconds: int) -> Iterator[None]:
        """A time so far ahead; afterwards the server has the time and the state that it had before.

        For rules that need Need.CONTROL.
        """
        if self.control is None:
            raise NotRunError("it needs --control")
        pacer = self.target.pacer
        paces = pacer.snapshot()
        try:
            with self.target.waiting.undone(), self.control.kept():
                self.wait(seconds)
                yield
        finally:
            pacer.restore(paces)

    def new_key(self, expires_at: int | None = None) -> NewKey:
        """Makes a public key of the check's organization, which expires at a moment in Unix seconds or never.

        For rules that need Need.CONTROL.
        """
        if self.control is None:
            raise NotRunError("it needs --control")
        expiry = None if expires_at is None else instant(expires_at)
        identity, value = self.control.make_key(str(self.access.organization), expiry)
        label = f"made_{len(self.access.keys)}"
        self.target.access = replace(self.access, keys={**self.access.keys, label: value})
        return NewKey(label, partial(self.control.revoke_key, identity))

    def leave(self, policy: str, label: str, remaining: int) -> None:
        """Lets a key, or its organization, have that much left of a policy. For rules that need Need.CONTROL."""
        if self.control is None:
            raise NotRunError("it needs --control")
        if self.contract.rate_limits.policies[policy].scope == "key":
            organization = self.access.organization_of(label)
            subject = self.control.key_id(str(organization), self.access.keys[label][-4:])
        else:
            subject = f"org_{self.organization_header(label)}"
        self.control.leave(policy, subject, remaining)

    def successes(self, operation_id: str | None) -> Collection[int]:
        operation = self.contract.operations.get(operation_id or "")
        return [status for status in operation.responses if status < 300] if operation else range(200, 300)

    def _object(self, answer: Answer) -> Mapping[str, Any]:
        if not isinstance(self.need_served(answer).json, dict):
            raise NotRunError(f"{answer.request.operation} {answer}, which is no JSON object")
        return dict(answer.json)

    def once(self, name: str, fetch: Callable[[], Any]) -> Any:
        """What several rules look at, fetched for the first of them."""
        if name not in self._kept:
            self._kept[name] = fetch()
        return self._kept[name]


def _shown(value: object) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 120 else text[:120] + "…"


def _header(name: str, value: str | None) -> str:
    return f"no header {name}" if value is None else f"the header {name}: {value}"
