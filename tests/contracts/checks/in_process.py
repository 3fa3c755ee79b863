"""A check of a mock in the same process: an HTTP adapter that calls the mock instead of opening a socket."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from contracts.comparing.learn import learn
from contracts.harness.check import Check
from contracts.harness.counting import ALGORITHMS
from contracts.harness.fakes import Fakes
from contracts.harness.inbox import Inbox
from contracts.harness.ledger import Ledger
from contracts.rules import rules_of
from contracts.rules.rule import Rule
from contracts.rules.selection import plan
from contracts.run.run import Run
from contracts.spec.contract import Contract
from contracts.spec.observed import Learnt
from contracts.spec.readings import AS_SHIPPED
from contracts.target.client import Target
from contracts.target.clock import ServerClock
from contracts.target.control import ControlApi
from contracts.target.credentials import Credentials, named_by
from contracts.target.pacing import Pacer
from contracts.target.ready_file import NamedOrganization, ReadyFile
from mockserver.mutants import Mutant
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.testing.requests_adapter import WsgiAdapter
from mockserver.wiring import Built, build
from tests.handing_over import HandsOver

URL = "http://127.0.0.1:4020"
DAY = "2026-11-28"
RECEIVER = "http://127.0.0.1:4021"
MONDAY = 1_764_576_000 * 10**9  # 2025-12-01T08:00:00Z, in nanoseconds
CONTRACT = Contract.load()
RULES: Sequence[Rule] = rules_of(CONTRACT)


class InProcess(WsgiAdapter):
    """Shows an application what a server leaves out, too, and gives answers as bytes."""

    def read(self, request: requests.PreparedRequest) -> bytes:
        """The bytes of an answer, as a server would send them that leaves nothing out."""
        status, headers, body = self.answer(request)
        lines = [f"HTTP/1.1 {status} \r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]
        return "".join(lines).encode("latin-1") + body

    def environ(self, request: requests.PreparedRequest) -> dict[str, Any]:
        environ = super().environ(request)
        for name, value in request.headers.items():
            if "_" in name:
                environ[f"left out: {name.lower()}"] = value  # for who wants to see it
        return environ


@dataclass(frozen=True)
class Outcome:
    """`broken` are the ids of the rules that found something; `statements` what they name."""

    run: Run
    check: Check
    built: Built
    learnt: Learnt | None = None

    @property
    def statements(self) -> set[str]:
        return {finding.statement for finding in self.run.findings}

    @property
    def broken(self) -> set[str]:
        return {finding.rule for finding in self.run.findings}


def checked(
    ledger: Path,
    mutant: Mutant | None = None,
    *,
    seed: int = 0,
    only: Sequence[str] = (),
    may_write: bool = True,
    sound: bool = True,
    around: Callable[[Any], Any] = lambda app: app,
    overlays: Sequence[Path] = (),
    reading: str = AS_SHIPPED,
    known: bool = True,
    learning: bool = False,
    judged_by: Sequence[Path] = (),
    max_requests: int | None = None,
    **settings: Any,
) -> Outcome:
    """Builds a mock with its default settings, or a mutant of it, and asks it every rule that can be asked.

    `around` wraps the mock as a WSGI application; `overlays` and a `reading` amend the contract of both, unless they
    are not `known` to the check, or it is `judged_by` other overlays. A check may be `learning` what the mock does.
    A mutant begins on a Monday, as what it breaks need not show on the day before a Sunday. Unless `sound` is false, a
    rule that fell over fails the test.
    """
    amended = known and (overlays or reading != AS_SHIPPED)
    contract = Contract.load(None, overlays, reading) if amended else CONTRACT
    contract = Contract.load(None, judged_by) if judged_by else contract
    inbox = Inbox(min(contract.webhooks.success) if contract.webhooks else 200, RECEIVER, patience=0)
    parts = replace(STANDARD, sender=lambda: HandsOver(inbox))
    parts = mutant.apply(parts) if mutant else parts
    if mutant:
        settings.setdefault("now", MONDAY)
    built = build(Settings(seed=seed, overlays=overlays, reading=reading, **settings), parts=parts)
    credentials = credentials_of(built)
    adapter = InProcess(built.app)
    control = ControlApi(str(credentials.control_url))
    control._session.mount("http://", adapter)
    pacer = Pacer(windows=ALGORITHMS[contract.rate_limits.algorithm].windows)
    server = InProcess(around(built.app))
    target = Target(
        contract,
        credentials,
        ServerClock(control),
        pacer,
        max_requests=max_requests,
        may_write=may_write,
        read=lambda _, it: server.read(it),
    )
    target._session.mount("http://", server)
    check = Check(contract, target, Fakes(seed), Ledger(ledger), control, inbox=inbox)
    rules = rules_of(contract) if contract is not CONTRACT else RULES
    run = Run(check, plan(rules, credentials, only=only, skip=(), may_write=may_write, wait=0, webhooks=True))
    state = control.state()
    run.rules()
    learnt = learn(run, lambda one: RULES if one is CONTRACT else rules_of(one), DAY) if learning else None
    run.clean_up(state)
    faults = [result.reason for result in run.results.values() if result.outcome == "error"]
    assert not sound or not faults, faults  # a rule of ours fell over: no verdict may hide that
    return Outcome(run, check, built, learnt)


def credentials_of(built: Built) -> Credentials:
    """With all that the dataset has."""
    organizations = []
    for organization in built.dataset.organizations.values():
        keys: dict[str, str] = {}
        for key in built.dataset.keys:
            if key.record.organization == organization.id:
                kind = "revoked" if key.record.revoked else "expired" if key.record.expires_at else key.record.kind
                keys.setdefault(kind, key.value)
        services = tuple(service.slug for service in organization.services.values() if service.bookable)
        organizations.append(NamedOrganization(organization.slug, organization.id, services, keys))
    return named_by(ReadyFile(URL, f"{URL}/_mock", None, tuple(organizations)))
