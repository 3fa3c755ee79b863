"""A mock in the same process, checked by property rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.harness.check import Check
from contracts.harness.fakes import Fakes
from contracts.harness.ledger import Ledger
from contracts.properties import property_rules
from contracts.rules.selection import plan
from contracts.run.run import Run
from contracts.target.client import Target
from contracts.target.clock import ServerClock
from contracts.target.control import ControlApi
from contracts.target.pacing import Pacer
from mockserver.mutants import MUTANTS
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.contracts.checks.in_process import CONTRACT, InProcess, credentials_of

App = Any  # a WSGI application
Broken = Callable[[App], App]


class Bench:
    """Builds mocks and checks them. `broken` stands between a mock and its clients."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger

    def check(self, mutant: str | None = None, broken: Broken | None = None, seed: int = 0, **settings: Any) -> Check:
        parts = MUTANTS[mutant].apply(STANDARD) if mutant else STANDARD
        built = build(Settings(seed=seed, **settings), parts=parts)
        credentials = credentials_of(built)
        adapter = InProcess(broken(built.app) if broken else built.app)
        control = ControlApi(str(credentials.control_url))
        control._session.mount("http://", InProcess(built.app))
        target = Target(CONTRACT, credentials, ServerClock(control), Pacer(), may_write=True)
        target._session.mount("http://", adapter)
        return Check(CONTRACT, target, Fakes(seed), Ledger(self._ledger), control)

    def run(self, check: Check, *only: str, seed: int = 0) -> Run:
        rules = property_rules(CONTRACT, seed)
        run = Run(check, plan(rules, check.credentials, only=only, skip=(), may_write=check.target.may_write, wait=0))
        run.rules()
        return run

    def found(self, run: Run) -> set[str]:
        """The statements that are said to be broken."""
        return {finding.statement for finding in run.findings}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "ledger.jsonl")
