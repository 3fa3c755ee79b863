"""What Schemathesis loads: keys, valid data, and an honest reading of refusals.

    SCHEMATHESIS_HOOKS=contracts.properties.hooks KORDKIT_TARGET=ready.json st run CONTRACT --url URL

Without KORDKIT_TARGET the target is what KORDKIT_URL, KORDLESS_API_KEY, KORDKIT_ORG, KORDKIT_PLATFORM_KEY and
KORDKIT_ORGANIZATION_ID say; without any, the hooks change nothing. With KORDKIT_ALLOW_WRITES=1 they make a few bookings
to be read, moved and canceled; else only those that the run itself makes are known. Nothing is cleaned up: that is what
`kordkit check` is for, which loads this module too and brings its own session.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from os import environ
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st

from contracts.harness.check import Check
from contracts.harness.counting import ALGORITHMS
from contracts.harness.fakes import Fakes
from contracts.harness.ledger import Ledger
from contracts.properties import session
from contracts.properties.auth import KeyOfItsKind
from contracts.properties.checks import CHECKS
from contracts.properties.session import Session
from contracts.spec.contract import Contract
from contracts.spec.document import walk
from contracts.target import ready_file
from contracts.target.client import Target
from contracts.target.clock import ServerClock
from contracts.target.credentials import PLATFORM, PUBLIC, Credentials, amended, named_by
from contracts.target.pacing import Pacer

KEPT = 4  # one generated case in so many stays as it was generated, so that what is unknown is asked for too
DRAWS = st.tuples(*[st.integers(0, 2**16)] * 8)  # whether a case gets valid data, then which


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: dict[str, Any]) -> None:
    for _, node in walk(raw_schema):
        if "x-request-body" in node:  # of a link, and by its standard name, which generators stumble over
            node["requestBody"] = node.pop("x-request-body")
    if not session.is_open() and (credentials := _credentials()) is not None:
        session.begin(_session(Contract.of(deepcopy(raw_schema)), credentials))
        session.current().survey()


@schemathesis.hook
def map_case(_context: Any, case: Any) -> Any:
    """Cases that are counted out: there is nothing to draw from."""
    if session.is_open() and _phase(case) == "coverage":
        session.current().inform(case)
    return case


@schemathesis.hook
def flatmap_case(_context: Any, case: Any) -> st.SearchStrategy[Any]:
    """Cases that are drawn. What is known grows while the same draws may be repeated: they must not depend on it."""
    if not session.is_open() or _phase(case) == "coverage":
        return st.just(case)
    return DRAWS.map(partial(_drawn, case))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    if session.is_open():
        session.current().prepare(case)


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    if session.is_open():
        session.current().take(case.id, response)


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, case: Any, _response: Any) -> bool:
    """Whether a failure stands: a request that breaks a rule, though no schema, is rightly refused."""
    if type(failure).__name__ != "RejectedPositiveData" or not session.is_open():
        return True
    seen = session.current().seen.get(case.id)
    return seen is None or not seen.explained


def _drawn(case: Any, draws: Sequence[int]) -> Any:
    if _phase(case) == "examples" or draws[0] % KEPT:
        session.current().inform(case, draws[1:])
    return case


def _phase(case: Any) -> str:
    return str(case.meta.phase.name.value)


def _credentials() -> Credentials | None:
    credentials = None
    if target := environ.get("KORDKIT_TARGET"):
        credentials = named_by(ready_file.read(Path(target)), environ.get("KORDKIT_ORG"))
    elif url := environ.get("KORDKIT_URL"):
        credentials = Credentials(url)
    if credentials is None:
        return None
    keys = {PUBLIC: environ.get("KORDLESS_API_KEY"), PLATFORM: environ.get("KORDKIT_PLATFORM_KEY")}
    identity, organization = environ.get("KORDKIT_ORGANIZATION_ID"), environ.get("KORDKIT_ORG")
    return amended(credentials, keys, organization=organization, organization_id=identity)


def _session(contract: Contract, credentials: Credentials) -> Session:
    may_write = environ.get("KORDKIT_ALLOW_WRITES", "").lower() in {"1", "true", "yes", "on"}
    pacer = Pacer(windows=ALGORITHMS[contract.rate_limits.algorithm].windows)
    target = Target(contract, credentials, ServerClock(None), pacer, may_write=may_write)
    return Session(Check(contract, target, Fakes(0), Ledger(None)))


schemathesis.auth(refresh_interval=None)(KeyOfItsKind)  # else one key would be kept for all operations
for check in CHECKS:
    schemathesis.check(check)
