"""What a probe of the limiter has taught, kept as an overlay of the contract."""

from collections.abc import Iterator
from pathlib import Path

from contracts.errors import TargetError
from contracts.spec import observed
from contracts.spec.contract import Contract
from contracts.spec.observed import Learnt
from contracts.target import clock
from loadtests.report.contents import Report
from loadtests.run.kinds import Probe
from loadtests.run.plan import Plan


def try_out(path: Path, plan: Plan) -> None:
    """Before anything is sent. Raises TargetError where nothing can be learnt, or not be written."""
    if not isinstance(plan.kind, Probe):
        raise TargetError(f"--learn goes with the limiter: {plan.scenario} finds out nothing of the contract")
    observed.try_out(path)


def keep(path: Path, report: Report, contract: Contract) -> Iterator[str]:
    """Writes the overlay; says what was learnt, and what could not be told. Raises TargetError."""
    limits = report.limits
    if limits is None:
        return
    learnt = Learnt(observed.origin(report.target), clock.today().isoformat(), limits.observed, limits.not_observable)
    yield from (f"learnt {one}" for one in learnt.observed)
    yield from (f"not observable {line}" for line in learnt.untold())
    try:
        observed.write(path, observed.overlay_of(contract.document, learnt))
    except OSError as error:
        raise TargetError(f"--learn {path} cannot be written: {error.strerror}") from error
