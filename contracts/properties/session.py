"""What the hooks of Schemathesis work with: it hands them nothing of ours, so it is kept here."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import cycle
from typing import Any

from contracts.harness import fixtures
from contracts.harness.check import Check
from contracts.harness.slots import seconds
from contracts.outcome import NotRunError
from contracts.properties import data
from contracts.properties.known import Held, Known, Service
from contracts.properties.refusals import Judge
from contracts.properties.sent import Answered, Sent, sent
from contracts.target.credentials import PUBLIC

OWN_BOOKINGS = 3  # to be read, moved and canceled
REUSED = 4  # one idempotency key in so many may be one that was sent before
LATEST = 64  # answers that checks may still ask about: one for each thread of Schemathesis


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, judged by what was known before it came.

    `causes` are those of `x-errors` that the request is surely to blame for; `explained`: its status is one that the
    request deserves, or may deserve. `repeats`: the status with which the same was answered before to the same
    idempotency key.
    """

    sent: Sent
    answered: Answered
    causes: frozenset[str] = frozenset()
    explained: bool = False
    repeats: int | None = None


@dataclass
class Session:
    """One target under test. `known` is filled on first use, and grows with every answer."""

    check: Check
    known: Known = field(default_factory=Known)
    seen: OrderedDict[str, Seen] = field(default_factory=OrderedDict)  # the latest, by the id of the case
    calls: int = 0
    informed: int = 0

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.check.contract, self.known, self.check.target.key_header)

    @cached_property
    def email(self) -> str:
        """Made up; all bookings have the same."""
        return self.check.fakes.email()

    @cached_property
    def phone(self) -> str:
        return self.check.fakes.phone()

    def survey(self) -> None:
        """Asks what the organization offers. Raises NotRunError where it cannot be found out."""
        credentials = self.check.credentials
        self.known.organization_header = self.check.organization_header()
        if credentials.organization is None or PUBLIC not in credentials.keys or self.known.organization is not None:
            return
        for one in fixtures.listed(self.check):
            slots = tuple(self.check.offers.offered(one.slug))
            self.known.services[one.slug] = Service(one.slug, one.duration, one.window, one.notice, slots)
        self.known.organization = credentials.organization

    def book(self) -> None:
        """Makes bookings of the check's own, unless there are any. Raises NotRunError where none can be had."""
        ready = [held for held in self.known.own() if not held.canceled]
        for _ in range(OWN_BOOKINGS - len(ready)):
            booking = self.check.bookings.book()
            try:
                start = seconds(booking.answer.text("booking", "start_at"))
            except ValueError:
                raise NotRunError(f"createBooking {booking.answer}, whose start_at cannot be read") from None
            self.known.bookings[booking.number] = Held(booking.number, booking.service, start, False, booking.contact)

    def inform(self, case: Any, draws: Sequence[int] = ()) -> None:
        """Puts valid data into a case of Schemathesis; `draws` decide which. Without, it is each time the next."""
        self.informed += 1
        if "confirmation_number" in case.path_parameters and not self.known.own() and self.check.target.may_write:
            with suppress(NotRunError):  # then what was generated stays
                self.book()
        rest = cycle(draws or [self.informed])
        pick: data.Pick = lambda among: among[next(rest) % len(among)] if among else None  # noqa: E731
        data.inform(case, self.check.contract, self.known, pick, self.informed)

    def prepare(self, case: Any) -> None:
        """Nobody's address or number is sent, whatever was generated, and no idempotency key by mistake twice.

        On the case itself, so that links lead on with what was sent.
        """
        self.calls += 1
        for name, value in case.query.items():
            if isinstance(value, int):
                case.query[name] = min(value, data.WHOLE)
        if isinstance(case.body, dict | list):
            case.body = data.anonymous(case.body, self.email, self.phone)
        header = self.check.contract.idempotency.header
        if isinstance(key := case.headers.get(header), str) and self._is_key(key):
            run = self.check.fakes.run  # the server may remember the keys of earlier ones
            case.headers[header] = data.marked(key, f"{run}-{self.calls}" if self.calls % REUSED else run)

    def _is_key(self, text: str) -> bool:
        contract = self.check.contract
        operation = next(iter(contract.idempotency.operations))
        return contract.operations[operation].headers[contract.idempotency.header.lower()].is_valid(text)

    def take(self, case_id: str, response: Any) -> None:
        """Judges a response of Schemathesis, then learns from it."""
        contract, key_header = self.check.contract, self.check.target.key_header
        request = response.request
        asked = sent(contract, request.method, request.url, request.headers, request.body)
        seen = Seen(asked, _answered(response))
        if (now := seen.answered.date) is not None:
            causes = frozenset(self.judge.causes(asked, now, slack=-1))
            explained = self.judge.explains(asked, seen.answered.status, now)
            seen = replace(seen, causes=causes, explained=explained, repeats=self.judge.repeats(asked))
        self.seen[case_id] = seen
        self.known.learn(contract, key_header, asked, seen.answered)
        while len(self.seen) > LATEST:
            self.seen.popitem(last=False)


def _answered(response: Any) -> Answered:
    try:
        body = response.json()
    except ValueError:
        body = None
    return Answered(response.status_code, {name: values[0] for name, values in response.headers.items()}, body)


_sessions: list[Session] = []


def current() -> Session:
    """Raises NotRunError where there is none."""
    if not _sessions:
        raise NotRunError("no target is named")
    return _sessions[-1]


def is_open() -> bool:
    return bool(_sessions)


def begin(session: Session) -> None:
    """For the rest of the process."""
    _sessions.append(session)


@contextmanager
def opened(session: Session) -> Iterator[Session]:
    begin(session)
    try:
        yield session
    finally:
        _sessions.remove(session)
