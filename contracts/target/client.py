"""The server under test: sends requests at a pace it allows, within a budget, and keeps what it answered."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import requests

from contracts.errors import UnreachableError
from contracts.exchange import Answer, Request, Wire
from contracts.outcome import BudgetError
from contracts.spec.contract import Contract, Operation, Policy
from contracts.target import transport, wire
from contracts.target.clock import ServerClock
from contracts.target.credentials import Credentials
from contracts.target.pacing import Charge, Pacer
from contracts.target.redaction import redacted

TIMEOUT = 30  # seconds
RETRIES = 2  # of what is refused with 429 although it was sent at the right pace: others may share the limit
LONGEST_WAIT = 120  # seconds that a Retry-After may ask for


REPEATABLE = {"GET", "HEAD", "OPTIONS"}


class UnansweredError(Exception):
    """The server closed the connection, or said nothing in time: `seen` reads on from "the server". `request` is what
    was sent."""

    def __init__(self, request: Request, seen: str) -> None:
        super().__init__(f"expected an answer; the server {seen}")
        self.request = request
        self.seen = seen


class Target:
    """`answers` are all that came, in their order. Nothing but declared GET operations is sent unless `may_write`."""

    def __init__(
        self,
        contract: Contract,
        credentials: Credentials,
        clock: ServerClock,
        pacer: Pacer,
        *,
        max_requests: int | None = None,
        may_write: bool = False,
        authority: str | Path | None = None,
        read: Callable[[requests.Session, requests.PreparedRequest], bytes] = wire.read,
    ) -> None:
        """`authority`: see `transport.session`; `read` gives the bytes of an answer."""
        self.credentials = credentials
        self.clock = clock
        self.pacer = pacer
        self.may_write = may_write
        self.answers: list[Answer] = []
        self.sent = 0
        self.waited = 0.0  # seconds, for the sake of pace
        self._max_requests = max_requests
        self._authority = authority
        self._read = read
        self._session = self._new_session()
        self._read_contract(contract)

    def adopt(self, contract: Contract, *, windows: int) -> None:
        """Asks by another contract from now on; `windows`: see Pacer."""
        self._read_contract(contract)
        self.pacer.count(windows)

    def _read_contract(self, contract: Contract) -> None:
        self.contract = contract
        self.key_header = contract.key_header
        self._refused = contract.statuses_of("rate_limited")
        self._guessed = contract.statuses_of("contact_mismatch", "unknown_booking")

    @property
    def left(self) -> int | None:
        """Requests that may still be sent; None: as many as it takes."""
        return None if self._max_requests is None else self._max_requests - self.sent

    def unlimited(self) -> None:
        """The budget no longer holds: cleaning up must not be cut short."""
        self._max_requests = None

    def send(self, request: Request, *, paced: bool = True) -> Answer:
        """Raises BudgetError where the budget is spent, UnansweredError where no answer comes.

        Unless `paced`, it is sent at once, and a 429 is an answer like any other.
        """
        for _ in range(RETRIES):
            answer = self._send(request, paced)
            if not paced or answer.status not in self._refused:
                return answer
            self.answers.pop()  # it says nothing of the request
            self._pause(min(_retry_after(answer), LONGEST_WAIT))
        return self._send(request, paced)

    def send_together(self, batch: Sequence[Request]) -> list[Answer]:
        """All at the same time, when all of them are welcome; a 429 is an answer like any other."""
        for request in batch:
            charges = self._allowed(request)
            self._pause(self.pacer.wait(charges, self.clock.now))
            self.pacer.sent(charges, self.clock.now)
            self.sent += 1
        start = Barrier(len(batch))

        def send(request: Request) -> Answer:
            session = self._new_session()  # one is not for several threads, its adapters are
            session.adapters = self._session.adapters
            start.wait()
            return self._exchange(request, session)

        with ThreadPoolExecutor(len(batch)) as threads:
            answers = list(threads.map(send, batch))
        self.answers += answers
        return answers

    def raw(self, request: Request) -> Wire:
        """As `send`, but read byte by byte, and not among the `answers`. Raises UnansweredError."""
        charges = self._allowed(request)
        self._pause(self.pacer.wait(charges, self.clock.now))
        self.sent += 1
        try:
            data = self._read(self._session, self._prepared(request))
            self.pacer.sent(charges, self.clock.now)
            return Wire.parsed(request, data)
        except (transport.NoAnswerError, ValueError) as error:
            raise UnansweredError(request, f"did not answer: {error}") from error

    def until_unused(self, policy: Policy, subject: str) -> float:
        """Seconds until what was sent here counts against that policy no more."""
        return self.pacer.until_unused(policy, subject, self.clock.now)

    def subject(self, policy: Policy, request: Request) -> str:
        """Whose part of the policy a request draws from."""
        match policy.scope:
            case "key":
                return str(request.key)
            case "organization":
                return str(self.credentials.organization_of(request.key or ""))
            case "client":
                return "client"
            case "confirmation_number":
                return _number(request.url)

    def _send(self, request: Request, paced: bool) -> Answer:
        charges = self._allowed(request)
        if paced:
            self._pause(self.pacer.wait(charges, self.clock.now))
        self.sent += 1
        answer = self._exchange(request, self._session)
        if answer.status not in self._guessed:
            charges = [(policy, subject) for policy, subject in charges if policy.counts == "requests"]
        self.pacer.sent(charges, answer.received)
        self.answers.append(answer)
        return answer

    def _allowed(self, request: Request) -> list[Charge]:
        """What a request that may be sent draws from. Raises BudgetError."""
        if not self.may_write and not self._harmless(request):
            raise RuntimeError(f"{request.method} {request.url} in a read-only check")
        if self.left is not None and self.left <= 0:
            raise BudgetError("the budget of --max-requests is spent")
        return list(self._charges(request))

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        headers = {"Accept": "*/*", **request.headers}
        if request.key is not None:
            headers[self.key_header] = self.credentials.keys[request.key]
        return transport.prepared(request.method, request.url, headers, request.content)

    def _exchange(self, request: Request, session: requests.Session) -> Answer:
        prepared = self._prepared(request)
        sent = self.clock.now
        try:
            got = self._got(prepared, session)
        except transport.NoAnswerError as error:
            if not self.answers:
                raise UnreachableError(f"{self.credentials.url} does not answer: {error}") from error
            raise UnansweredError(request, f"did not answer: {error}") from error
        if transport.is_deep(got.content):
            raise UnansweredError(request, f"answered with JSON in more than {transport.DEEPEST} levels")
        lines = tuple(got.raw.headers.iteritems())
        return Answer(request, got.status_code, got.headers, got.content, sent, self.clock.now, self.mask, lines)

    def mask(self, text: str) -> str:
        """Without the keys, and the contacts of others."""
        return redacted(text, self.credentials.keys.values())

    def _got(self, prepared: requests.PreparedRequest, session: requests.Session) -> requests.Response:
        """What may be sent twice is sent again where a connection that had been idle turns out to be closed."""
        try:
            return transport.send(session, prepared, TIMEOUT)
        except transport.NoAnswerError as error:
            repeatable = prepared.method in REPEATABLE or self.contract.idempotency.header in prepared.headers
            if error.began or not repeatable:
                raise
            return transport.send(session, prepared, TIMEOUT)

    def _new_session(self) -> requests.Session:
        made = transport.session(self._authority)
        made.proxies = transport.proxies_for(self.credentials.url)
        made.headers.clear()  # what is sent is what is meant
        return made

    def _harmless(self, request: Request) -> bool:
        operation = self.contract.operations.get(request.operation or "")
        return operation is not None and request.method == "GET" == operation.method

    def _charges(self, request: Request) -> Iterator[Charge]:
        operation = self.contract.operations.get(request.operation or "")
        if operation is None or (operation.key_kind is not None and not self._authenticates(operation, request)):
            return
        for name in operation.policies:
            policy = self.contract.rate_limits.policies[name]
            yield policy, self.subject(policy, request)

    def _authenticates(self, operation: Operation, request: Request) -> bool:
        return request.key in {"public", "platform", "other", "other_platform"}

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self.waited += seconds
            self.clock.wait(seconds)


def _number(url: str) -> str:
    """The confirmation number that a self-service URL asks for, as the limits fold it."""
    return urlsplit(url).path.partition("/confirmation/")[2].partition("/")[0].upper()


def _retry_after(answer: Answer) -> float:
    try:
        return max(1.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return 60.0
