"""Journeys to two mocks in the test's own process."""

from collections.abc import Sequence
from typing import Any

from contracts.comparing.diff.comparison import Comparison
from contracts.comparing.diff.journey import Journey, planned
from contracts.comparing.diff.side import Side
from contracts.spec.contract import Contract
from mockserver.mutants import Mutant
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.contracts.checks.in_process import CONTRACT, InProcess, credentials_of


def side(name: str, mutant: Mutant | None = None, known: Contract = CONTRACT, **settings: Any) -> Side:
    """A mock, clean or mutated, with a control API. It is asked what the contract that is `known` says."""
    built = build(Settings(**settings), parts=mutant.apply(STANDARD) if mutant else STANDARD)
    made = Side(name, known, credentials_of(built), run="r1234567", seed=0, may_write=True)
    adapter = InProcess(built.app)
    assert made.control is not None
    for session in (made.target._session, made.control._session):
        session.mount("http://", adapter)
    made.target._read = lambda _, request: adapter.read(request)
    return made


def compared(a: Side, b: Side, only: Sequence[str] = ()) -> Comparison:
    return Journey(a.contract, a, b, planned(a.contract, a, b, only, ())).go()
